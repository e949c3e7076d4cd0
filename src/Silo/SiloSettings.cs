using System.Net;
using GameServer.CustomRouting;
using GameServer.Ecs;
using GameServer.Game;
using GameServer.Grains.Abstractions;
using GameServer.Settings;
using StackExchange.Redis;

namespace GameServer.Silo;

/// <summary>Where a silo is, and what it stores in: read and checked once, when it starts.</summary>
/// <param name="Cluster">The cluster it is of.</param>
/// <param name="AdvertisedAddress">Where others reach this silo; null: this machine only.</param>
/// <param name="Storage">What keeps the actors' state.</param>
/// <param name="StorageRedis">The Redis that keeps it, with <see cref="StorageProvider.Redis"/>; else null.</param>
/// <param name="DynamoDb">The DynamoDB that keeps it, with <see cref="StorageProvider.DynamoDb"/>.</param>
/// <param name="Dashboard">Who may see the dashboard.</param>
/// <param name="Accelerator">The way to battle servers.</param>
internal sealed record SiloSettings(
    ClusterSettings Cluster, IPAddress? AdvertisedAddress, StorageProvider Storage, ConfigurationOptions? StorageRedis, DynamoDbPlace DynamoDb,
    DashboardAccess Dashboard, AcceleratorPlace Accelerator)
{
    /// <summary>The way from outside to battle servers: Global Accelerator where it is set, else the servers' own addresses.</summary>
    public IPortMap CreatePortMap(IServiceProvider services) =>
        Accelerator.EndpointGroupArn is { Length: > 0 } group ? GlobalAcceleratorAdapter.Create(group, this, services) : new DirectPortMap();

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

        var storageRedis = provider != StorageProvider.Redis ? null
            : ClusterSettings.ReadRedis(storage.RedisConnectionString, "Storage:RedisConnectionString", problems) ?? cluster.Redis;
        var address = await AddressAsync(cluster.Silo, reader.Configuration[TaskAddress.Variable], problems);
        return new(cluster, address, provider, storageRedis, dynamoDb, reader.Read<DashboardAccess>(), accelerator);
    }

    /// <summary>
    /// As set; on ECS the task's own address. Never guessed: the framework would fall back to loopback without a word, and the cluster
    /// would not form.
    /// </summary>
    private static async Task<IPAddress?> AddressAsync(SiloPlace place, string? metadata, List<string> problems)
    {
        if (place.AdvertisedAddress is not null || string.IsNullOrEmpty(metadata))
            return place.AdvertisedAddress;
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
}
