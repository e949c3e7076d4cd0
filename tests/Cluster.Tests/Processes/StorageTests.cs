using System.Globalization;
using GameServer.Behaviour;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>What goes on, or is still known, when nothing is left but where the state is stored.</summary>
[Trait("Category", "Backend")]
public sealed class StorageTests
{
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
        Assert.Equal(0, await silo.StopAsync()); // Below the 120 s after which ECS kills.
    }

    [ClusterFact]
    public async Task A_settled_battle_is_there_after_every_silo_was_killed()
    {
        await using var cluster = await GameCluster.StartAsync();
        var silos = new[] { await cluster.StartSiloAsync(), await cluster.StartSiloAsync() };
        await SettleAsync(cluster);
        foreach (var silo in silos)
            await silo.KillAsync();
        await IsThereAsync(cluster);
    }

    [RedisServerFact]
    [Trait("Needs", "redis-server")]
    public async Task A_settled_battle_is_there_after_redis_was_killed_and_started_again_on_its_append_only_file()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await GameCluster.StartAsync(redisFolder: folder.Path);
        var silo = await cluster.StartSiloAsync();
        await SettleAsync(cluster);
        await cluster.Redis.KillAsync();
        await silo.KillAsync(); // Or it would know by itself.
        await cluster.RestartRedisAsync();
        await IsThereAsync(cluster);
    }

    /// <summary>A battle that alice wins over bob, with seven points.</summary>
    private static async Task SettleAsync(GameCluster cluster)
    {
        await cluster.StartGatewayAsync();
        using var alice = await GameClient.ConnectAsync(() => GameCluster.At(cluster.Gateways[0]), "alice");
        using var bob = await GameClient.ConnectAsync(() => GameCluster.At(cluster.Gateways[0]), "bob");
        await GameClient.MatchAsync(alice, bob);
        await alice.SendAsync("""{"action":"syncscore","score":7}""");
        Assert.Equal("player_syncscore 7", await bob.SeesAsync());
        await bob.SendAsync("""{"action":"die"}""");
        Assert.Equal("player_died bob", await alice.SeesAsync());
        await alice.SendAsync("""{"action":"die"}""");
        Assert.Equal("battle_settlement WIN", await alice.SeesAsync());
        Assert.Equal("LOSE", (await bob.UntilAsync("battle_settlement")).GetString());
    }

    /// <summary>Silo and gateway of another cluster, which has the state in common with the old one and nothing else, know the battle.</summary>
    private static async Task IsThereAsync(GameCluster cluster)
    {
        string[] another = ["--Cluster:ClusterId", "another"]; // Given twice, the last one counts.
        await cluster.StartSiloAsync(another);
        await cluster.StartGatewayAsync(settings: another);
        var (alice, bob) = (await cluster.RecordAsync("alice"), await cluster.RecordAsync("bob"));
        Assert.Equal((1, 0), (alice.GetProperty("wins").GetInt32(), alice.GetProperty("losses").GetInt32()));
        Assert.Equal((0, 1), (bob.GetProperty("wins").GetInt32(), bob.GetProperty("losses").GetInt32()));
        Assert.Equal(7, alice.GetProperty("last").GetProperty("score").GetInt32());
    }
}
