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

    // A timestamp: a gateway must not seem lost because somebody set the machine's clock.
    private long renewed;
    private bool released;

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        renewed = time.GetTimestamp();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask Renew()
    {
        renewed = time.GetTimestamp();
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
    public ValueTask<bool> Holds() => new(!released && time.GetElapsedTime(renewed) < Lease);
}
