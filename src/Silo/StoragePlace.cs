namespace GameServer.Silo;

/// <summary>Which storage keeps the actors.</summary>
internal sealed record StoragePlace
{
    /// <summary>
    /// What keeps the actors. Not set: <c>dynamodb</c> where DynamoDB:Service is set, else <c>redis</c> where there is a Redis, else <c>memory</c>.
    /// </summary>
    public StorageProvider? Provider { get; init; }

    /// <summary>A Redis of its own for the actors. Not set: that of the cluster.</summary>
    public string? RedisConnectionString { get; init; }

    /// <summary>The provider that is meant; what does not fit together is noted.</summary>
    public StorageProvider Choose(bool hasClusterRedis, DynamoDbPlace dynamoDb, List<string> problems)
    {
        var hasDynamoDb = dynamoDb.Service is { Length: > 0 };
        var hasOwnRedis = RedisConnectionString is { Length: > 0 };
        var provider = Provider
            ?? (hasDynamoDb ? StorageProvider.DynamoDb : hasClusterRedis || hasOwnRedis ? StorageProvider.Redis : StorageProvider.Memory);

        // A place that is set and not used is a mistake: somebody believes that state is kept there.
        if (hasDynamoDb && provider != StorageProvider.DynamoDb)
            problems.Add($"DynamoDB:Service is set, but Storage:Provider is {provider}; leave out one of them, or set it to dynamodb.");
        if (hasOwnRedis && provider != StorageProvider.Redis)
            problems.Add("Storage:RedisConnectionString is set, but the state is kept elsewhere; leave it out, or set Storage:Provider to redis.");
        if (provider == StorageProvider.Redis && !hasClusterRedis && !hasOwnRedis)
            problems.Add("Storage:Provider is redis, but there is no Redis; set Redis:ConnectionString or Storage:RedisConnectionString.");
        if (provider == StorageProvider.DynamoDb && !hasDynamoDb)
            problems.Add("Storage:Provider is dynamodb; set DynamoDB:Service to an AWS region, or to the URL of a local DynamoDB.");
        if (provider == StorageProvider.Memory && hasClusterRedis)
            problems.Add("Redis:ConnectionString makes a cluster, so its state must outlive a silo; set Storage:Provider to redis or dynamodb.");
        if (provider == StorageProvider.DynamoDb && DynamoDbAdapter.Refusal is { } refusal)
            problems.Add(refusal);
        return provider;
    }
}
