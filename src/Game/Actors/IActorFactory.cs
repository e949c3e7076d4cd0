namespace GameServer.Game;

/// <summary>Makes actors.</summary>
public interface IActorFactory
{
    /// <summary>A new actor, of which nothing is stored.</summary>
    Actor Create(ActorId id);

    /// <summary>An actor from what is stored of it.</summary>
    /// <exception cref="System.Text.Json.JsonException">What is stored cannot be read.</exception>
    Actor Load(ActorId id, ReadOnlySpan<byte> state, IEnumerable<TailEntry> tail);

    /// <summary>
    /// What an actor in memory adds to a count that operators want to know: its name in snake_case, and how much. The name is the same for
    /// all actors of a kind. Null: to none.
    /// </summary>
    (string Name, double Value)? Gauge(Actor actor);
}
