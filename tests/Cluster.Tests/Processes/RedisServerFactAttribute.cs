namespace GameServer.Cluster.Tests.Processes;

/// <summary>A test of what <c>redis-server</c> does with the actors, and Garnet otherwise or not at all.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RedisServerFactAttribute : FactAttribute
{
    /// <summary>Looks for what is needed.</summary>
    public RedisServerFactAttribute() =>
        Skip = Backend.Missing ?? (Backend.Name == "redis" ? null : "The actors are not kept in a redis-server in this run.");
}
