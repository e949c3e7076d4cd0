using System.ComponentModel.DataAnnotations;

namespace GameServer.Grains.Abstractions;

/// <summary>Which cluster this is; the same for all its silos and gateways.</summary>
public sealed record ClusterNames
{
    /// <summary>The cluster's name; a new one for a deployment that must not mix with the old.</summary>
    [MinLength(1, ErrorMessage = "allowed is any name")]
    public string ClusterId { get; init; } = "game";

    /// <summary>The service's name; part of every stored key, so it must stay.</summary>
    [MinLength(1, ErrorMessage = "allowed is any name")]
    public string ServiceId { get; init; } = "game";
}
