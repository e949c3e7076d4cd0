namespace GameServer.Game;

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
