using System.Text.Json.Serialization;

namespace GameServer.Game;

/// <summary>The pushes of the protocol.</summary>
public enum PushKind : byte
{
    /// <summary><c>joinroom</c>: the text is the room's name.</summary>
    JoinRoom = 1,

    /// <summary><c>peer_player_id</c>: the text is the peer's user id.</summary>
    PeerPlayerId,

    /// <summary><c>exitroom</c>: the text is the room's name.</summary>
    ExitRoom,

    /// <summary><c>destroyroom</c>: the text is the room's name.</summary>
    DestroyRoom,

    /// <summary><c>player_syncscore</c>: the number is the score, <see cref="Push.From"/> whose it is.</summary>
    PlayerSyncScore,

    /// <summary><c>attacked</c>: the text is <c>FREEZE</c>, <see cref="Push.From"/> who attacked.</summary>
    Attacked,

    /// <summary><c>player_died</c>: the text is a user id, or <c>all</c>.</summary>
    PlayerDied,

    /// <summary><c>battle_settlement</c>: the text is WIN, LOSE or DRAW.</summary>
    BattleSettlement,

    /// <summary><c>battle_server</c>: <see cref="Push.Server"/>. The ticket is signed when the frame is written.</summary>
    BattleServer,

    /// <summary><c>peer_disconnected</c> (version 2): the text is the peer, <see cref="Push.Until"/> how long it may come back.</summary>
    PeerDisconnected,

    /// <summary><c>peer_reconnected</c> (version 2): like <see cref="PeerDisconnected"/>, until the time it had.</summary>
    PeerReconnected,

    /// <summary><c>snapshot</c> (version 2): <see cref="Push.Snapshot"/>.</summary>
    Snapshot,

    /// <summary>
    /// <c>error</c> without a request: <see cref="Push.Error"/>; today only <c>unavailable</c>, when no battle server is free.
    /// </summary>
    Error,
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

    /// <summary>A newer push of this kind about the same player makes an older one that still waits to be written worthless.</summary>
    [JsonIgnore]
    public bool Supersedes => Kind == PushKind.PlayerSyncScore;
}

/// <summary>
/// Where a battle is fought, as players see it (protocol, section 5). The ticket is not part of it: each player gets an own one.
/// </summary>
/// <param name="BattleId">The battle it is for; the ticket names it.</param>
/// <param name="Dns">The accelerator's name.</param>
/// <param name="Ips">The accelerator's addresses; any of them works.</param>
/// <param name="Port">The port at the accelerator that leads to this battle's port.</param>
/// <param name="Protocol"><c>tcp</c> or <c>udp</c>.</param>
public sealed record BattleServerEndpoint(string BattleId, string Dns, IReadOnlyList<string> Ips, int Port, string Protocol);

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
public sealed record BattlePlayer(string UserId, int Score, bool Alive, bool Connected, DateTimeOffset? Until, int Attacks = 0);

/// <summary>How a battle ended for one player.</summary>
public enum BattleResult : byte
{
    /// <summary>Alone at the top.</summary>
    Win = 1,

    /// <summary>Below the top.</summary>
    Lose,

    /// <summary>One of several at the top.</summary>
    Draw,
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
