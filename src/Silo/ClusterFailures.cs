using StackExchange.Redis;

namespace GameServer.Silo;

/// <summary>What a silo needs and cannot reach when it starts.</summary>
internal static class ClusterFailures
{
    /// <summary>What is not there, and where it is set; null if it is something else.</summary>
    public static string? Explain(Exception exception) => exception switch
    {
        RedisException or RedisTimeoutException =>
            $"Redis does not answer or refuses; see Redis:ConnectionString, and start the silo again when it does. ({exception.Message})",
        _ => DynamoDbAdapter.Explain(exception),
    };
}
