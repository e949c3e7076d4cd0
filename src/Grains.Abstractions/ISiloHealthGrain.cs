namespace GameServer.Grains.Abstractions;

/// <summary>What gateways ask to learn whether players can be served; key: 0. Each silo answers for itself.</summary>
[Alias("silo_health")]
public interface ISiloHealthGrain : IGrainWithIntegerKey
{
    /// <summary>Whether the silo that took the call reached storage and directory lately.</summary>
    [Alias("serves")]
    ValueTask<bool> Serves();
}
