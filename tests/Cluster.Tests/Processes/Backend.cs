using System.Globalization;
using System.Reflection;
using GameServer.Behaviour;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>
/// What the clusters of this run stand on: a Redis, and what keeps the actors. Chosen by the environment variable
/// <c>CLUSTER_BACKEND</c>, which <c>./test</c> sets for one run after the other.
/// </summary>
public static class Backend
{
    /// <summary>
    /// <c>redis</c>: a <c>redis-server</c> that also keeps the actors. <c>garnet</c>: the same with Microsoft.Garnet, which comes from a
    /// package. <c>dynamodb</c>: a Redis for the cluster, and a DynamoDB API (<c>dynalite</c>) that keeps the actors.
    /// </summary>
    public static string Name { get; } = Environment.GetEnvironmentVariable("CLUSTER_BACKEND") is { Length: > 0 } named
        ? named
        : RedisServer is null ? "garnet" : "redis";

    /// <summary>What is not there; null: nothing.</summary>
    public static string? Missing => Name switch
    {
        "redis" when RedisServer is null => "redis-server is not installed.",
        "dynamodb" when Dynalite is null => "dynalite is not installed; set DYNALITE to where it is.",
        "redis" or "garnet" or "dynamodb" => null,
        _ => $"CLUSTER_BACKEND is '{Name}'; allowed are redis, garnet and dynamodb.",
    };

    /// <summary>Where <c>redis-server</c> is; null: nowhere.</summary>
    private static string? RedisServer => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "redis-server")).FirstOrDefault(File.Exists);

    /// <summary>Where <c>dynalite</c> (npm) is: <c>DYNALITE</c>, or the cache that <c>./test</c> fills; null: nowhere.</summary>
    private static string? Dynalite => new[] { Environment.GetEnvironmentVariable("DYNALITE"), Path.Combine(ToolCache.Folder, "node_modules/.bin/dynalite") }
        .FirstOrDefault(File.Exists);

    /// <summary>Starts the Redis. Nothing of it outlives the process.</summary>
    internal static async Task<ChildProcess> StartRedisAsync(int port)
    {
        var redis = Name == "garnet" || RedisServer is null
            ? ChildProcess.Start("Garnet", "dotnet", Program("Garnet"), "--port", Text(port), "--bind", "127.0.0.1", "--lua", "--lua-transaction-mode")
            : ChildProcess.Start(
                "Redis", RedisServer, "--port", Text(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no");
        await redis.SaysAsync("Ready to accept connections");
        return redis;
    }

    /// <summary>Starts the DynamoDB API where this run stores in one; else null.</summary>
    internal static async Task<ChildProcess?> StartDynamoDbAsync(int port)
    {
        if (Name != "dynamodb")
            return null;
        var dynamo = ChildProcess.Start(
            "Dynalite", Dynalite!, "--host", "127.0.0.1", "--port", Text(port), "--createTableMs", "0");
        await dynamo.SaysAsync("listening at");
        return dynamo;
    }

    /// <summary>What a silo is told so that it stores there.</summary>
    internal static IEnumerable<string> Storage(int dynamoPort) => Name == "dynamodb"
        ? ["--DynamoDB:Service", $"http://127.0.0.1:{Text(dynamoPort)}", "--DynamoDB:CreateTable", "true"]
        : ["--Storage:Provider", "redis"];

    /// <summary>Where a program that was built with the tests is.</summary>
    internal static string Program(string name) => Path.GetFullPath(
        typeof(Backend).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(place => place.Key == name).Value!);

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
