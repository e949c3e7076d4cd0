using GameServer.Game;
using GameServer.Grains.Abstractions;
using Microsoft.Extensions.Logging;

namespace GameServer.Grains;

/// <summary>What the shells share.</summary>
/// <param name="actors">What makes actors.</param>
/// <param name="time">The clock.</param>
/// <param name="grains">The other grains.</param>
/// <param name="counters">This silo's counters.</param>
/// <param name="gateways">Which gateways are alive.</param>
/// <param name="busy">The actors that must be loaded.</param>
/// <param name="failing">The actors that failed lately.</param>
/// <param name="logger">The log.</param>
public sealed class GrainServices(
    IActorFactory actors, TimeProvider time, IGrainFactory grains, SiloCounters counters, GatewayWatch gateways, BusyActors busy,
    FailingActors failing, ILogger<GrainServices> logger)
{
    /// <summary>What makes actors.</summary>
    public IActorFactory Actors => actors;

    /// <summary>The clock.</summary>
    public TimeProvider Time => time;

    /// <summary>This silo's counters.</summary>
    public SiloCounters Counters => counters;

    /// <summary>Which gateways are alive.</summary>
    public GatewayWatch Gateways => gateways;

    /// <summary>The actors that must be loaded.</summary>
    public BusyActors Busy => busy;

    /// <summary>The actors that failed lately.</summary>
    public FailingActors Failing => failing;

    /// <summary>The log.</summary>
    public ILogger Logger => logger;

    /// <summary>The grain that is this actor.</summary>
    public IActorGrain Resolve(ActorId id) => Resolve(grains, id);

    /// <summary>The grain that is this actor.</summary>
    public static IActorGrain Resolve(IGrainFactory grains, ActorId id) => id.Kind switch
    {
        ActorKind.Player => grains.GetGrain<IPlayerGrain>(id.Key),
        ActorKind.Matchmaker => grains.GetGrain<IMatchmakerGrain>(id.Key),
        ActorKind.Room => grains.GetGrain<IRoomGrain>(id.Key),
        ActorKind.BattleServerRegistry => grains.GetGrain<IBattleServerRegistryGrain>(id.Key),
        _ => throw new ArgumentOutOfRangeException(nameof(id), id, "No grain is of that kind."),
    };
}
