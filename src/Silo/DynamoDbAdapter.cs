#if DYNAMODB_ADAPTER
using GameServer.DynamoDbStorage;
using GameServer.Grains;
#endif

namespace GameServer.Silo;

/// <summary>
/// Storage in DynamoDB, where this silo was built with it: the only place that knows. Without it the setting is refused
/// (<see cref="Refusal"/>), so nothing else is called.
/// </summary>
internal static class DynamoDbAdapter
{
#if DYNAMODB_ADAPTER
    /// <summary>Why <c>DynamoDB:Service</c> is refused; null: the adapter is there.</summary>
    public static string? Refusal => null;

    /// <summary>Keeps the actors in the table.</summary>
    public static void Add(ISiloBuilder silo, SiloSettings settings) => silo.AddDynamoDbActors(
        ActorGrain.StorageName, settings.Cluster.Names.ServiceId, settings.DynamoDb.Service!, settings.DynamoDb.Table, settings.DynamoDb.CreateTable);

    /// <summary>Why a start failed, if it was DynamoDB; else null.</summary>
    public static string? Explain(Exception exception) => DynamoDbGrainStorage.Explain(exception);
#else
    public static string? Refusal =>
        "DynamoDB:Service needs the adapter to DynamoDB, and this silo was built without it (AwsAdapters=false); build it without that property.";

    public static void Add(ISiloBuilder silo, SiloSettings settings) => throw new NotSupportedException(Refusal);

    public static string? Explain(Exception exception) => null;
#endif
}
