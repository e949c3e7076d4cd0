using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using GameServer.CustomRouting;
using GameServer.Grains.Abstractions;
using GameServer.Settings;
using StackExchange.Redis;

namespace GameServer.Silo;

/// <summary>Where a silo is, and what it stores in. Sections <c>Cluster</c>, <c>Silo</c>, <c>Redis</c>, <c>DynamoDB</c>,
/// <c>Dashboard</c> and <c>GlobalAccelerator</c>.</summary>
internal sealed partial record SiloSettings
{
    /// <summary>Where ECS says by itself, in the environment, at which address a task learns its own.</summary>
    public const string EcsMetadata = "ECS_CONTAINER_METADATA_URI_V4";

    /// <summary>Which cluster this is.</summary>
    public required ClusterNames Names { get; init; }

    /// <summary>The ports.</summary>
    public required SiloPlace Place { get; init; }

    /// <summary>Where others reach this silo; null: this machine only.</summary>
    public required IPAddress? AdvertisedAddress { get; init; }

    /// <summary>The Redis; null: one silo, on this machine only.</summary>
    public required ConfigurationOptions? Redis { get; init; }

    /// <summary>Where state is kept.</summary>
    public required DynamoDbPlace DynamoDb { get; init; }

    /// <summary>The password of the user <c>operator</c> for the dashboard; null: no dashboard.</summary>
    public required string? DashboardPassword { get; init; }

    /// <summary>
    /// The endpoint group of Global Accelerator whose subnets the battle servers are in; null: players reach them directly.
    /// </summary>
    public required string? EndpointGroupArn { get; init; }

    /// <summary>The control API of a local accelerator; null: the service itself.</summary>
    public required Uri? AcceleratorEndpoint { get; init; }

    /// <summary>Reads and checks the settings; what is wrong is noted in the reader.</summary>
    public static async Task<SiloSettings> ReadAsync(IConfiguration configuration, SectionReader reader)
    {
        var problems = reader.Problems;
        var names = reader.Read<ClusterNames>(configuration.GetSection(ClusterNames.Section));
        var place = reader.Read<SiloPlace>(configuration.GetSection(SiloPlace.Section));
        var redis = reader.Read<RedisPlace>(configuration.GetSection(RedisPlace.Section));
        var dynamoDb = reader.Read<DynamoDbPlace>(configuration.GetSection("DynamoDB"));
        var dashboard = reader.Read<DashboardAccess>(configuration.GetSection("Dashboard"));
        var accelerator = reader.Read<AcceleratorPlace>(configuration.GetSection("GlobalAccelerator"));
        problems.AddRange(new[] { names.Problem(), place.Problem(), dynamoDb.Problem() }.OfType<string>());

        var settings = new SiloSettings
        {
            Names = names,
            Place = place,
            AdvertisedAddress = await AddressAsync(place, configuration, problems),
            Redis = Parse(redis, problems),
            DynamoDb = dynamoDb,
            DashboardPassword = Given(dashboard.Password),
            EndpointGroupArn = Given(accelerator.EndpointGroupArn),
            AcceleratorEndpoint = Address(Given(accelerator.Endpoint), problems),
        };
        if (settings.EndpointGroupArn is { } arn && new CustomRoutingOptions { EndpointGroupArn = arn }.Problem() is { } problem)
            problems.Add($"GlobalAccelerator: {problem}");
#if !GLOBAL_ACCELERATOR
        if (settings.EndpointGroupArn is not null)
            problems.Add("GlobalAccelerator:EndpointGroupArn is set, but this silo was built with "
                + "-p:GlobalAccelerator=false; build it without that.");
#endif
        if (settings.DashboardPassword is { Length: < 12 })
            problems.Add("Dashboard:Password is too short; allowed are 12 characters or more.");
        if (settings is { Redis: not null, DynamoDb.Service: null or "" })
            problems.Add("Redis:ConnectionString makes a cluster, so its state must be kept: "
                + "set DynamoDB:Service to an AWS region, or to the URL of a local DynamoDB.");
        return settings;
    }

    private static string? Given(string? text) => text is { Length: > 0 } ? text : null;

