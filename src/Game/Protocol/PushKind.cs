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
