namespace GameServer.Cluster.Tests.Storage;

/// <summary>A silo that keeps its actors in memory, as without any setting.</summary>
public sealed class MemorySilo : StorageSilo
{
    /// <inheritdoc/>
    public override int LargestState => 1_000_000;

    /// <inheritdoc/>
    public override bool RefusesLarger => false;

    /// <inheritdoc/>
    public override bool TagsAreUnique => true;

    /// <inheritdoc/>
    protected override Task<IEnumerable<string>> StartPlaceAsync() => Task.FromResult<IEnumerable<string>>([]);

    /// <inheritdoc/>
    protected override ValueTask EndPlaceAsync() => ValueTask.CompletedTask;
}
