using GameServer.Behaviour;
using StackExchange.Redis;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>Readiness tells what a player would see; liveness looks at the process alone.</summary>
public sealed class ReadinessTests
{
    [ClusterFact]
    public async Task While_the_storage_is_silent_neither_silo_nor_gateway_is_ready_and_both_are_alive()
    {
        await using var cluster = await GameCluster.StartAsync();
        var silo = GameCluster.FreePort();
        await cluster.StartSiloAsync("--urls", GameCluster.At(silo).ToString());
        await cluster.StartGatewayAsync();
        await ReadyAsync(200);

        cluster.Keeper.Freeze();
        await ReadyAsync(503);
        cluster.Keeper.Thaw();
        await ReadyAsync(200);
        using var user = await GameClient.ConnectAsync(() => GameCluster.At(cluster.Gateways[0]), "user1");
        await user.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal("joinroom user1_ROOM", await user.SeesAsync());

        async Task ReadyAsync(int status)
        {
            foreach (var port in (int[])[silo, cluster.Gateways[0]])
            {
                await GameCluster.UntilAsync(async () => await GameCluster.HealthAsync(port, "ready") == status);
                Assert.Equal(200, await GameCluster.HealthAsync(port, "live"));
            }
        }
    }

    [ClusterFact]
    public async Task While_the_storage_refuses_to_write_neither_silo_nor_gateway_is_ready()
    {
        if (Backend.Name != "redis")
            return; // Only redis-server can be told to refuse.
        await using var cluster = await GameCluster.StartAsync();
        var silo = GameCluster.FreePort();
        await cluster.StartSiloAsync("--urls", GameCluster.At(silo).ToString());
        await cluster.StartGatewayAsync();
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{cluster.RedisAddress},allowAdmin=true");

        await redis.GetServers()[0].ConfigSetAsync("maxmemory", 1); // Reads are answered, writes are not.
        foreach (var port in (int[])[silo, cluster.Gateways[0]])
            await GameCluster.UntilAsync(async () => await GameCluster.HealthAsync(port, "ready") == 503);
        await redis.GetServers()[0].ConfigSetAsync("maxmemory", 0);
        foreach (var port in (int[])[silo, cluster.Gateways[0]])
            await GameCluster.UntilAsync(async () => await GameCluster.HealthAsync(port, "ready") == 200);
    }

    [Fact]
    public async Task A_gateway_without_any_silo_is_alive_and_not_ready_until_there_is_one()
    {
        var (siloGateway, port) = (GameCluster.FreePort(), GameCluster.FreePort());
        string[] place = ["--Silo:GatewayPort", $"{siloGateway}"];
        var silo = GameCluster.StartSilo(place);
        await using var gateway = GameCluster.StartGateway(port, place);
        await gateway.SaysAsync("The game is at");
        Assert.Equal(200, await GameCluster.HealthAsync(port, "ready"));
        await silo.KillAsync();
        await silo.DisposeAsync();
        await GameCluster.UntilAsync(async () => await GameCluster.HealthAsync(port, "ready") == 503);
        Assert.Equal(200, await GameCluster.HealthAsync(port, "live"));

        await using var next = GameCluster.StartSilo(place);
        await GameCluster.UntilAsync(async () => await GameCluster.HealthAsync(port, "ready") == 200);
    }
}
