namespace GameServer.LocalAccelerator;

/// <summary>The settings of a <see cref="LocalAcceleratorServer"/>.</summary>
public sealed record LocalAcceleratorOptions
{
    /// <summary>The subnets there are: id to IPv4 CIDR of /17 to /28. The first four addresses and the last of each are reserved.</summary>
    public IReadOnlyDictionary<string, string> Subnets { get; init; } =
        new Dictionary<string, string> { ["subnet-local"] = "127.0.0.0/28" };

    /// <summary>The accelerator's addresses: this machine's own, 1 or 2. Traffic is taken on all of them.</summary>
    public IReadOnlyList<string> Ips { get; init; } = ["127.0.0.1"];

    /// <summary>The accelerator's name; it should resolve to <see cref="Ips"/>.</summary>
    public string Dns { get; init; } = "localhost";

    /// <summary>
    /// The port range of a listener that is there from the start, with an endpoint group of all subnets; null: nothing is there, and all is
    /// created through the control API.
    /// </summary>
    public (int From, int To)? ListenerPorts { get; init; } = (10000, 10099);

    /// <summary>The destination ports of that endpoint group.</summary>
    public (int From, int To) DestinationPorts { get; init; } = (8080, 8081);

    /// <summary>The region of that endpoint group.</summary>
    public string Region { get; init; } = "us-east-2";

    /// <summary>The port of the control API; 0: any free one; null: no control API.</summary>
    public int? ControlPort { get; init; }

    /// <summary>
    /// The address of the control API. Whoever reaches it can open and shut every port; another one than 127.0.0.1 is for a network that only
    /// silos are in.
    /// </summary>
    public string ControlAddress { get; init; } = "127.0.0.1";

    /// <summary>False: only the control API, no listener port is opened.</summary>
    public bool DataPath { get; init; } = true;

    /// <summary>Connections forwarded at the same time; one more is closed at once, as the accelerator has no queue either.</summary>
    public int MaxConnections { get; init; } = 4096;

    /// <summary>The same for one listener port.</summary>
    public int MaxConnectionsOfPort { get; init; } = 256;

    /// <summary>After so long without a byte in either direction a connection is closed: 340 seconds, as in Global Accelerator.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(340);

    /// <summary>The same seed gives the same ARNs and mappings.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How long an Allow or Deny takes until it is seen, in the rows and by traffic.</summary>
    public TimeSpan TrafficDelay { get; init; }

    /// <summary>How long the accelerator is IN_PROGRESS after a change.</summary>
    public TimeSpan DeployDelay { get; init; }

    /// <summary>
    /// Makes calls fail: given the operation, the error it fails with instead of being carried out, or null. Called before anything else is
    /// looked at, by many threads.
    /// </summary>
    public Func<string, LocalAcceleratorException?> Fault { get; init; } = _ => null;
}
