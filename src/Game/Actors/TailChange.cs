namespace GameServer.Game;

/// <summary>What a host that keeps the tail by slots has to do with it.</summary>
/// <param name="Cleared">First, all that was kept goes.</param>
/// <param name="Entries">Then these, oldest first, take their slots.</param>
public readonly record struct TailChange(bool Cleared, IReadOnlyList<TailEntry> Entries)
{
    /// <summary>Nothing has changed.</summary>
    public static TailChange None { get; } = new(Cleared: false, []);
}
