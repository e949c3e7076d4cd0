using System.Collections.Immutable;

namespace GameServer.Game;

/// <summary>The pushes of the protocol. Stored and sent by number: a number is never given to another push.</summary>
public enum PushKind : byte
{
    /// <summary><c>joinroom</c>: the text is the room's name.</summary>
    JoinRoom = 1,

    /// <summary><c>peer_player_id</c>: the text is the peer's user id.</summary>
    PeerPlayerId = 2,

    /// <summary><c>exitroom</c>: the text is the room's name.</summary>
    ExitRoom = 3,

    /// <summary><c>destroyroom</c>: the text is the room's name.</summary>
    DestroyRoom = 4,

    /// <summary><c>player_syncscore</c>: the number is the score, <see cref="Push.From"/> whose it is.</summary>
    PlayerSyncScore = 5,

    /// <summary><c>attacked</c>: the text is <c>FREEZE</c>, <see cref="Push.From"/> who attacked.</summary>
    Attacked = 6,

    /// <summary>
    /// <c>player_died</c>: the text is a user id, or <c>all</c>. The number is 1 if the player left, or did not come back in time; version 2
    /// shows it.
    /// </summary>
    PlayerDied = 7,

    /// <summary><c>battle_settlement</c>: the text is WIN, LOSE or DRAW.</summary>
    BattleSettlement = 8,

    /// <summary><c>battle_server</c>: <see cref="Push.Server"/>. The ticket is signed when the frame is written.</summary>
    BattleServer = 9,

    /// <summary><c>peer_disconnected</c> (version 2): the text is the peer, <see cref="Push.Until"/> how long it may come back.</summary>
    PeerDisconnected = 10,

    /// <summary><c>peer_reconnected</c> (version 2): like <see cref="PeerDisconnected"/>, until the time it had.</summary>
    PeerReconnected = 11,

    /// <summary><c>snapshot</c> (version 2): <see cref="Push.Snapshot"/>.</summary>
    Snapshot = 12,

    /// <summary>
    /// <c>error</c> without a request: <see cref="Push.Error"/>; today only <c>unavailable</c>, when no battle server is free.
    /// </summary>
    Error = 13,

    /// <summary><c>waiting</c> (version 2): the number is how many wait in the room, oneself included. In rooms for more than two.</summary>
    Waiting = 14,
}

/// <summary>What a push's <c>data</c> is on the wire.</summary>
public enum PushData : byte
{
    /// <summary><see cref="Push.Text"/>.</summary>
    Text,

    /// <summary><see cref="Push.Number"/>.</summary>
    Number,

    /// <summary><see cref="Push.Text"/> and <see cref="Push.Until"/>, as <c>user_id</c> and <c>until</c>.</summary>
    Presence,

    /// <summary><see cref="Push.Server"/>.</summary>
    Server,

    /// <summary><see cref="Push.Snapshot"/>.</summary>
    Snapshot,

    /// <summary><see cref="Push.Error"/>.</summary>
    Error,
}

/// <summary>What is fixed for each kind of push.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Name">Its name on the wire.</param>
/// <param name="Data">What its data is there.</param>
/// <param name="Durability">
/// How safe it must be before the player sees it. <see cref="Durability.Soon"/> costs no write of its own; in a crash it may be lost, so it
/// must be something that is told anew then, or that does not matter afterwards.
/// </param>
/// <param name="Since">The first version that sees it.</param>
public sealed record PushType(PushKind Kind, string Name, PushData Data, Durability Durability, ProtocolVersion Since = ProtocolVersion.V1)
{
    /// <summary>All pushes, each at the place of its number.</summary>
    public static ImmutableArray<PushType> All { get; } =
    [
        new(PushKind.JoinRoom, "joinroom", PushData.Text, Durability.BeforeEffects),
        new(PushKind.PeerPlayerId, "peer_player_id", PushData.Text, Durability.BeforeEffects),
        new(PushKind.ExitRoom, "exitroom", PushData.Text, Durability.BeforeEffects),
        new(PushKind.DestroyRoom, "destroyroom", PushData.Text, Durability.BeforeEffects),
        new(PushKind.PlayerSyncScore, "player_syncscore", PushData.Number, Durability.Soon),
        new(PushKind.Attacked, "attacked", PushData.Text, Durability.Soon),
        new(PushKind.PlayerDied, "player_died", PushData.Text, Durability.BeforeEffects),
        new(PushKind.BattleSettlement, "battle_settlement", PushData.Text, Durability.BeforeEffects),
        new(PushKind.BattleServer, "battle_server", PushData.Server, Durability.BeforeEffects),
        new(PushKind.PeerDisconnected, "peer_disconnected", PushData.Presence, Durability.Soon, ProtocolVersion.V2),
        new(PushKind.PeerReconnected, "peer_reconnected", PushData.Presence, Durability.Soon, ProtocolVersion.V2),
        new(PushKind.Snapshot, "snapshot", PushData.Snapshot, Durability.BeforeEffects, ProtocolVersion.V2),
        new(PushKind.Error, "error", PushData.Error, Durability.BeforeEffects),
        new(PushKind.Waiting, "waiting", PushData.Number, Durability.Soon, ProtocolVersion.V2),
    ];

