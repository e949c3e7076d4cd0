using System.Collections.Frozen;

namespace GameServer.Game;

/// <summary>The game's actors: the one table of their kinds, from which every host makes them.</summary>
/// <param name="rules">The rules they run by.</param>
/// <param name="servers">The rules of the battle servers' registry.</param>
public sealed class ActorTypes(GameRules rules, BattleServerRules servers) : IActorFactory
{
    private readonly FrozenDictionary<ActorKind, ActorType> types = new Dictionary<ActorKind, ActorType>
    {
        [ActorKind.Player] = new(
            id => new Player(id.Key, rules), (id, state, tail) => Player.Load(id.Key, rules, state, tail), _ => ("players_in_memory", 1)),
        [ActorKind.Matchmaker] = new(
            id => new Matchmaker(id.Key, rules), (id, state, _) => Matchmaker.Load(id.Key, rules, state),
            actor => ("waiting", ((Matchmaker)actor).Waiting)),
        [ActorKind.Room] = new(id => new Room(id.Key, rules), (id, state, _) => Room.Load(id.Key, rules, state), _ => ("battles", 1)),
        [ActorKind.BattleServerRegistry] = new(
            id => new BattleServerRegistry(id.Key, servers), (id, state, _) => BattleServerRegistry.Load(id, state, servers)),
    }.ToFrozenDictionary();

    private delegate Actor LoadActor(ActorId id, ReadOnlySpan<byte> state, IEnumerable<TailEntry> tail);

    /// <inheritdoc/>
    public Actor Create(ActorId id) => Of(id).Create(id);

    /// <inheritdoc/>
    public Actor Load(ActorId id, ReadOnlySpan<byte> state, IEnumerable<TailEntry> tail) => Of(id).Load(id, state, tail);

    /// <inheritdoc/>
    public (string Name, double Value)? Gauge(Actor actor) => Of(actor.Id).Gauge?.Invoke(actor);

    private ActorType Of(ActorId id) =>
        types.GetValueOrDefault(id.Kind) ?? throw new ArgumentException($"There is no actor of the kind {id.Kind}.", nameof(id));

    private sealed record ActorType(Func<ActorId, Actor> Create, LoadActor Load, Func<Actor, (string Name, double Value)>? Gauge = null);
}
