using GameServer.Game;
using GameServer.Standalone.Storage;

namespace GameServer.Standalone;

/// <summary>Makes actors; the one place of this host that knows their kinds.</summary>
public interface IActorFactory
{
    /// <summary>A new actor, of which nothing is stored.</summary>
    Actor Create(ActorId id);

    /// <summary>An actor from what is stored of it; throws if that cannot be read.</summary>
    Actor Load(ActorId id, StoredActor stored);

    /// <summary>What operators want to know of the actors in memory, by name in snake_case.</summary>
    IReadOnlyDictionary<string, double> Count(IEnumerable<Actor> actors);
}
