using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace GameServer.Game;

/// <summary>What a battle server may register with: the one check, for the edge, the registry and the battle server itself.</summary>
public static class ServerRegistration
{
    /// <summary>Makes a registration of what came from outside, or says what is wrong with that and what is allowed.</summary>
    public static bool TryParse(
        string? serverId, string? subnetId, string? address, IReadOnlyList<int> ports,
        [NotNullWhen(true)] out RegisterServer? registration, [NotNullWhen(false)] out string? problem)
    {
        const int MaxPorts = BattleServerRegistry.MaxPortsOfServer;
        problem = NameProblem("the server's id", serverId) ?? NameProblem("subnet_id", subnetId) ?? ports switch
        {
            _ when !IsAddress(address) => "address must be an IPv4 address such as 10.0.1.7",
            { Count: < 1 or > MaxPorts } => $"ports must be 1 to {MaxPorts} ports; there are {ports.Count}",
            _ when ports.Any(port => port is < 1 or > 65535) => "a port must be an integer from 1 to 65535",
            _ when ports.Distinct().Count() != ports.Count => "ports must be different ports, each once",
            _ => null,
        };
        registration = problem is null ? new(serverId!, subnetId!, address!, ports) : null;
        return problem is null;
    }

    /// <summary>What is wrong with the name of a server, a subnet or a battle and what is allowed; null if nothing is.</summary>
    public static string? NameProblem(string what, string? name) =>
        name is { Length: >= 1 and <= 64 } && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
            ? null : $"{what} must be 1 to 64 characters of A-Z a-z 0-9 _ . -";

    // The parser also takes 10.1 and 0x0a000001; only the usual form is one address for everybody.
    private static bool IsAddress(string? address) =>
        IPAddress.TryParse(address, out var parsed) && parsed.AddressFamily == AddressFamily.InterNetwork && parsed.ToString() == address
        && !parsed.Equals(IPAddress.Any);
}
