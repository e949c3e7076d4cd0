using System.Net;
using System.Text.Json;
using GameServer.CustomRouting;
using GameServer.Grains.Abstractions;
using GameServer.Settings;
using StackExchange.Redis;

namespace GameServer.Silo;

/// <summary>Where a silo is, and what it stores in: read and checked once, when it starts.</summary>
internal sealed record SiloSettings
{
    /// <summary>The cluster it is of.</summary>
    public required ClusterSettings Cluster { get; init; }

    /// <summary>Where others reach this silo; null: this machine only.</summary>
    public required IPAddress? AdvertisedAddress { get; init; }

    /// <summary>What keeps the actors' state.</summary>
    public required StorageProvider Storage { get; init; }

    /// <summary>The Redis that keeps it, with <see cref="StorageProvider.Redis"/>; else null.</summary>
    public required ConfigurationOptions? StorageRedis { get; init; }

    /// <summary>The DynamoDB that keeps it, with <see cref="StorageProvider.DynamoDb"/>.</summary>
    public required DynamoDbPlace DynamoDb { get; init; }

    /// <summary>The password of the user <c>operator</c> for the dashboard; null or empty: no dashboard.</summary>
    public required string? DashboardPassword { get; init; }

    /// <summary>The way to battle servers.</summary>
    public required AcceleratorPlace Accelerator { get; init; }

    /// <summary>Reads the settings; what is wrong is noted in the reader.</summary>
    public static async Task<SiloSettings> ReadAsync(SettingsReader reader)
    {
        var problems = reader.Problems;
        var cluster = ClusterSettings.Read(reader);
        var (storage, dynamoDb, accelerator) = (reader.Read<StoragePlace>(), reader.Read<DynamoDbPlace>(), reader.Read<AcceleratorPlace>());
        var provider = storage.Choose(cluster.Redis is not null, dynamoDb, problems);
        if (accelerator.EndpointGroupArn is { Length: > 0 } arn)
        {
            if (new CustomRoutingOptions { EndpointGroupArn = arn }.Problem() is { } problem)
                problems.Add($"GlobalAccelerator: {problem}");
            if (GlobalAcceleratorAdapter.Refusal is { } refusal)
                problems.Add(refusal);
        }

        return new()
        {
            Cluster = cluster,
            AdvertisedAddress = await AddressAsync(cluster.Silo, reader.Read<EcsTask>(), problems),
            Storage = provider,
            StorageRedis = provider != StorageProvider.Redis ? null
                : ClusterSettings.ReadRedis(storage.RedisConnectionString, "Storage:RedisConnectionString", problems) ?? cluster.Redis,
            DynamoDb = dynamoDb,
            DashboardPassword = reader.Read<DashboardAccess>().Password,
            Accelerator = accelerator,
        };
    }

    /// <summary>
    /// As set; on ECS the task's own address. Never guessed: the framework would fall back to loopback without a word, and the cluster
    /// would not form.
    /// </summary>
    private static async Task<IPAddress?> AddressAsync(SiloPlace place, EcsTask ecs, List<string> problems)
    {
        if (IPAddress.TryParse(place.AdvertisedAddress, out var set))
            return set;
        if (ecs.Metadata is not { Length: > 0 } metadata)
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
            problems.Add($"The task's own address could not be read from {metadata} ({EcsTask.MetadataName}): {exception.Message} "
                + "Set Silo:AdvertisedAddress to the address at which other silos reach this one.");
        }

        return null;
    }
}
