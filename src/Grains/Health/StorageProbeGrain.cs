using Orleans.Placement;

namespace GameServer.Grains;

/// <summary>A grain as players' are: found by the directory, read, written and cleared in the actors' storage; key: its silo's address.</summary>
[Alias("storage_probe")]
public interface IStorageProbeGrain : IGrainWithStringKey
{
    /// <summary>Completes when all of that was done; nothing of it stays.</summary>
    [Alias("probe")]
    ValueTask Probe();
}

/// <inheritdoc cref="IStorageProbeGrain"/>
[PreferLocalPlacement]
public sealed class StorageProbeGrain([PersistentState("probe", ActorGrain.StorageName)] IPersistentState<StoredActor> stored)
    : Grain, IStorageProbeGrain
{
    /// <inheritdoc/>
    public async ValueTask Probe()
    {
        try
        {
            await stored.WriteStateAsync();
            await stored.ClearStateAsync();
        }
        finally
        {
            DeactivateOnIdle(); // The next probe asks directory and storage again, also after a write whose outcome is not known.
        }
    }
}
