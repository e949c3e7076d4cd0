using GameServer.Grains;
using Orleans.Storage;

namespace GameServer.Cluster.Tests.Storage;

/// <summary>What one activation of an actor knows of its row. Two of one actor are what a cluster can have for a moment.</summary>
internal sealed class Activation(IGrainStorage storage, GrainId actor)
{
    private const string StateName = "actor";
    private readonly GrainState<StoredActor> row = new(new());

    /// <summary>What it read or wrote last.</summary>
    public StoredActor State => row.State ?? throw new InvalidOperationException("It was never loaded.");

    /// <summary>Whether there was a row when it last looked.</summary>
    public bool Exists => row.RecordExists;

    /// <summary>One that has read the row, as an actor does when it is loaded.</summary>
    public static async Task<Activation> LoadAsync(IGrainStorage storage, GrainId actor)
    {
        Activation activation = new(storage, actor);
        await activation.ReadAsync();
        return activation;
    }

    public Task ReadAsync() => storage.ReadStateAsync(StateName, actor, row);

    public Task WriteAsync(params byte[] state) => WriteAsync(new StoredActor { State = state });

    public Task WriteAsync(StoredActor state)
    {
        row.State = state;
        return storage.WriteStateAsync(StateName, actor, row);
    }

    public Task ClearAsync() => storage.ClearStateAsync(StateName, actor, row);
}
