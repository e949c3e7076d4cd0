using System.ComponentModel.DataAnnotations;
using System.Net;

namespace GameServer.Grains.Abstractions;

/// <summary>Where a silo is reached; without a Redis a gateway looks for one at <c>GatewayPort</c> of this machine.</summary>
public sealed record SiloPlace
{
    /// <summary>The port for other silos.</summary>
    [Range(1, 65535)]
    public int Port { get; init; } = 11111;

    /// <summary>The port for gateways.</summary>
    [Range(1, 65535)]
    public int GatewayPort { get; init; } = 30000;

    /// <summary>
    /// The address at which others reach this silo, and at which it listens for silos and gateways. Not set: on ECS the task's own, else this machine
    /// only.
    /// </summary>
    public IPAddress? AdvertisedAddress { get; init; }
}
