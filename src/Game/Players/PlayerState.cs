namespace GameServer.Game;

/// <summary>What a player stores, but for the logs (<see cref="PushLog"/>, <see cref="ReplyLog"/>).</summary>
internal sealed class PlayerState
{
    public bool Registered { get; set; }

    /// <summary>
    /// The id of the registration, unlike that of any other owner of the name before or after; null where nobody is registered, and for
    /// those registered by a version without it.
    /// </summary>
    public string? Registration { get; set; }

    /// <summary>The registration before the renewal, until the new one was used.</summary>
    public string? RenewedFrom { get; set; }

    /// <summary>The name was made up for a connection: nothing is kept when the session ends. Set only while there is nothing to keep.</summary>
    public bool Guest { get; set; }

    public PlayerRecord Record { get; set; } = new();
    public Session? Session { get; set; }

    /// <summary>At most one of <see cref="Queue"/> and <see cref="Battle"/> is set: a player is in one room at most.</summary>
    public QueuePlace? Queue { get; set; }

    public BattlePlace? Battle { get; set; }

    /// <summary>The ids of requests to join that are answered when there is a place or a battle.</summary>
    public List<PendingJoin> Joining { get; set; } = [];

    /// <summary>Battles left before their end, whose result the record still waits for.</summary>
    public List<string> Unsettled { get; set; } = [];

    /// <summary>
    /// The last join's id. Grows with the clock, so that it keeps growing even after everything about a player was forgotten.
    /// </summary>
    public long JoinId { get; set; }

    /// <summary>The number of the last push.</summary>
    public long Seq { get; set; }

    /// <summary>Pushes up to this number belong to a session that is over.</summary>
    public long SeqFloor { get; set; }

    /// <summary>Set from a crash until the client is attached again: pushes after this number have not been sent to anybody.</summary>
    public long? Unsent { get; set; }

    /// <summary>Seq of the push that ended the session's last battle. A repeated request that had seen less belongs to that battle.</summary>
    public long OverSeq { get; set; }

    /// <summary>How many replies were remembered, over all sessions.</summary>
    public long Replies { get; set; }

    /// <summary>Replies up to this number belong to a session that is over.</summary>
    public long ReplyFloor { get; set; }

    /// <summary>A settlement that may not have reached the client yet, and the push that told it.</summary>
    public Push? Unseen { get; set; }

    public long UnseenSeq { get; set; }
}

/// <summary>The client's session.</summary>
internal sealed class Session
{
    public required ConnectionId Connection { get; set; }
    public required ProtocolVersion Version { get; init; }

    /// <summary>
    /// What the client last showed to come back with, or was given when the session began: its SHA-256, because what is stored is
    /// backed up and read by operators, and a token opens the session to anybody.
    /// </summary>
    public required string Token { get; set; }

    /// <summary>
    /// The hashes of those it was given since, oldest first. Which of them it got is not known until it shows one: a welcome may be lost.
    /// </summary>
    public List<string> Offered { get; set; } = [];

    /// <summary>The connection resumed the session; false: the session began with it.</summary>
    public bool Resumed { get; set; }

    /// <summary>The number of the last push before the session began.</summary>
    public long Start { get; init; }

    /// <summary>The number of the last request taken on this connection, where its gateway numbers them.</summary>
    public long LastRequest { get; set; }

    /// <summary>The connection is open.</summary>
    public bool Attached { get; set; }

    /// <summary>When a session without a connection is forgotten.</summary>
    public DateTimeOffset? Expires { get; set; }
}

/// <summary>A place in a queue.</summary>
internal sealed class QueuePlace
{
    public required string Mode { get; init; }
    public required long JoinId { get; init; }

    /// <summary>The ticket's number, once known.</summary>
    public long? Number { get; set; }

    /// <summary>The waiting room, once known.</summary>
    public string? RoomName { get; set; }

    public bool Owner { get; set; }

    /// <summary>How many wait in that room; 0: not told.</summary>
    public int Here { get; set; }

    /// <summary>How often the matchmaker was told whether the player is connected.</summary>
    public long PresenceTag { get; set; }

    /// <summary>The player has asked to leave, by this action; the matchmaker has not confirmed yet.</summary>
    public PushKind? Leaving { get; set; }

    public RequestId? LeaveId { get; set; }
}

/// <summary>A request to join that waits for its answer.</summary>
/// <param name="Json">The request's id, see <see cref="RequestId.Json"/>.</param>
/// <param name="Content">The fingerprint of what was asked for.</param>
internal readonly record struct PendingJoin(string Json, long Content);

/// <summary>A request to die, and the tag it was handed on with.</summary>
internal readonly record struct PendingDeath(RequestId Id, long Tag);

/// <summary>A seat in a battle.</summary>
internal sealed class BattlePlace
{
    public required string BattleId { get; init; }
    public required string Mode { get; init; }
    public required long Number { get; init; }

    /// <summary>Null until the battle has started.</summary>
    public string? RoomName { get; set; }

    public IReadOnlyList<string> Peers { get; set; } = [];

    /// <summary>Peers the client knows to be dead.</summary>
    public List<string> DeadPeers { get; set; } = [];

    /// <summary>The battle server the client was last told; null if there is none.</summary>
    public BattleServerEndpoint? Server { get; set; }

    public KnownScore? Score { get; set; }

    /// <summary>The number of the request that carried the score, where its gateway numbers them.</summary>
    public long ScoreNumber { get; set; }

    /// <summary>The player has asked to die.</summary>
    public bool Dying { get; set; }

    /// <summary>A request to die that was handed on and is not answered: what cannot be done twice must be answered as done.</summary>
    public PendingDeath? Death { get; set; }

    /// <summary>The last event of the room that was taken.</summary>
    public long LastEvent { get; set; }

    /// <summary>How often the player was loaded during this battle: the upper half of every tag.</summary>
    public int Life { get; set; }
}
