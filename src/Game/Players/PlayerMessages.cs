namespace GameServer.Game;

// From the edge ----------------------------------------------------------------------------------------------------------------

/// <summary>
/// A connection of this player is open; it takes over from an older one. The same connection again means that its gateway attaches it anew,
/// because the player's process was lost or pushes may have been.
/// </summary>
/// <param name="Connection">The connection.</param>
/// <param name="Version">The protocol it speaks.</param>
/// <param name="NewToken">A fresh random token: what the session can be resumed with after this connection.</param>
/// <param name="Resume">The token of the session to go on with; null: begin a new one.</param>
/// <param name="LastSeq">The last push the client has; for the same connection again, the last its gateway was given. Null: none.</param>
/// <param name="LastScore">With the same connection again: the last score the gateway sent on in this battle, if any.</param>
/// <param name="Guest">
/// The client says that it did not choose the user id. Believed only of a player of whom nothing is known: then nothing is kept when the
/// session ends.
/// </param>
/// <param name="Again">
/// A gateway attaches a connection it has had for a while. If another one took over meanwhile, it is this one that is closed.
/// </param>
/// <param name="Registration">
/// The registration that the client proved to hold; if it is not the user's (any more), the connection is closed with 4002. Null: names are
/// believed.
/// </param>
public sealed record Connect(
    ConnectionId Connection, ProtocolVersion Version, string NewToken, string? Resume, long? LastSeq, int? LastScore, bool Guest,
    bool Again = false, string? Registration = null) : Message;

/// <summary>The connection is closed. Of no effect if another one took over.</summary>
/// <param name="Connection">The connection.</param>
/// <param name="LastSeq">The last push its gateway was given; null: none.</param>
/// <param name="LastScore">The last score its gateway sent on in this battle, if any.</param>
public sealed record Disconnect(ConnectionId Connection, long? LastSeq = null, int? LastScore = null) : Message;

/// <summary>A client's request. Refused with <see cref="ErrorCode.Unavailable"/> if the connection is not the session's.</summary>
/// <param name="Connection">Where it came from and where the answer goes.</param>
/// <param name="Id">Its id, if it has one.</param>
/// <param name="Action">The requested action.</param>
/// <param name="Number">Its number on this connection, 1, 2, 3 …, where a gateway may hand the same request in twice; 0: it cannot.</param>
/// <param name="Seen">
/// The last push the client may have known when it asked, where a gateway may hand the same request in twice; 0: none.
/// </param>
/// <param name="Again">
/// It was handed in before and no answer came. If its battle is over it is answered, and does nothing in the next one.
/// </param>
public sealed record Request(
    ConnectionId Connection, RequestId? Id, ClientAction Action, long Number = 0, long Seen = 0, bool Again = false)
    : Message
{
    /// <summary>
    /// The <see cref="ClientAction.ContentFingerprint"/> of what the client asked for, where <see cref="Action"/> may be another by now;
    /// 0: it is not.
    /// </summary>
    public long Content { get; init; }
}

/// <summary>
/// Forgets the session of a connection that is closed, before its time: too many others are kept. Of no effect if it was resumed.
/// </summary>
/// <param name="Connection">The session's last connection.</param>
public sealed record ForgetSession(ConnectionId Connection) : Message;

/// <summary>A gateway asks whether its connection is still known. Answer: <see cref="SessionStatus"/>.</summary>
/// <param name="Connection">The connection.</param>
public sealed record CheckSession(ConnectionId Connection) : Question<SessionStatus>
{
    /// <inheritdoc/>
    public override bool SameTwice => true;
}

/// <summary>How a connection stands.</summary>
/// <param name="Attached">It is the session's, and nothing was lost since it was attached. Otherwise attach it again.</param>
/// <param name="Seq">The number of the player's last push.</param>
/// <param name="Start">The number of the last push before the session began.</param>
public readonly record struct SessionStatus(bool Attached, long Seq, long Start);

/// <summary>The gateway process that may hold the player's connection is gone.</summary>
/// <param name="Gateway">Its name, see <see cref="ConnectionId.Gateway"/>.</param>
public sealed record GatewayLost(string Gateway) : Message;

/// <summary>A push that asked for it (<see cref="PushFrame.Confirm"/>) went out to the socket.</summary>
/// <param name="Connection">The connection.</param>
/// <param name="Seq">The push.</param>
public sealed record PushWritten(ConnectionId Connection, long Seq) : Message;

/// <summary>Registers the user. Answer: true if new, false if the user exists. The same question again is answered the same.</summary>
/// <param name="Registration">The registration's id: random, never given before, at most 64 bytes.</param>
public sealed record CreateUser(string Registration) : Question<bool>
{
    /// <inheritdoc/>
    public override bool SameTwice => true;
}

/// <summary>
/// Gives the registration another id, so that what was signed for the old one is void. Answer: false if <paramref name="Registration"/> is
/// not the user's. The same question again is answered the same.
/// </summary>
/// <param name="Registration">Its id now, or the one before, if the new one was not used yet.</param>
/// <param name="Next">Its id from now on: random, never given before, at most 64 bytes.</param>
public sealed record RenewRegistration(string Registration, string Next) : Question<bool>
{
    /// <inheritdoc/>
    public override bool SameTwice => true;
}

