using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using GameServer.CustomRouting;
using GameServer.Settings;

namespace GameServer.Silo;

/// <summary>Where a silo is, and what it stores in. Sections <c>Silo</c>, <c>Redis</c>, <c>DynamoDB</c>,
/// <c>Dashboard</c> and <c>GlobalAccelerator</c>.</summary>
internal sealed record SiloSettings
{
    /// <summary>The port for other silos.</summary>
    public required int Port { get; init; }

    /// <summary>The port for gateways.</summary>
    public required int GatewayPort { get; init; }

    /// <summary>Where others reach this silo; null: this machine only.</summary>
    public required IPAddress? AdvertisedAddress { get; init; }

    /// <summary>A redis connection string; null: one silo, on this machine only.</summary>
    public required string? Redis { get; init; }

    /// <summary>An AWS region, or the URL of a local DynamoDB; null: nothing is kept beyond the process.</summary>
    public required string? DynamoDb { get; init; }

    /// <summary>The table.</summary>
    public required string Table { get; init; }

    /// <summary>Whether a missing table is made, billed on demand. An existing one is never changed.</summary>
    public required bool CreateTable { get; init; }

    /// <summary>The password of the user <c>operator</c> for the dashboard; null: no dashboard.</summary>
    public required string? DashboardPassword { get; init; }

    /// <summary>The endpoint group of Global Accelerator whose subnets the battle servers are in; null: players reach them directly.</summary>
    public required string? EndpointGroupArn { get; init; }

    /// <summary>The control API of a local accelerator; null: the service itself.</summary>
    public required Uri? AcceleratorEndpoint { get; init; }

    /// <exception cref="SettingsException">Something is not allowed; the message says what is.</exception>
    public static async Task<SiloSettings> ReadAsync(IConfiguration configuration)
    {
        var problems = new List<string>();
        var settings = new SiloSettings
        {
            Port = Port("Silo:Port", 11111),
            GatewayPort = Port("Silo:GatewayPort", 30000),
            AdvertisedAddress = await AddressAsync(configuration, problems),
            Redis = Text("Redis:ConnectionString"),
            DynamoDb = Text("DynamoDB:Service"),
            Table = Text("DynamoDB:Table") ?? "GameServer",
            CreateTable = Truth("DynamoDB:CreateTable"),
            DashboardPassword = Text("Dashboard:Password"),
            EndpointGroupArn = Text("GlobalAccelerator:EndpointGroupArn"),
            AcceleratorEndpoint = Address("GlobalAccelerator:Endpoint"),
        };
        if (settings.EndpointGroupArn is { } arn && new CustomRoutingOptions { EndpointGroupArn = arn }.Problem() is { } problem)
            problems.Add($"GlobalAccelerator: {problem}");
#if !GLOBAL_ACCELERATOR
        if (settings.EndpointGroupArn is not null)
            problems.Add("GlobalAccelerator:EndpointGroupArn is set, but this silo was built with -p:GlobalAccelerator=false; build it without that.");
#endif
        if (settings.Table.Length is < 3 or > 255)
            problems.Add($"DynamoDB:Table is '{settings.Table}'; allowed are names of 3 to 255 characters.");
        if (settings.DashboardPassword is { Length: < 12 })
            problems.Add("Dashboard:Password is too short; allowed are 12 characters or more.");
        if (settings is { Redis: not null, DynamoDb: null })
            problems.Add("Redis:ConnectionString makes a cluster, so its state must be kept: set DynamoDB:Service to an AWS region, or to the URL of a local DynamoDB.");
        return problems.Count == 0 ? settings : throw new SettingsException(string.Join(Environment.NewLine, problems));

        string? Text(string key) => configuration[key] is { Length: > 0 } text ? text : null;

        int Port(string key, int usual)
        {
            if (Text(key) is not { } text)
                return usual;
            if (int.TryParse(text, out var port) && port is > 0 and <= 65535)
                return port;
            problems.Add($"{key} is '{text}'; allowed are 1 to 65535.");
            return usual;
        }

        Uri? Address(string key)
        {
            if (Text(key) is not { } text)
                return null;
            if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
                return address;
            problems.Add($"{key} is '{text}'; allowed is a URL such as http://127.0.0.1:9000.");
            return null;
        }

        bool Truth(string key)
        {
            if (Text(key) is not { } text)
                return false;
            if (!bool.TryParse(text, out var truth))
                problems.Add($"{key} is '{text}'; allowed are true and false.");
            return truth;
        }
    }

    /// <summary>
    /// As set; on ECS the task's own address. Never guessed: the framework would fall back to loopback without a word, and the cluster would not form.
    /// </summary>
    private static async Task<IPAddress?> AddressAsync(IConfiguration configuration, List<string> problems)
    {
        if (configuration["Silo:AdvertisedAddress"] is { Length: > 0 } text)
        {
            if (IPAddress.TryParse(text, out var set) && set.AddressFamily == AddressFamily.InterNetwork && !set.Equals(IPAddress.Any))
                return set;
            problems.Add($"Silo:AdvertisedAddress is '{text}'; allowed is the IPv4 address at which other silos and gateways reach this one.");
            return null;
        }

        if (configuration["ECS_CONTAINER_METADATA_URI_V4"] is not { Length: > 0 } metadata)
            return null;
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        using var task = JsonDocument.Parse(await http.GetStringAsync(new Uri(metadata)));
        foreach (var network in task.RootElement.GetProperty("Networks").EnumerateArray())
        {
            if (network.GetProperty("NetworkMode").GetString() == "awsvpc")
                return IPAddress.Parse(network.GetProperty("IPv4Addresses")[0].GetString()!);
        }

        problems.Add("The task's network mode is not awsvpc; set Silo:AdvertisedAddress to the address at which other silos reach this one.");
        return null;
    }
}
