using GameServer.Grains.Abstractions;
using Orleans.Concurrency;

namespace GameServer.Grains;

/// <summary>Knows when a gateway last said that it is alive.</summary>
[Reentrant]
public sealed class GatewayLeaseGrain(TimeProvider time) : Grain, IGatewayLeaseGrain
{
    /// <summary>
    /// How long a lease lasts: three renewals may be lost. Longer than the time in which this grain itself is found again after its silo
    /// was lost.
    /// </summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(8);

    private DateTimeOffset renewed;
    private bool released;

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        renewed = time.GetUtcNow();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask Renew()
    {
        renewed = time.GetUtcNow();
        released = false;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask Release()
    {
        released = true;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<bool> Holds() => new(!released && time.GetUtcNow() - renewed < Lease);
}
