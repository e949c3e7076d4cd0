using System.Diagnostics;
using Xunit.Abstractions;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>What players notice when processes die under them.</summary>
public sealed class FailureTests(ITestOutputHelper output)
{
    /// <summary>How long a player on a silo that died may wait at worst, in seconds.</summary>
    private const double Bar = 4;

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
        await load.AllServedAsync("Nothing yet", Stopwatch.GetTimestamp());

        var at = Stopwatch.GetTimestamp();
        await first.KillAsync();
        await load.AllServedAsync("A silo was killed", at, Bar);

        at = Stopwatch.GetTimestamp();
        await gateway.KillAsync();
        await load.AllServedAsync("A gateway was killed", at, Bar);

        at = Stopwatch.GetTimestamp();
        await cluster.StartSiloAsync();
        await cluster.StartGatewayAsync(cluster.Gateways[0]);
        await load.AllServedAsync("A silo and the gateway were started", at, Bar);

        await load.EndAsync();
    }
}
