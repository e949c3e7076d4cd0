using Orleans.Runtime.MembershipService;
using StackExchange.Redis;

namespace GameServer.Silo;

/// <summary>What a silo needs and cannot reach when it starts.</summary>
internal static class ClusterFailures
{
    /// <summary>Why a silo did not become a member of a cluster that lives, and what to look at.</summary>
    public const string NotReached =
        "Silos of this cluster are alive, and this one and they do not reach each other; see that Silo:Port is open between all silos, and that "
        + "each has its own Silo:AdvertisedAddress and a certificate of the same authority in Cluster:Tls.";

    /// <summary>What is not there, and where it is set; null if it is something else.</summary>
    public static string? Explain(Exception exception)
    {
        // The framework wraps what its storage said.
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (ExplainOne(cause) is { } why)
                return why;
        }

        return null;
    }

    private static string? ExplainOne(Exception exception) => exception switch
    {
        RedisException or RedisTimeoutException =>
            $"Redis does not answer or refuses; see Redis:ConnectionString, and start the silo again when it does. ({exception.Message})",
        OrleansClusterConnectivityCheckFailedException =>
            $"{NotReached} ({exception.Message})",
        _ => DynamoDbAdapter.Explain(exception),
    };
}
