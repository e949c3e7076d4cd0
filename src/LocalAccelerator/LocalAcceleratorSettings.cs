namespace GameServer.LocalAccelerator;

/// <summary>Global Accelerator's custom routing on this machine; in Standalone it runs if a mode uses battle servers.</summary>
public record LocalAcceleratorSettings
{
    /// <summary>The accelerator's ports, 16 or more.</summary>
    [PortRange]
    public string ListenerPorts { get; init; } = "10000-10099";

    /// <summary>The battle servers' ports.</summary>
    [PortRange]
    public string DestinationPorts { get; init; } = "8080-8081";

    /// <summary>
    /// The subnets battle servers may be in, up to 10: id to IPv4 network of /17 to /28. Five addresses of a subnet are reserved, as in any: of
    /// <c>127.0.0.0/28</c> the battle servers can have 127.0.0.4 to 127.0.0.14.
    /// </summary>
    public IReadOnlyDictionary<string, string> Subnets { get; init; } = new LocalAcceleratorOptions().Subnets;

    /// <summary>The accelerator's addresses: this machine's own, 1 or 2.</summary>
    public IReadOnlyList<string> Ip { get; init; } = new LocalAcceleratorOptions().Ips;

    /// <summary>The accelerator's name, as players are told it.</summary>
    public string Dns { get; init; } = "localhost";

    /// <summary>The port of the control API on 127.0.0.1, for the AWS command line. Not set: none.</summary>
    [System.ComponentModel.DataAnnotations.Range(0, 65535)]
    public int? ControlPort { get; init; }

    /// <summary>The same, for the accelerator.</summary>
    public virtual LocalAcceleratorOptions ToOptions() => new()
    {
        ListenerPorts = PortRangeAttribute.Read(ListenerPorts),
        DestinationPorts = PortRangeAttribute.Read(DestinationPorts)!.Value,
        Subnets = Subnets,
        Ips = Ip,
        Dns = Dns,
        ControlPort = ControlPort,
    };
}
