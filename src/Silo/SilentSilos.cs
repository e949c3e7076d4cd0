using System.Net.Sockets;

namespace GameServer.Silo;

/// <summary>
/// Before this silo joins, declares dead those that the table calls active and that are gone: a silo that was killed could not say so, and
/// if all were, nobody is left who notices. The framework would have this silo ask each of them in vain, and give up.
/// <para>
/// Gone is who gives no sign of life in the table for <see cref="Patience"/> and takes no connection. Not one of the two alone: a silo that
/// cannot reach the table may be well, and one that cannot be reached from here may be well for all others. The signs are compared with
/// each other and not with this machine's clock, so that clocks which differ between machines do no harm.
/// </para>
/// </summary>
internal sealed partial class SilentSilos(
    IMembershipTable table, IClusterMembershipService membership, ILocalSiloDetails local, TimeProvider time, ILogger<SilentSilos> logger)
    : ILifecycleParticipant<ISiloLifecycle>
{
    /// <summary>Three signs of life and a little (<see cref="ClusterTuning"/>).</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3.5);

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a silo may take to take a connection, as long as it may take to answer a probe.</summary>
    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(0.75);

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(SilentSilos), ServiceLifecycleStage.ValidateInitialConnectivity - 1, BuryAsync);

    private async Task BuryAsync(CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var silent = await SignsOfLifeAsync(cancellationToken);
        while (silent.Count > 0 && time.GetElapsedTime(began) < Patience)
        {
            await Task.Delay(Period, time, cancellationToken);
            var now = await SignsOfLifeAsync(cancellationToken);
            silent = silent.Where(silo => now.TryGetValue(silo.Key, out var sign) && sign == silo.Value).ToDictionary();
        }

        foreach (var silo in silent.Keys)
        {
            if (await TakesConnectionsAsync(silo, cancellationToken))
                continue;
            LogGone(logger, silo);
            // False: another silo wrote meanwhile, perhaps the same.
            while (!await membership.TryKill(silo))
                await Task.Delay(Period, time, cancellationToken);
        }
    }

    private async Task<Dictionary<SiloAddress, DateTime>> SignsOfLifeAsync(CancellationToken cancellationToken)
    {
        var all = await table.ReadAllAsync(cancellationToken);
        return all.Members.Select(member => member.Item1)
            .Where(silo => silo.Status == SiloStatus.Active && !silo.SiloAddress.Equals(local.SiloAddress))
            .ToDictionary(silo => silo.SiloAddress, silo => silo.IAmAliveTime);
    }

    private async Task<bool> TakesConnectionsAsync(SiloAddress silo, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(ConnectTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        using Socket socket = new(silo.Endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(silo.Endpoint, either.Token);
            return true;
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Silo {Silo} is gone without a word, and counts as dead from now on.")]
    private static partial void LogGone(ILogger logger, SiloAddress silo);
}
