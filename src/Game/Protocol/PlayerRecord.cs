namespace GameServer.Game;

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