    /// <remarks>The text is not repeated: it may hold a password.</remarks>
    private static ConfigurationOptions? Parse(RedisPlace redis, List<string> problems)
    {
        if (Given(redis.ConnectionString) is not { } text)
            return null;
        try
        {
            var options = ConfigurationOptions.Parse(text);
            options.AbortOnConnectFail = false; // A Redis that fails over is waited for.
            return options;
        }
        catch (ArgumentException exception)
        {
            problems.Add($"Redis:ConnectionString is not understood: {exception.Message} Allowed is HOST:PORT,OPTION=VALUE,…");
            return null;
        }
    }

    private static Uri? Address(string? text, List<string> problems)
    {
        if (text is null || (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"))
            return text is null ? null : new(text);
        problems.Add($"GlobalAccelerator:Endpoint is '{text}'; allowed is a URL such as http://127.0.0.1:9000.");
        return null;
    }

    /// <summary>
    /// As set; on ECS the task's own address. Never guessed: the framework would fall back to loopback without a word, and the cluster
    /// would not form.
    /// </summary>
    private static async Task<IPAddress?> AddressAsync(SiloPlace place, IConfiguration configuration, List<string> problems)
    {
        if (Given(place.AdvertisedAddress) is { } text)
        {
            if (IPAddress.TryParse(text, out var set) && set.AddressFamily == AddressFamily.InterNetwork && !set.Equals(IPAddress.Any))
                return set;
            problems.Add($"Silo:AdvertisedAddress is '{text}'; "
                + "allowed is the IPv4 address at which other silos and gateways reach this one.");
            return null;
        }

        if (Given(configuration[EcsMetadata]) is not { } metadata)
            return null;
        try
        {
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
            using var task = JsonDocument.Parse(await http.GetStringAsync(new Uri(metadata)));
            foreach (var network in task.RootElement.GetProperty("Networks").EnumerateArray())
            {
                if (network.GetProperty("NetworkMode").GetString() == "awsvpc")
                    return IPAddress.Parse(network.GetProperty("IPv4Addresses")[0].GetString()!);
            }

            problems.Add("The task's network mode is not awsvpc; "
                + "set Silo:AdvertisedAddress to the address at which other silos reach this one.");
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException or JsonException
            or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException or ArgumentNullException or FormatException)
        {
            problems.Add($"The task's own address could not be read from {metadata} ({EcsMetadata}): {exception.Message} "
                + "Set Silo:AdvertisedAddress to the address at which other silos reach this one.");
        }

        return null;
    }

    /// <summary>Where state is kept.</summary>
    internal sealed partial record DynamoDbPlace
    {
        /// <summary>An AWS region, or the URL of a local DynamoDB; null or empty: nothing is kept beyond the process.</summary>
        public string? Service { get; init; }

        /// <summary>The table.</summary>
        public string Table { get; init; } = "GameServer";

        /// <summary>Whether a missing table is made, billed on demand. An existing one is never changed.</summary>
        public bool CreateTable { get; init; }

        /// <summary>What is wrong with these settings and what is allowed; null if nothing is.</summary>
        public string? Problem() => this switch
        {
            { Service.Length: > 0 } when !Region().IsMatch(Service)
                && !(Uri.TryCreate(Service, UriKind.Absolute, out var url) && url.Scheme is "http" or "https") =>
                $"DynamoDB:Service is '{Service}'; allowed are an AWS region such as eu-west-1, and the URL of a local DynamoDB "
                + "such as http://127.0.0.1:8000.",
            _ when !TableName().IsMatch(Table) => $"DynamoDB:Table is '{Table}'; allowed are 3 to 255 of A-Z a-z 0-9 _ - and the dot.",
            _ => null,
        };

        [GeneratedRegex("^[a-z]{2,}(-[a-z]+)+-[0-9]+$")]
        private static partial Regex Region();

        [GeneratedRegex("^[A-Za-z0-9_.-]{3,255}$")]
        private static partial Regex TableName();
    }

    private sealed record DashboardAccess
    {
        public string? Password { get; init; }
    }

    private sealed record AcceleratorPlace
    {
        public string? EndpointGroupArn { get; init; }

        public string? Endpoint { get; init; }
    }
}
