using System.ComponentModel.DataAnnotations;

namespace GameServer.Grains.Abstractions;

/// <summary>Where a silo is reached; without a Redis a gateway looks for one at <c>GatewayPort</c> of this machine.</summary>
public sealed record SiloPlace
{
    private const string Byte = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";

    /// <summary>The port for other silos.</summary>
    [Range(1, 65535)]
    public int Port { get; init; } = 11111;

    /// <summary>The port for gateways.</summary>
    [Range(1, 65535)]
    public int GatewayPort { get; init; } = 30000;

    /// <summary>
    /// The address at which others reach this silo, and the one of this machine at which it listens for silos and gateways. Not set: on ECS the task's
    /// own, else this machine only.
    /// </summary>
    [RegularExpression(
        $@"^((?!0\.0\.0\.0$){Byte}(\.{Byte}){{3}})?$",
        ErrorMessage = "allowed is the IPv4 address at which other silos and gateways reach this one")]
    public string? AdvertisedAddress { get; init; }
}
