namespace GameServer.Grains.Abstractions;

/// <summary>The Redis that the silos of a cluster find each other by, and the gateways the silos.</summary>
public sealed record RedisPlace
{
    /// <summary>
    /// A connection string, such as <c>redis.internal:6379,user=game,password=…,ssl=true</c>. Use a Redis that does not lose acknowledged writes, and
    /// never one that evicts. Not set: one silo, on this machine.
    /// </summary>
    public string? ConnectionString { get; init; }
}
