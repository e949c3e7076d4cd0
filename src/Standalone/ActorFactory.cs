using GameServer.Game;
using GameServer.Standalone.Storage;

namespace GameServer.Standalone;

/// <summary>Makes actors.</summary>
public interface IActorFactory
{
    /// <summary>A new actor, of which nothing is stored.</summary>
    Actor Create(ActorId id);

    /// <summary>An actor from what is stored of it; throws if that cannot be read.</summary>
    Actor Load(ActorId id, StoredActor stored);

    /// <summary>
    /// What an actor in memory adds to a count that operators want to know: its name in snake_case, and how much. The name is the same for
    /// all actors of a kind. Null: to none.
    /// </summary>
    (string Name, double Value)? Gauge(Actor actor);
}

/// <summary>Makes the game's actors; the one place of this host that knows their kinds.</summary>
/// <param name="rules">The rules they run by.</param>
/// <param name="servers">The rules of the battle servers' registry.</param>
public sealed class ActorFactory(GameRules rules, BattleServerRules servers) : IActorFactory
{
    /// <inheritdoc/>
    public Actor Create(ActorId id) => id.Kind switch
    {
        ActorKind.Player => new Player(id.Key, rules),
        ActorKind.Matchmaker => new Matchmaker(id.Key, rules),
        ActorKind.Room => new Room(id.Key, rules),
        ActorKind.BattleServerRegistry => new BattleServerRegistry(id.Key, servers),
        _ => throw Unknown(id),
    };

    /// <inheritdoc/>
    public Actor Load(ActorId id, StoredActor stored) => id.Kind switch
    {
        ActorKind.Player => Player.Load(id.Key, rules, stored.State, stored.Tail),
        ActorKind.Matchmaker => Matchmaker.Load(id.Key, rules, stored.State),
        ActorKind.Room => Room.Load(id.Key, rules, stored.State),
        ActorKind.BattleServerRegistry => BattleServerRegistry.Load(id, stored.State, servers),
        _ => throw Unknown(id),
    };

    /// <inheritdoc/>
    public (string Name, double Value)? Gauge(Actor actor) => actor switch
    {
        Player => ("players_in_memory", 1),
        Room => ("battles", 1),
        Matchmaker matchmaker => ("waiting", matchmaker.Waiting),
        _ => null,
    };

    private static ArgumentException Unknown(ActorId id) => new($"There is no actor of the kind {id.Kind}.", nameof(id));
}
