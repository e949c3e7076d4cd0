using System.Diagnostics;
using Xunit.Abstractions;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>What players notice when processes die under them.</summary>
public sealed class FailureTests(ITestOutputHelper output)
{
    /// <summary>How long a player on a silo that died may wait at worst, in seconds.</summary>
    private const double Bar = 4;

    /// <summary>
    /// How long a battle may stand still while something starts or stops as planned: here a new process is cold, and so slow, and shares two cores with
    /// all others.
    /// </summary>
    private const double FewSeconds = 8;

    [ClusterFact]
    public async Task Two_hundred_battles_survive_the_kill_of_a_silo_and_of_a_gateway()
    {
        await using var cluster = await GameCluster.StartAsync();
        var first = await cluster.StartSiloAsync();
        await cluster.StartSiloAsync();
        var gateway = await cluster.StartGatewayAsync();
        await cluster.StartGatewayAsync();
        using LoadTest load = new(cluster, output);
        await load.BeginAsync(battles: 200);
        await load.WarmUpAsync();

        var at = Stopwatch.GetTimestamp();
        await first.KillAsync();
        await load.AllServedAsync("A silo was killed", at, Bar);

        at = Stopwatch.GetTimestamp();
        await gateway.KillAsync();
        await load.AllServedAsync("A gateway was killed", at, Bar);

        await load.WarmUpAsync();
        at = Stopwatch.GetTimestamp();
        await cluster.StartSiloAsync();
        await cluster.StartGatewayAsync(cluster.Gateways[0]);
        await load.AllServedAsync("A silo and the gateway were started", at, FewSeconds);

        await load.EndAsync();
    }

    [ClusterFact]
    public async Task A_rolling_restart_of_everything_loses_nothing()
    {
        await using var cluster = await GameCluster.StartAsync();
        List<ChildProcess> silos = [await cluster.StartSiloAsync(), await cluster.StartSiloAsync()];
        List<ChildProcess> gateways = [await cluster.StartGatewayAsync(), await cluster.StartGatewayAsync()];
        using LoadTest load = new(cluster, output);
        await load.BeginAsync(battles: 100);
        await load.WarmUpAsync();

        // As a deployment does it: the new one first, then the old one is asked to go.
        foreach (var old in silos)
        {
            var at = Stopwatch.GetTimestamp();
            await cluster.StartSiloAsync();
            Assert.Equal(0, await old.StopAsync());
            await load.AllServedAsync("A silo was replaced", at, FewSeconds);
        }

        foreach (var (turn, old) in gateways.Index())
        {
            var at = Stopwatch.GetTimestamp();
            Assert.Equal(0, await old.StopAsync());
            await cluster.StartGatewayAsync(cluster.Gateways[turn]);
            await load.AllServedAsync("A gateway was restarted", at, FewSeconds);
        }

        await load.EndAsync();
    }
}
