using System.Text;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using GameServer.Behaviour;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>What is in the table.</summary>
public sealed class StorageTests
{
    [ClusterFact]
    public async Task An_actor_is_stored_as_the_bytes_it_wrote()
    {
        await using var cluster = await GameCluster.StartAsync();
        await cluster.StartSiloAsync();
        await cluster.StartGatewayAsync();
        using var user = await GameClient.ConnectAsync(() => GameCluster.At(cluster.Gateways[0]), "user1");
        await user.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal("joinroom user1_ROOM", await user.SeesAsync());

        using AmazonDynamoDBClient table = new(
            new BasicAWSCredentials("any", "any"), new AmazonDynamoDBConfig { ServiceURL = cluster.DynamoDb.OriginalString });
        var items = (await table.ScanAsync(new ScanRequest("GameServer"))).Items;
        var queue = Assert.Single(items, item => item["GrainType"].S.Contains("matchmaker", StringComparison.Ordinal)
            || item["GrainReference"].S.Contains("matchmaker", StringComparison.Ordinal));
        var stored = queue.Values.Single(value => value.B is not null).B.ToArray();
        Assert.Contains("\"user1_ROOM\"", Encoding.UTF8.GetString(stored), StringComparison.Ordinal); // As it is, in no other coat.
    }
}