/// <summary>
/// Deletes the user: leaves the queue or battle, forgets the record, closes the connection with 4002. Answer: false if there is none.
/// </summary>
/// <param name="Registration">Only if it is this registration; null: whoever it is.</param>
public sealed record DeleteUser(string? Registration) : Question<bool>
{
    /// <inheritdoc/>
    public override bool SameTwice => false;
}

/// <summary>Asks for the record. Answer: <see cref="PlayerInfo"/>.</summary>
public sealed record GetRecord : Question<PlayerInfo>
{
    /// <inheritdoc/>
    public override bool SameTwice => true;
}

/// <summary>What anyone may know of a player.</summary>
/// <param name="Known">Registered, connected, or has played.</param>
/// <param name="Registered">Created with <c>create_user</c> and not deleted.</param>
/// <param name="Record">The record.</param>
/// <param name="Registration">The registration's id, for the host alone: who signs for it can be the player.</param>
public sealed record PlayerInfo(bool Known, bool Registered, PlayerRecord Record, string? Registration = null);

// From the matchmaker ----------------------------------------------------------------------------------------------------------

/// <summary>The player has a place in the queue, or the room it waits in has another name or another number of players now.</summary>
/// <param name="Mode">The matchmaker's mode.</param>
/// <param name="JoinId">The join it is for.</param>
/// <param name="Number">The ticket's number.</param>
/// <param name="RoomName">The room it waits in.</param>
/// <param name="Owner">Whether that is its own.</param>
/// <param name="Here">How many wait in it; 0 in a mode for two, where whoever waits is alone.</param>
public sealed record Ticketed(string Mode, long JoinId, long Number, string RoomName, bool Owner, int Here = 0) : Message;

/// <summary>The player has no ticket (any more) for that join: it left, or was away too long.</summary>
/// <param name="JoinId">The join.</param>
public sealed record TicketGone(long JoinId) : Message;

/// <summary>The matchmaker was loaded again and asks whether the player is connected.</summary>
/// <param name="Mode">The matchmaker's mode.</param>
/// <param name="JoinId">The join it has a ticket for.</param>
public sealed record Whereabouts(string Mode, long JoinId) : Message;

// From a room ------------------------------------------------------------------------------------------------------------------

/// <summary>A seat in a battle; the player takes or declines it.</summary>
/// <param name="BattleId">The battle.</param>
/// <param name="JoinId">The join it is for.</param>
/// <param name="Number">The number of the ticket that led here; the player keeps it if the battle does not come about.</param>
public sealed record Offer(string BattleId, long JoinId, long Number) : Message;

/// <summary>The battle did not come about; the player goes back to its old place in the queue.</summary>
/// <param name="BattleId">The battle.</param>
public sealed record Unseated(string BattleId) : Message;

/// <summary>The battle has started.</summary>
/// <param name="BattleId">The battle.</param>
/// <param name="RoomName">The room's name.</param>
/// <param name="Peers">The others, in order of joining.</param>
public sealed record BattleStarted(string BattleId, string RoomName, IReadOnlyList<string> Peers) : Message;

/// <summary>
/// Something happened in the battle that the player is told. <paramref name="Event"/> grows from one event to the next for the same
/// battle, so that one that comes again is known.
/// </summary>
/// <param name="BattleId">The battle.</param>
/// <param name="Event">The event's number.</param>
/// <param name="Push">What the player is told.</param>
public sealed record BattleEvent(string BattleId, long Event, Push Push) : Message;

/// <summary>The battle is over. Told again until the player has confirmed with <see cref="SettlementTaken"/>.</summary>
/// <param name="BattleId">The battle.</param>
/// <param name="Result">How it ended for this player.</param>
/// <param name="Score">The player's score.</param>
/// <param name="At">When.</param>
/// <param name="ShowAllDied">Whether the player is told that all are dead (not the one who died last).</param>
/// <param name="LastTag">The tag of the last command of this player that the room took; a later one came after the player's death.</param>
public sealed record Settled(string BattleId, BattleResult Result, int Score, DateTimeOffset At, bool ShowAllDied, long LastTag) : Message;

/// <summary>What the player asked for took effect or was refused.</summary>
/// <param name="BattleId">The battle.</param>
/// <param name="Tag">The tag of what the player sent.</param>
/// <param name="Action">Its name.</param>
/// <param name="Error">Why it was refused; null if it took effect.</param>
/// <param name="Score">The player's score where another one was refused.</param>
public sealed record Outcome(string BattleId, long Tag, string Action, GameError? Error, int? Score = null) : Message;

/// <summary>The state of the battle as this player may know it, because the player came back or asked.</summary>
/// <param name="BattleId">The battle.</param>
/// <param name="Event">The number of the last event it includes.</param>
/// <param name="RoomName">The room's name.</param>
/// <param name="Mode">The mode.</param>
/// <param name="You">The player's own part.</param>
/// <param name="Peers">The others, in order of joining.</param>
/// <param name="Server">The battle server, if any.</param>
public sealed record BattleView(
    string BattleId, long Event, string RoomName, string Mode, BattlePlayer You, IReadOnlyList<BattlePlayer> Peers,
    BattleServerEndpoint? Server) : Message;

/// <summary>The room was loaded again and asks for the player's score and presence, which may be newer than what was stored.</summary>
/// <param name="BattleId">The battle.</param>
public sealed record RoomRecovered(string BattleId) : Message;

/// <summary>There is no such battle (any more).</summary>
/// <param name="BattleId">The battle.</param>
public sealed record NoSuchBattle(string BattleId) : Message;
