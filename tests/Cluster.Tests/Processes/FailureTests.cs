using System.Diagnostics;
using Xunit.Abstractions;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>
/// What players notice when processes die under them. How long they wait is printed and not judged: that is a figure of a machine, and this
/// one may be busy. That everybody is served again, and that every battle and record is right, is judged.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class FailureTests(ITestOutputHelper output)
{
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
        await load.AllServedAsync("A silo was killed", at);

        at = Stopwatch.GetTimestamp();
        await gateway.KillAsync();
        await load.AllServedAsync("A gateway was killed", at);

        await load.WarmUpAsync();
        at = Stopwatch.GetTimestamp();
        await cluster.StartSiloAsync();
        await cluster.StartGatewayAsync(cluster.Gateways[0]);
        await load.AllServedAsync("A silo and the gateway were started", at);

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
            await load.AllServedAsync("A silo was replaced", at);
        }

        foreach (var (turn, old) in gateways.Index())
        {
            var at = Stopwatch.GetTimestamp();
            Assert.Equal(0, await old.StopAsync());
            await cluster.StartGatewayAsync(cluster.Gateways[turn]);
            await load.AllServedAsync("A gateway was restarted", at);
        }

        await load.EndAsync();
    }
}
