using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace GameServer.Hosting;

/// <summary>From where a program can be reached, by its settings: known before it listens, so that what is not safe is refused in time.</summary>
public static class Exposure
{
    /// <summary>The addresses the program is set to listen on, as the web server reads them.</summary>
    public static IReadOnlyList<string> Addresses(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var endpoints = configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"]).OfType<string>().ToArray();
        if (endpoints.Length > 0)
            return endpoints;
        return configuration["urls"] is { Length: > 0 } urls ? Split(urls)
            : [.. Split(configuration["http_ports"]).Select(port => $"http://*:{port}"), .. Split(configuration["https_ports"]).Select(port => $"https://*:{port}")];
    }

    /// <summary>The first address that others than this machine itself can reach; null: there is none.</summary>
    /// <exception cref="FormatException">An address cannot be understood.</exception>
    public static string? BeyondLoopback(IConfiguration configuration) =>
        Addresses(configuration).FirstOrDefault(address => !IsLoopback(BindingAddress.Parse(address)));

    /// <summary>
    /// The host names under which a program that listens on loopback only may be asked for. A name of any other site can be made to lead here
    /// by that site (DNS rebinding), and its pages could then call as if they were the program's own.
    /// </summary>
    public static IReadOnlyList<string> LoopbackHosts(params IEnumerable<string> addresses) =>
    [
        "localhost", "*.localhost", "127.0.0.1", "[::1]",
        .. addresses.Select(BindingAddress.Parse).Where(address => !address.IsUnixPipe && !address.IsNamedPipe).Select(address => address.Host),
    ];

    private static bool IsLoopback(BindingAddress address) =>
        address.IsUnixPipe || address.IsNamedPipe || address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));

    private static string[] Split(string? list) =>
        (list ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
