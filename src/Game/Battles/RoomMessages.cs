using System.Text.Json.Serialization;

namespace GameServer.Game;

/// <summary>One player of a battle to be.</summary>
/// <param name="UserId">Who.</param>
/// <param name="JoinId">The join that led here.</param>
/// <param name="Number">The ticket's number; the roster is in this order.</param>
public sealed record Seat(string UserId, long JoinId, long Number);

/// <summary>From the matchmaker: a battle is to be. The room offers each player a seat and starts when all have taken it.</summary>
/// <param name="Mode">The mode.</param>
/// <param name="Rules">The mode's rules.</param>
/// <param name="RoomName">The room's name.</param>
/// <param name="Roster">The players, in order of their tickets.</param>
public sealed record CreateBattle(string Mode, ModeRules Rules, string RoomName, IReadOnlyList<Seat> Roster) : Message;

/// <summary>From a player: I take the seat.</summary>
/// <param name="UserId">Who.</param>
/// <param name="Present">Whether the player is connected at this moment.</param>
public sealed record SeatTaken(string UserId, bool Present) : Message;

/// <summary>From a player: I do not take the seat (away, or not waiting any more).</summary>
/// <param name="UserId">Who.</param>
public sealed record SeatDeclined(string UserId) : Message;

/// <summary>
/// What a player does in a battle. <see cref="Tag"/> grows with each message of one player to one battle, over crashes too: what comes
/// with a tag already seen has been done.
/// </summary>
/// <param name="UserId">Who.</param>
/// <param name="Tag">The number of this message.</param>
/// <param name="WantsOutcome">Whether success is told as well; a refusal always is.</param>
public abstract record BattleCommand(string UserId, long Tag, bool WantsOutcome) : Message
{
    /// <summary>The client's action that it came from.</summary>
    [JsonIgnore]
    public string Action => ActionName;

    private protected abstract string ActionName { get; }
}

/// <summary>
/// The last score a player sent, with the tag it was sent under. A room that has seen that tag knows the score, or has refused it; a room
/// that has not lost it in a crash and takes it from here.
/// </summary>
/// <param name="Score">The score.</param>
/// <param name="Tag">The tag of the <see cref="ScoreCommand"/> that carried it.</param>
public readonly record struct KnownScore(int Score, long Tag);

/// <summary>The player dies, if alive, and leaves: no more events, only the settlement. Carries the last score.</summary>
public sealed record ExitCommand(string UserId, long Tag, KnownScore? Last) : BattleCommand(UserId, Tag, WantsOutcome: false)
{
    private protected override string ActionName => "exitroom";
}

/// <summary>The player's connection came or went.</summary>
/// <param name="UserId">Who.</param>
/// <param name="Tag">The number of this message.</param>
/// <param name="WantsOutcome">Whether an <see cref="Outcome"/> is to follow the view.</param>
/// <param name="Present">Whether the player is connected.</param>
/// <param name="View">Whether the player needs a <see cref="BattleView"/>.</param>
/// <param name="Last">The last score the player sent, if known.</param>
public sealed record PresenceCommand(string UserId, long Tag, bool WantsOutcome, bool Present, bool View, KnownScore? Last)
    : BattleCommand(UserId, Tag, WantsOutcome)
{
    private protected override string ActionName => "joinroom"; // The one that asks for a view.
}

/// <summary>From a player: the settlement is in my record.</summary>
/// <param name="UserId">Who.</param>
public sealed record SettlementTaken(string UserId) : Message;

/// <summary>From the registry: the battle has a port on a battle server, perhaps another one than before.</summary>
/// <param name="Fence">Grows with each allocation of the registry; a smaller one than the last is of no effect.</param>
/// <param name="Server">The server, as the players see it.</param>
public sealed record ServerAllocated(long Fence, BattleServerEndpoint Server) : Message;

/// <summary>From the registry: no battle server is free now; one will be allocated as soon as it is.</summary>
/// <param name="Fence">See <see cref="ServerAllocated"/>.</param>
public sealed record NoServerFree(long Fence) : Message;

/// <summary>
/// From a battle server, by HTTP: the battle is over, and this came of it. The room settles with it. Answer: <see cref="ReportAnswer"/>.
/// </summary>
/// <param name="ServerId">The server.</param>
/// <param name="Epoch">The epoch under which it was given the battle.</param>
/// <param name="Results">The result of each player of the battle.</param>
public sealed record BattleReported(string ServerId, long Epoch, IReadOnlyDictionary<string, BattleResult> Results)
    : Question<ReportAnswer>
{
    /// <inheritdoc/>
    public override bool SameTwice => true;
}

/// <summary>What came of a report.</summary>
/// <param name="Status">
/// HTTP status: 200 (the battle is settled with this result, now or before), 400 (other players), 404 (there is no such battle any more),
/// 409 (it is another server's, or settled with another result), 503 (not possible now: again).
/// </param>
/// <param name="Message">What was wrong and what is allowed; null if nothing was.</param>
public sealed record ReportAnswer(int Status, string? Message = null);
