using System.Text.Json;
using GameServer.Behaviour;
using StackExchange.Redis;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>Silos that start where others were killed, and silos that cannot go on.</summary>
public sealed class RestartTests
{
    [ClusterFact]
    public async Task When_all_silos_were_killed_the_first_to_start_anywhere_is_up_and_the_game_goes_on()
    {
        await using var cluster = await GameCluster.StartAsync();
        ChildProcess[] silos = [await cluster.StartSiloAsync(), await cluster.StartSiloAsync()];
        await cluster.StartGatewayAsync();
        using var user1 = await GameClient.ConnectAsync(() => GameCluster.At(cluster.Gateways[0]), "user1");
        using var user2 = await GameClient.ConnectAsync(() => GameCluster.At(cluster.Gateways[0]), "user2");
        await GameClient.MatchAsync(user1, user2);
        await Task.WhenAll(silos.Select(silo => silo.KillAsync()));

        var next = await cluster.StartSiloAsync(); // At ports of its own, so it is no successor of either.
        foreach (var user in (GameClient[])[user1, user2])
            await user.SendAsync("""{"action":"die"}""");
        await user1.UntilAsync("battle_settlement");
        await user2.UntilAsync("battle_settlement");
        Assert.DoesNotContain("Unhandled exception", next.Output, StringComparison.Ordinal);
    }

    [ClusterFact]
    public async Task A_silo_that_the_others_declared_dead_says_so_and_ends_with_an_exit_code()
    {
        await using var cluster = await GameCluster.StartAsync();
        await cluster.StartSiloAsync();
        var frozen = await cluster.StartSiloAsync();
        await using var redis = await ConnectionMultiplexer.ConnectAsync(cluster.RedisAddress);
        frozen.Freeze();
        await GameCluster.UntilAsync(async () => (await StatesAsync(cluster, redis)).Contains((int)SiloStatus.Dead));
        frozen.Thaw();
        Assert.Equal(3, await frozen.EndsAsync());
        Assert.Contains("The silo cannot go on and ends: ", frozen.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Process terminated", frozen.Output, StringComparison.Ordinal);
    }

    private static async Task<IEnumerable<int>> StatesAsync(GameCluster cluster, ConnectionMultiplexer redis)
    {
        List<int> states = [];
        foreach (var key in redis.GetServers()[0].Keys(pattern: $"{cluster.ServiceId}/members/*"))
        {
            foreach (var row in await redis.GetDatabase().HashGetAllAsync(key))
            {
                if (row.Name != "Version")
                    states.Add(JsonDocument.Parse((string)row.Value!).RootElement.GetProperty("Status").GetInt32());
            }
        }

        return states;
    }
}
