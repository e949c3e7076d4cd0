using Amazon.Runtime;
using StackExchange.Redis;

namespace GameServer.Silo;

/// <summary>What a silo needs and cannot reach when it starts.</summary>
internal static class ClusterFailures
{
    /// <summary>What is not there, and where it is set; null if it is something else.</summary>
    public static string? Explain(Exception exception) => exception switch
    {
        RedisConnectionException or RedisTimeoutException =>
            $"Redis does not answer; see Redis:ConnectionString, and start the silo again when it does. ({exception.Message})",
        AmazonClientException or AmazonServiceException or HttpRequestException =>
            $"DynamoDB does not answer or refuses; see DynamoDB:Service and this machine's credentials. ({exception.Message})",
        _ => null,
    };
}
