using System.Net;
using System.Net.Sockets;
using GameServer.CustomRouting;
using GameServer.Ecs;
using GameServer.Grains.Abstractions;
using GameServer.Settings;
using StackExchange.Redis;

namespace GameServer.Silo;

/// <summary>Where a silo is, and what it stores in. Sections <c>Cluster</c>, <c>Silo</c>, <c>Redis</c>, <c>Storage</c>,
/// <c>DynamoDB</c>, <c>Dashboard</c> and <c>GlobalAccelerator</c>.</summary>
internal sealed record SiloSettings
{
    /// <summary>Which cluster this is.</summary>
    public required ClusterNames Names { get; init; }

    /// <summary>The ports.</summary>
    public required SiloPlace Place { get; init; }

    /// <summary>Where others reach this silo; null: this machine only.</summary>
    public required IPAddress? AdvertisedAddress { get; init; }

    /// <summary>The certificates of the connections between silos and gateways; null: these are not protected.</summary>
    public required ClusterCertificates? Certificates { get; init; }

    /// <summary>The Redis; null: one silo, on this machine only.</summary>
    public required ConfigurationOptions? Redis { get; init; }

    /// <summary>What keeps the actors' state.</summary>
    public required StorageProvider Storage { get; init; }

    /// <summary>The Redis that keeps it, with <see cref="StorageProvider.Redis"/>; else null.</summary>
    public required ConfigurationOptions? StorageRedis { get; init; }

    /// <summary>The DynamoDB that keeps it, with <see cref="StorageProvider.DynamoDb"/>.</summary>
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
        var names = reader.Read<ClusterNames>(configuration.GetSection(ClusterNames.Section), "Tls");
        var place = reader.Read<SiloPlace>(configuration.GetSection(SiloPlace.Section));
        var redis = reader.Read<RedisPlace>(configuration.GetSection(RedisPlace.Section));
        var storage = reader.Read<StoragePlace>(configuration.GetSection("Storage"));
        var dynamoDb = reader.Read<DynamoDbPlace>(configuration.GetSection("DynamoDB"));
        var dashboard = reader.Read<DashboardAccess>(configuration.GetSection("Dashboard"));
        var accelerator = reader.Read<AcceleratorPlace>(configuration.GetSection("GlobalAccelerator"));
        problems.AddRange(new[] { names.Problem(), place.Problem(), dynamoDb.Problem() }.OfType<string>());

        var clusterRedis = Parse(redis.ConnectionString, "Redis:ConnectionString", problems);
        var provider = storage.Choose(clusterRedis is not null, dynamoDb, problems);
        var settings = new SiloSettings
        {
            Names = names,
            Place = place,
            Certificates = ClusterCertificates.Read(reader.Read<ClusterTls>(configuration.GetSection(ClusterTls.Section)), problems),
            AdvertisedAddress = await AddressAsync(place, configuration, problems),
            Redis = clusterRedis,
            Storage = provider,
            StorageRedis = provider != StorageProvider.Redis ? null
                : Parse(storage.RedisConnectionString, "Storage:RedisConnectionString", problems) ?? clusterRedis,
            DynamoDb = dynamoDb,
            DashboardPassword = Given(dashboard.Password),
            EndpointGroupArn = Given(accelerator.EndpointGroupArn),
            AcceleratorEndpoint = Address(Given(accelerator.Endpoint), problems),
        };
        if (settings.EndpointGroupArn is { } arn && new CustomRoutingOptions { EndpointGroupArn = arn }.Problem() is { } problem)
            problems.Add($"GlobalAccelerator: {problem}");
        if (settings.EndpointGroupArn is not null && GlobalAcceleratorAdapter.Refusal is { } refusal)
            problems.Add(refusal);
        if (settings.DashboardPassword is { } password && Secret.Problem("Dashboard:Password", password, 12) is { } weak)
            problems.Add(weak);
        return settings;
    }

    private static string? Given(string? text) => text is { Length: > 0 } ? text : null;

    /// <remarks>The text is not repeated: it may hold a password.</remarks>
    private static ConfigurationOptions? Parse(string? text, string setting, List<string> problems)
    {
        if (Given(text) is null)
            return null;
        try
        {
            var options = ConfigurationOptions.Parse(text!);
            options.AbortOnConnectFail = false; // A Redis that fails over is waited for.
            return options;
        }
        catch (ArgumentException exception)
        {
            problems.Add($"{setting} is not understood: {exception.Message} Allowed is HOST:PORT,OPTION=VALUE,…");
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

        if (Given(configuration[TaskAddress.Variable]) is not { } metadata)
            return null;
        try
        {
            return await TaskAddress.AskAsync(metadata);
        }
        catch (EcsException exception)
        {
            problems.Add($"{exception.Message} Set Silo:AdvertisedAddress to the address at which other silos reach this one.");
            return null;
        }
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
