using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;

namespace GameServer.LocalAccelerator;

/// <summary>Global Accelerator's custom routing on this machine. In Standalone it runs if a mode uses battle servers.</summary>
public record LocalAcceleratorOptions
{
    /// <summary>
    /// The subnets battle servers may be in, up to 10: id to IPv4 network of /17 to /28. Five addresses of a subnet are reserved, as in any: of
    /// <c>127.0.0.0/28</c> the battle servers can have 127.0.0.4 to 127.0.0.14.
    /// </summary>
    public IReadOnlyDictionary<string, string> Subnets { get; init; } =
        new Dictionary<string, string> { ["subnet-local"] = "127.0.0.0/28" };

    /// <summary>The accelerator's addresses: this machine's own, 1 or 2. Traffic is taken on all of them.</summary>
    [ConfigurationKeyName("Ip")]
    public IReadOnlyList<string> Ips { get; init; } = ["127.0.0.1"];

    /// <summary>The accelerator's name, as players are told it; it should resolve to its addresses.</summary>
    public string Dns { get; init; } = "localhost";

    /// <summary>The accelerator's ports, 16 or more.</summary>
    /// <remarks>Of a listener that is there from the start, with an endpoint group of all subnets; null: nothing is there from the start.</remarks>
    public (int From, int To)? ListenerPorts { get; init; } = (10000, 10099);

    /// <summary>The battle servers' ports.</summary>
    public (int From, int To) DestinationPorts { get; init; } = (8080, 8081);

    /// <summary>The endpoint group's region.</summary>
    public string Region { get; init; } = "us-east-2";

    /// <summary>The port of the control API on 127.0.0.1, for the AWS command line; 0: any free one. Not set: no control API.</summary>
    [Range(0, 65535)]
    public int? ControlPort { get; init; }

    /// <summary>
    /// The address of the control API. Whoever reaches it can open and shut every port; another one than 127.0.0.1 is for a network that only
    /// silos are in.
    /// </summary>
    public string ControlAddress { get; init; } = "127.0.0.1";

    /// <summary>The same seed gives the same ARNs and mappings.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; init; } = 1;

    /// <summary>How long an Allow or Deny takes until it is seen, in the rows and by traffic.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan TrafficDelay { get; init; }

    /// <summary>How long the accelerator is IN_PROGRESS after a change.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan DeployDelay { get; init; }

    /// <summary>
    /// Makes calls fail: given the operation, the error it fails with instead of being carried out, or null. Called before anything else is
    /// looked at, by many threads.
    /// </summary>
    public Func<string, LocalAcceleratorException?> Fault { get; init; } = _ => null;

    /// <summary>False: only the control API, no listener port is opened.</summary>
    internal bool DataPath { get; init; } = true;

    /// <summary>Connections forwarded at the same time; one more is closed at once, as the accelerator has no queue either.</summary>
    internal int MaxConnections { get; init; } = 4096;

    /// <summary>The same for one listener port.</summary>
    internal int MaxConnectionsOfPort { get; init; } = 256;

    /// <summary>After so long without a byte in either direction a connection is closed: 340 seconds, as in Global Accelerator.</summary>
    internal TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(340);
}
