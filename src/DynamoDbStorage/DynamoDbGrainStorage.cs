using Amazon.Runtime;
using Orleans.Serialization;
using Orleans.Storage;

namespace GameServer.DynamoDbStorage;

/// <summary>The actors' grain storage in a DynamoDB table.</summary>
public static class DynamoDbGrainStorage
{
    /// <summary>Adds it.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="name">The name of the grain storage.</param>
    /// <param name="serviceId">Part of every key.</param>
    /// <param name="service">An AWS region, or the URL of a local DynamoDB.</param>
    /// <param name="table">The table.</param>
    /// <param name="createTable">Whether a missing table is made, billed on demand. An existing one is never changed.</param>
    public static void AddDynamoDbActors(
        this ISiloBuilder silo, string name, string serviceId, string service, string table, bool createTable) =>
        silo.AddDynamoDBGrainStorage(name, builder => builder.Configure<Serializer>((options, serializer) =>
        {
            options.Service = service;
            options.ServiceId = serviceId;
            options.TableName = table;
            options.UseProvisionedThroughput = false; // On demand: the default of 5 writes a second would stop a game.
            options.CreateIfNotExists = createTable;
            options.UpdateIfExists = false;
            options.DeleteStateOnClear = true; // A battle that is over leaves nothing.
            // An actor's bytes as they are, its fields by their numbers. The default is JSON with the bytes as text, a third more, and
            // an item has a limit of 400 KB.
            options.GrainStorageSerializer = new OrleansGrainStorageSerializer(serializer);
        }));

    /// <summary>Why DynamoDB could not be used, for the one who started the silo; null if that is not what is wrong.</summary>
    public static string? Explain(Exception exception) => exception is AmazonClientException or AmazonServiceException or HttpRequestException
        ? $"DynamoDB does not answer or refuses; see DynamoDB:Service and this machine's credentials. ({exception.Message})"
        : null;
}
