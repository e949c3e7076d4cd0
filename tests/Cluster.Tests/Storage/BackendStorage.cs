using GameServer.Cluster.Tests.Processes;
using StackExchange.Redis;

namespace GameServer.Cluster.Tests.Storage;

/// <summary>The storage that this run's clusters use, and what it holds.</summary>
[Trait("Category", "Backend")]
public sealed class BackendStorage(BackendSilo silo) : GrainStorageTests(silo), IClassFixture<BackendSilo>
{
    private static readonly string[] Fields =
        Backend.StoresInDynamoDb ? ["ETag", "GrainReference", "GrainState", "GrainType"] : ["data", "etag"];

    private readonly GrainId room = Grain("room", $"a/b#c é {Guid.NewGuid():n}");

    [ClusterFact]
    public async Task An_actor_is_one_row_under_its_kind_and_key_that_holds_the_bytes_it_wrote_and_never_expires()
    {
        var activation = await Activation.LoadAsync(silo.Storage, room);
        foreach (var state in (byte[][])[[1, 2, 3, 4], [.. Enumerable.Range(0, 1000).Select(i => (byte)i)]]) // Made, and written over.
        {
            await activation.WriteAsync(state);
            var row = await StoredRow.FindAsync(silo.Cluster, room);
            Assert.NotNull(row);
            Assert.NotEqual(-1, row.State.AsSpan().IndexOf(state)); // As they are, in no other coat.
            Assert.InRange(row.State.Length, state.Length, state.Length + 100);
            Assert.Equal(Fields, row.Fields);
            Assert.False(row.Expires);
        }
    }

    [ClusterFact]
    public async Task An_actor_that_was_cleared_leaves_no_row()
    {
        var activation = await Activation.LoadAsync(silo.Storage, room);
        await activation.ClearAsync(); // There is none yet.
        Assert.Null(await StoredRow.FindAsync(silo.Cluster, room));
        await activation.WriteAsync(1);
        Assert.NotNull(await StoredRow.FindAsync(silo.Cluster, room));
        await activation.ClearAsync();
        Assert.Null(await StoredRow.FindAsync(silo.Cluster, room));
    }

    [RedisFact]
    public async Task A_redis_that_has_forgotten_the_scripts_is_told_them_again()
    {
        // As after a fail-over or a restart: scripts are no part of the data.
        var activation = await Activation.LoadAsync(silo.Storage, room);
        await activation.WriteAsync(1);
        await ExecuteAsync("SCRIPT", "FLUSH");
        await activation.WriteAsync(2);
        await ExecuteAsync("SCRIPT", "FLUSH");
        await activation.ClearAsync();
        Assert.Null(await StoredRow.FindAsync(silo.Cluster, room));
    }

    [RedisServerFact]
    [Trait("Needs", "redis-server")]
    public async Task A_redis_without_room_refuses_the_write_and_nothing_is_lost()
    {
        var activation = await Activation.LoadAsync(silo.Storage, room);
        await activation.WriteAsync(1);
        await ExecuteAsync("CONFIG", "SET", "maxmemory", "1");
        try
        {
            var refused = await Assert.ThrowsAnyAsync<Exception>(() => activation.WriteAsync(2));
            Assert.Contains("OOM", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            await ExecuteAsync("CONFIG", "SET", "maxmemory", "0");
        }

        Assert.Equal((byte[])[1], (await Activation.LoadAsync(silo.Storage, room)).State.State);
        await activation.WriteAsync(3);
        Assert.Equal((byte[])[3], (await Activation.LoadAsync(silo.Storage, room)).State.State);
    }

    private async Task ExecuteAsync(string command, params object[] arguments)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{silo.Cluster.RedisAddress},allowAdmin=true");
        await redis.GetDatabase().ExecuteAsync(command, arguments);
    }

    /// <summary>A test of a Redis that keeps the actors.</summary>
    private sealed class RedisFactAttribute : FactAttribute
    {
        public RedisFactAttribute() =>
            Skip = Backend.Missing ?? (Backend.StoresInDynamoDb ? "The actors are kept in DynamoDB in this run." : null);
    }
}
