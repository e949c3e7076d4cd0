using GameServer.Game;
using GameServer.Silo;
using StackExchange.Redis;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>The list of busy actors on a real Redis.</summary>
[Trait("Category", "Backend")]
public sealed class RedisBusyListTests
{
    private static readonly ActorId Room = new(ActorKind.Room, "a/b#c é");
    private static readonly ActorId Player = new(ActorKind.Player, "alice");

    [ClusterFact]
    public async Task Each_silo_has_a_part_that_is_there_as_long_as_an_actor_is_on_it()
    {
        await using var cluster = await GameCluster.StartAsync();
        await using var list = List(cluster);
        Assert.Empty(await list.SilosAsync());
        await list.AddAsync("one", Room);
        await list.AddAsync("one", Room);
        await list.AddAsync("one", Player);
        await list.AddAsync("two", Player);
        Assert.Equal(["one", "two"], (await list.SilosAsync()).Order());
        Assert.Equal([Player, Room], (await list.ActorsAsync("one")).OrderBy(actor => actor.Kind));
        await list.RemoveAsync("two", Player);
        Assert.Equal(["one"], await list.SilosAsync());
        Assert.Empty(await list.ActorsAsync("two"));
        await list.AddAsync("two", Room);
        Assert.Equal(["one", "two"], (await list.SilosAsync()).Order());
    }

    [ClusterFact]
    public async Task It_outlives_whoever_wrote_it_and_other_clusters_do_not_see_it()
    {
        await using var cluster = await GameCluster.StartAsync();
        await using (var list = List(cluster))
            await list.AddAsync("one", Room);
        await using var later = List(cluster);
        Assert.Equal([Room], await later.ActorsAsync("one"));
        await using var other = List(cluster, "other");
        Assert.Empty(await other.SilosAsync());
        Assert.Empty(await other.ActorsAsync("one"));
    }

    [ClusterFact]
    public async Task A_redis_that_is_gone_is_told_to_whoever_asks_and_does_not_hold_up_the_end()
    {
        await using var cluster = await GameCluster.StartAsync();
        await using var list = List(cluster);
        await list.AddAsync("one", Room);
        await cluster.Redis.KillAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => list.AddAsync("one", Player));
    }

    private static RedisBusyList List(GameCluster cluster, string name = "game")
    {
        var options = ConfigurationOptions.Parse(cluster.RedisAddress);
        options.AbortOnConnectFail = false;
        return new(options, new() { ClusterId = name, ServiceId = name });
    }
}
