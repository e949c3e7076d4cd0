using GameServer.Cluster.Tests.Processes;

namespace GameServer.Cluster.Tests.Storage;

/// <summary>A silo that keeps its actors in what the clusters of this run do (<see cref="Backend"/>).</summary>
public sealed class BackendSilo : StorageSilo
{
    private GameCluster? cluster;

    /// <summary>What the silo stands on.</summary>
    internal GameCluster Cluster => cluster ?? throw new InvalidOperationException("The silo is not started.");

    /// <inheritdoc/>
    public override int LargestState => RefusesLarger ? 409_000 : 1_000_000;

    /// <inheritdoc/>
    public override bool RefusesLarger => Backend.StoresInDynamoDb;

    /// <inheritdoc/>
    public override bool TagsAreUnique => !Backend.StoresInDynamoDb;

    /// <inheritdoc/>
    protected override async Task<IEnumerable<string>> StartPlaceAsync()
    {
        cluster = await GameCluster.StartAsync();
        return cluster.StorageAlone;
    }

    /// <inheritdoc/>
    protected override async ValueTask EndPlaceAsync()
    {
        if (cluster is not null)
            await cluster.DisposeAsync();
    }
}
