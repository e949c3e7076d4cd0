using System.Globalization;
using GameServer.LocalAccelerator;
using GameServer.Settings;

namespace GameServer.Standalone;

/// <summary>The settings of the local accelerator, <c>GameServer:LocalAccelerator</c>. It runs if a mode uses battle servers.</summary>
public sealed record LocalAcceleratorSettings
{
    /// <summary>The accelerator's ports, 16 or more, such as <c>10000-10099</c>.</summary>
    public string ListenerPorts { get; init; } = "10000-10099";

    /// <summary>The battle servers' ports.</summary>
    public string DestinationPorts { get; init; } = "8080-8081";

    /// <summary>The subnets battle servers may be in: id to IPv4 network of /17 to /28.</summary>
    public IReadOnlyDictionary<string, string> Subnets { get; init; } = new LocalAcceleratorOptions().Subnets;

    /// <summary>The accelerator's address: one of this machine.</summary>
    public string Ip { get; init; } = "127.0.0.1";

    /// <summary>The accelerator's name, as players are told it.</summary>
    public string Dns { get; init; } = "localhost";

    /// <summary>The port of the control API on 127.0.0.1, for the AWS command line; not set: none.</summary>
    public int? ControlPort { get; init; }

    /// <summary>Reads and checks them.</summary>
    /// <exception cref="SettingsException">Something is unknown or out of bounds.</exception>
    internal static LocalAcceleratorOptions Read(IConfigurationSection section)
    {
        var reader = new SectionReader();
        var read = reader.Read<LocalAcceleratorSettings>(section);
        var subnets = section.GetSection(nameof(Subnets)).GetChildren().ToDictionary(subnet => subnet.Key, subnet => subnet.Value ?? "");
        if (read.ControlPort is < 0 or > 65535)
            reader.Problems.Add($"{section.Path}:ControlPort is {read.ControlPort}; allowed are 0 to 65535.");
        var (listener, destination) = (
            Ports(nameof(ListenerPorts), read.ListenerPorts), Ports(nameof(DestinationPorts), read.DestinationPorts));
        reader.ThrowIfAnythingIsWrong();
        return new()
        {
            ListenerPorts = listener,
            DestinationPorts = destination,
            Subnets = subnets.Count > 0 ? subnets : read.Subnets,
            Ips = [read.Ip],
            Dns = read.Dns,
            ControlPort = read.ControlPort,
        };

        (int From, int To) Ports(string name, string text)
        {
            if (text.Split('-') is [var from, var to] && Port(from) is var first and > 0 && Port(to) is var last && first <= last)
                return (first, last);
            reader.Problems.Add($"{section.Path}:{name} is '{text}'; allowed are two ports from 1 to 65535, such as 10000-10099.");
            return default;
        }
    }

    private static int Port(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65535 ? port : 0;
}
