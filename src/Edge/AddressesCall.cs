using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;

namespace GameServer.Edge;

/// <summary>
/// <c>GET /addresses</c>: where other devices of the same network reach this server, so that a page opened at <c>localhost</c> can say so;
/// none while it listens on this machine only. Told to this machine alone: nobody else needs to know its networks.
/// </summary>
internal sealed class AddressesCall(IServer server)
{
    public IResult Get(HttpContext context) =>
        Results.Json(new AddressList(IsHere(context) ? Find(server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []) : []), HttpJson.Default.AddressList);

    /// <summary>Whether the caller is on this machine, and not a proxy that asks for somebody else.</summary>
    internal static bool IsHere(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } remote && IPAddress.IsLoopback(remote) && IsLoopback(context.Request.Host.Host);

    /// <summary>The URLs at which others find what listens at these.</summary>
    internal static List<string> Find(IEnumerable<string> addresses)
    {
        List<string> found = [];
        foreach (var listening in addresses)
        {
            // Where it listens on every interface the host is a wildcard, which is no part of a URL.
            var url = BindingAddress.Parse(listening);
            if (url.Host is "+" or "*" or "0.0.0.0" or "[::]")
                found.AddRange(OwnAddresses().Select(ip => $"{url.Scheme}://{ip}:{url.Port}/"));
            else if (!IsLoopback(url.Host))
                found.Add($"{url.Scheme}://{url.Host}:{url.Port}/");
        }

        return found;
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));

    /// <summary>IPv4, because people may have to type it; those with a way out first, because bridges of virtual machines have none.</summary>
    private static IEnumerable<IPAddress> OwnAddresses() =>
        from network in NetworkInterface.GetAllNetworkInterfaces()
        where network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback
        let properties = network.GetIPProperties()
        orderby properties.GatewayAddresses.Count == 0
        from address in properties.UnicastAddresses
        where address.Address.AddressFamily == AddressFamily.InterNetwork && !address.Address.ToString().StartsWith("169.254.", StringComparison.Ordinal)
        select address.Address;
}

/// <summary>URLs of the page, the likeliest first.</summary>
internal sealed record AddressList(IReadOnlyList<string> Addresses);
