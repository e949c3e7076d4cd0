namespace GameServer.Game;

/// <summary>Every refusal an actor gives, in one place: what was wrong and what is allowed.</summary>
public static class Refusal
{
    /// <summary>The mode is not one of those configured.</summary>
    public static GameError UnknownMode(string mode, IEnumerable<string> allowed) =>
        new(ErrorCode.UnknownMode, $"There is no mode '{mode}'; the modes are {string.Join(", ", allowed.Order(StringComparer.Ordinal))}.");

    /// <summary>There is no such action.</summary>
    public static GameError UnknownAction { get; } = new(ErrorCode.UnknownAction, $"There is no such action; allowed are: {ActionType.Names}.");

    /// <summary>The player is in no room.</summary>
    public static GameError NotInRoom { get; } = new(ErrorCode.NotInRoom, "You are in no room; send joinroom first.");

    /// <summary>The battle that the request was made in is over.</summary>
    public static GameError BattleOver { get; } = new(ErrorCode.NotInRoom, "That battle is over; the request came too late.");

    /// <summary>The player still waits.</summary>
    public static GameError NoOpponent { get; } =
        new(ErrorCode.NoOpponent, "You still wait for an opponent; this is possible once peer_player_id has come.");

    /// <summary>The player is dead.</summary>
    public static GameError Dead { get; } =
        new(ErrorCode.Dead, "You are dead in this battle; the score stands. Wait for the settlement, or send exitroom.");

    /// <summary>The player is frozen.</summary>
    public static GameError Frozen(TimeSpan left) =>
        new(
            ErrorCode.Frozen,
            $"You are frozen for another {Math.Max(1, (int)Math.Ceiling(left.TotalMilliseconds))} ms; then syncscore and attack are possible again.");

    /// <summary>The score is too low to attack.</summary>
    public static GameError AttackNotReady(int score, long needed) =>
        new(ErrorCode.AttackNotReady, $"An attack needs a score of {needed}; yours is {score}.");

    /// <summary>The battle was loaded again a moment ago, and the score may be newer than what was stored.</summary>
    public static GameError ScoreNotKnown { get; } =
        new(ErrorCode.Unavailable, "The battle has just moved to another process and waits for your score; try again.");

    /// <summary>A target is needed.</summary>
    public static GameError TargetNeeded { get; } =
        new(ErrorCode.InvalidTarget, "There is more than one opponent: name one of them as user_id.");

    /// <summary>The target is not an opponent.</summary>
    public static GameError NotAnOpponent { get; } =
        new(ErrorCode.InvalidTarget, "That user_id is none of your opponents; name one of those that came as peer_player_id.");

    /// <summary>The room is somebody else's.</summary>
    public static GameError NotRoomOwner { get; } =
        new(ErrorCode.NotRoomOwner, "Only the player who opened the room may destroy it; exitroom leaves it.");

    /// <summary>A battle goes on.</summary>
    public static GameError BattleInProgress { get; } =
        new(ErrorCode.BattleInProgress, "The battle goes on; a room can be destroyed only while it waits. exitroom leaves the battle.");

    /// <summary>Too many requests wait for an answer.</summary>
    public static GameError TooManyWaiting { get; } =
        new(ErrorCode.RateLimited, "Too many of your requests wait for an answer; wait for some of them.");

    /// <summary>Too many battles were left before their end.</summary>
    public static GameError TooManyUnsettled { get; } =
        new(ErrorCode.Unavailable, "Too many battles you left are not settled yet; try again when some of them are.");

    /// <summary>The id is another request's.</summary>
    public static GameError IdUsed { get; } =
        new(ErrorCode.BadMessage, "That id was another request's in this session, and an id stands for one request; send this one with a new id.");

    /// <summary>The player's process cannot be reached.</summary>
    public static GameError CannotBeReached { get; } = new(ErrorCode.Unavailable, "The game cannot be reached now; try again.");

    /// <summary>The connection is not the player's any more.</summary>
    public static GameError NotYourSession { get; } =
        new(ErrorCode.Unavailable, "This connection is not the player's session any more; connect again.");

    /// <summary>No battle server is free.</summary>
    public static GameError NoBattleServer { get; } =
        new(ErrorCode.Unavailable, "No battle server is free now; battle_server follows as soon as one is.");
}
