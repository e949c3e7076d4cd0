using System.Net.Http.Headers;
using System.Text.Json;
using GameServer.Cluster.Tests.Processes;
using StackExchange.Redis;

namespace GameServer.Cluster.Tests.Storage;

/// <summary>An actor's row as an operator finds it, by the key that <c>docs/storage.md</c> names and the storage's own interface.</summary>
/// <param name="State">The actor's bytes.</param>
/// <param name="Fields">The names of the row's fields, sorted.</param>
/// <param name="Expires">Whether the row has a time to live.</param>
internal sealed record StoredRow(byte[] State, IReadOnlyList<string> Fields, bool Expires)
{
    /// <summary>The row; null: there is none.</summary>
    public static Task<StoredRow?> FindAsync(GameCluster cluster, GrainId actor) =>
        Backend.StoresInDynamoDb ? FindInDynamoDbAsync(cluster, actor) : FindInRedisAsync(cluster, actor);

    private static async Task<StoredRow?> FindInRedisAsync(GameCluster cluster, GrainId actor)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(cluster.RedisAddress);
        RedisKey key = $"{cluster.ServiceId}/state/{actor.Type}/{actor.Key}/actor";
        var fields = await redis.GetDatabase().HashGetAllAsync(key);
        return fields.Length == 0 ? null : new(
            fields.Single(field => field.Name == "data").Value!,
            [.. fields.Select(field => field.Name.ToString()).Order(StringComparer.Ordinal)],
            await redis.GetDatabase().KeyTimeToLiveAsync(key) is not null);
    }

    private static async Task<StoredRow?> FindInDynamoDbAsync(GameCluster cluster, GrainId actor)
    {
        var key = new { GrainReference = new { S = $"{cluster.ServiceId}_{actor.Type}/{actor.Key}" }, GrainType = new { S = "actor" } };
        using HttpRequestMessage call = new(HttpMethod.Post, cluster.DynamoDbAddress)
        {
            Content = new StringContent(
                JsonSerializer.Serialize(new { TableName = "GameServer", Key = key, ConsistentRead = true }),
                new MediaTypeHeaderValue("application/x-amz-json-1.0")),
        };
        call.Headers.Add("X-Amz-Target", "DynamoDB_20120810.GetItem");
        call.Headers.Add("X-Amz-Date", "20260101T000000Z");
        // A local DynamoDB wants a signature and does not look at it.
        call.Headers.TryAddWithoutValidation("Authorization",
            "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=a");
        using var answer = await GameCluster.Http.SendAsync(call);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        using var json = JsonDocument.Parse(text);
        if (!json.RootElement.TryGetProperty("Item", out var item))
            return null;
        string[] fields = [.. item.EnumerateObject().Select(field => field.Name).Order(StringComparer.Ordinal)];
        return new(item.GetProperty("GrainState").GetProperty("B").GetBytesFromBase64(), fields, fields.Contains("GrainTtl"));
    }
}