    /// <summary>What is fixed for a kind.</summary>
    /// <exception cref="IndexOutOfRangeException">There is no such push.</exception>
    public static PushType Of(PushKind kind) => All[(int)kind - 1];
}

/// <summary>
/// One push. Flat on purpose: it is kept in the player's log, sent between processes, and written to sockets, and most have one field.
/// </summary>
public sealed record Push(PushKind Kind)
{
    /// <summary>The data, where it is a string.</summary>
    public string? Text { get; init; }

    /// <summary>The data, where it is a number.</summary>
    public int Number { get; init; }

    /// <summary>The player it is about, where the data does not say so. Version 2 shows it beside the data, as <c>from</c>.</summary>
    public string? From { get; init; }

    /// <summary>Until when, for presence.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The battle server.</summary>
    public BattleServerEndpoint? Server { get; init; }

    /// <summary>The whole state.</summary>
    public Snapshot? Snapshot { get; init; }

    /// <summary>The error.</summary>
    public GameError? Error { get; init; }
}

/// <summary>
/// Where a battle is fought, as players see it (protocol, section 6). The ticket is not part of it: each player gets their own.
/// </summary>
/// <param name="BattleId">The battle it is for; the ticket names it.</param>
/// <param name="Dns">The accelerator's name.</param>
/// <param name="Ips">The accelerator's addresses; any of them works.</param>
/// <param name="Port">The port at the accelerator that leads to this battle's port.</param>
/// <param name="Protocol"><c>tcp</c> or <c>udp</c>.</param>
public sealed record BattleServerEndpoint(string BattleId, string Dns, IReadOnlyList<string> Ips, int Port, string Protocol)
{
    /// <summary>
    /// The port inside, which the ticket names. Null in what an earlier version has stored: no ticket can be made of it, and the room asks
    /// for the place again when it is loaded.
    /// </summary>
    public ServerPlace? Place { get; init; }
}

/// <summary>A port of one registration of a battle server.</summary>
/// <param name="ServerId">The server.</param>
/// <param name="Port">Its own port.</param>
/// <param name="Epoch">The registration's epoch.</param>
public sealed record ServerPlace(string ServerId, int Port, long Epoch);

/// <summary>The whole state, as the player may know it.</summary>
public sealed record Snapshot
{
    /// <summary>The player.</summary>
    public required string UserId { get; init; }

    /// <summary><c>idle</c>, <c>waiting</c> or <c>battle</c>.</summary>
    public required string State { get; init; }

    /// <summary>The room's name; null when idle.</summary>
    public string? Room { get; init; }

    /// <summary>The mode; null when idle.</summary>
    public string? Mode { get; init; }

    /// <summary>The player's own part in the battle; null outside one.</summary>
    public BattlePlayer? You { get; init; }

    /// <summary>The others in the battle, in order of joining; empty outside one.</summary>
    public IReadOnlyList<BattlePlayer> Peers { get; init; } = [];

    /// <summary>Where the battle is fought, if on a battle server.</summary>
    public BattleServerEndpoint? BattleServer { get; init; }

    /// <summary>The player's record with the last result, which may have come while away.</summary>
    public required PlayerRecord Record { get; init; }
}

/// <summary>One player's part in a battle, as others may know it.</summary>
/// <param name="UserId">Who.</param>
/// <param name="Score">The score.</param>
/// <param name="Alive">Not dead yet.</param>
/// <param name="Connected">Not dropped.</param>
/// <param name="Until">When dropped: until when the player may come back. When it is oneself and frozen: until when that lasts.</param>
/// <param name="Attacks">How many attacks the player has made.</param>
/// <param name="Left">Dead because the player left, or did not come back in time.</param>
public sealed record BattlePlayer(
    string UserId, int Score, bool Alive, bool Connected, DateTimeOffset? Until, int Attacks = 0, bool Left = false);

/// <summary>How a battle ended for one player.</summary>
public enum BattleResult : byte
{
    /// <summary>Alone at the top.</summary>
    Win = 1,

    /// <summary>Below the top.</summary>
    Lose = 2,

    /// <summary>One of several at the top.</summary>
    Draw = 3,
}

/// <summary>A player's record.</summary>
public sealed record PlayerRecord
{
    /// <summary>Battles won.</summary>
    public int Wins { get; init; }

    /// <summary>Battles lost.</summary>
    public int Losses { get; init; }

    /// <summary>Battles drawn.</summary>
    public int Draws { get; init; }

    /// <summary>The last battle; null before the first.</summary>
    public LastBattle? Last { get; init; }
}

/// <summary>The last battle in a record.</summary>
/// <param name="BattleId">Which.</param>
/// <param name="Result">How it ended.</param>
/// <param name="Score">The player's score in it.</param>
/// <param name="At">When it was settled.</param>
public sealed record LastBattle(string BattleId, BattleResult Result, int Score, DateTimeOffset At);
