using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;
using GameServer.Behaviour;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>
/// What players notice when processes die under them. How long they wait is printed and not judged: that is a figure of a machine, and this
/// one may be busy. That everybody is served again, and that every battle and record is right, is judged.
/// </summary>
[Trait("Category", "Backend")]
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

    [ClusterFact]
    public async Task Without_the_clusters_redis_a_battle_goes_on_to_its_end_and_the_silo_stops_before_it_would_be_killed()
    {
        await using var cluster = await GameCluster.StartAsync();
        // The state is elsewhere: in the DynamoDB of this run, or else in a Redis of its own.
        var port = GameCluster.FreePort();
        await using var state = Backend.StoresInDynamoDb ? null : await Backend.StartRedisAsync(port);
        var silo = await cluster.StartSiloAsync(
            state is null ? [] : ["--Storage:RedisConnectionString", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}")]);
        await cluster.StartGatewayAsync();
        using var user1 = await GameClient.ConnectAsync(() => GameCluster.At(cluster.Gateways[0]), "user1");
        using var user2 = await GameClient.ConnectAsync(() => GameCluster.At(cluster.Gateways[0]), "user2");
        await GameClient.MatchAsync(user1, user2);

        await cluster.Redis.KillAsync();
        await user1.SendAsync("""{"action":"syncscore","score":7}""");
        Assert.Equal("player_syncscore 7", await user2.SeesAsync());
        await user2.SendAsync("""{"action":"die"}""");
        Assert.Equal("player_died user2", await user1.SeesAsync());
        await user1.SendAsync("""{"action":"die"}""");
        Assert.Equal("battle_settlement WIN", await user1.SeesAsync());
        Assert.Equal("LOSE", (await user2.UntilAsync("battle_settlement")).GetString());

        var at = Stopwatch.GetTimestamp();
        Assert.Equal(0, await silo.StopAsync()); // Below the 120 s after which ECS kills.
        output.WriteLine($"It stopped after {Stopwatch.GetElapsedTime(at).TotalSeconds:0.0} s.");
    }
}
