namespace GameServer.Silo;

/// <summary>What keeps the actors' state. What each does when it fails over is in <c>docs/storage.md</c>.</summary>
internal enum StorageProvider
{
    /// <summary>The silos' own memory: for development. State ends with the silo it is on.</summary>
    Memory,

    /// <summary>A Redis, as durable as it is set up to be.</summary>
    Redis,

    /// <summary>A DynamoDB table.</summary>
    DynamoDb,
}
