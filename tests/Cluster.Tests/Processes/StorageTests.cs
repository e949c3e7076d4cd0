using System.Text;
using GameServer.Behaviour;
using StackExchange.Redis;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>What the storage holds.</summary>
public sealed class StorageTests
{
    [RedisStorageFact]
    public async Task An_actor_is_stored_as_the_bytes_it_wrote()
    {
        await using var cluster = await GameCluster.StartAsync();
        await cluster.StartSiloAsync();
        await cluster.StartGatewayAsync();
        using var user = await GameClient.ConnectAsync(() => GameCluster.At(cluster.Gateways[0]), "user1");
        await user.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal("joinroom user1_ROOM", await user.SeesAsync());

        await using var redis = await ConnectionMultiplexer.ConnectAsync(cluster.RedisAddress);
        byte[] queue = (await redis.GetDatabase().HashGetAsync($"{cluster.ServiceId}/state/matchmaker/default/actor", "data"))!;
        Assert.Contains("\"user1_ROOM\"", Encoding.UTF8.GetString(queue), StringComparison.Ordinal); // As it is, in no other coat.
    }

    /// <summary>A test of what is in Redis; left out where the actors are kept elsewhere.</summary>
    private sealed class RedisStorageFactAttribute : FactAttribute
    {
        public RedisStorageFactAttribute() =>
            Skip = Backend.Missing ?? (Backend.Name == "dynamodb" ? "The actors are kept in DynamoDB in this run." : null);
    }
}
