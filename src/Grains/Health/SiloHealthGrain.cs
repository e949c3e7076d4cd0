using GameServer.Grains.Abstractions;
using Orleans.Concurrency;

namespace GameServer.Grains;

/// <summary>Tells gateways what its silo knows of itself. In no directory, and in memory only, so that it answers when nothing else does.</summary>
[StatelessWorker(1), Reentrant]
public sealed class SiloHealthGrain(SiloHealth health) : Grain, ISiloHealthGrain
{
    /// <inheritdoc/>
    public ValueTask<bool> Serves() => new(health.Serves);
}
