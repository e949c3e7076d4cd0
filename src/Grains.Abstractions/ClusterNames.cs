using Microsoft.Extensions.Configuration;

namespace GameServer.Grains.Abstractions;

/// <summary>Which cluster this is; the same for all its silos and gateways. Section <c>Cluster</c>.</summary>
/// <param name="ClusterId">The cluster's name; a new one for a deployment that must not mix with the old.</param>
/// <param name="ServiceId">The service's name; part of every stored key, so it must stay.</param>
public sealed record ClusterNames(string ClusterId, string ServiceId)
{
    /// <summary>As set, or <c>game</c>.</summary>
    public static ClusterNames Read(IConfiguration configuration) => new(
        configuration["Cluster:ClusterId"] is { Length: > 0 } cluster ? cluster : "game",
        configuration["Cluster:ServiceId"] is { Length: > 0 } service ? service : "game");
}
