namespace GameServer.Grains.Abstractions;

/// <summary>Which cluster this is; the same for all its silos and gateways. Section <c>Cluster</c>.</summary>
public sealed record ClusterNames
{
    /// <summary>The section's name.</summary>
    public const string Section = "Cluster";

    /// <summary>The cluster's name; a new one for a deployment that must not mix with the old.</summary>
    public string ClusterId { get; init; } = "game";

    /// <summary>The service's name; part of every stored key, so it must stay.</summary>
    public string ServiceId { get; init; } = "game";

    /// <summary>What is wrong with these settings and what is allowed; null if nothing is.</summary>
    public string? Problem() => this switch
    {
        { ClusterId.Length: 0 } => $"{Section}:ClusterId is ''; allowed is any name.",
        { ServiceId.Length: 0 } => $"{Section}:ServiceId is ''; allowed is any name.",
        _ => null,
    };
}

/// <summary>Where a silo is reached; a gateway takes the port for gateways from it. Section <c>Silo</c>.</summary>
public sealed record SiloPlace
{
    /// <summary>The section's name.</summary>
    public const string Section = "Silo";

    /// <summary>The port for other silos.</summary>
    public int Port { get; init; } = 11111;

    /// <summary>The port for gateways.</summary>
    public int GatewayPort { get; init; } = 30000;

    /// <summary>The IPv4 address at which others reach this silo; null: found out, or this machine only.</summary>
    public string? AdvertisedAddress { get; init; }

    /// <summary>What is wrong with these settings and what is allowed; null if nothing is.</summary>
    public string? Problem() => this switch
    {
        { Port: < 1 or > 65535 } => $"{Section}:Port is {Port}; allowed are 1 to 65535.",
        { GatewayPort: < 1 or > 65535 } => $"{Section}:GatewayPort is {GatewayPort}; allowed are 1 to 65535.",
        _ => null,
    };
}

/// <summary>The Redis that the silos of a cluster find each other by, and the gateways the silos. Section <c>Redis</c>.</summary>
public sealed record RedisPlace
{
    /// <summary>The section's name.</summary>
    public const string Section = "Redis";

    /// <summary>A connection string, such as <c>redis.internal:6379,password=…</c>; null or empty: one silo, on this machine.</summary>
    public string? ConnectionString { get; init; }
}
