using GameServer.Game;
using GameServer.Grains.Abstractions;
using Orleans.Concurrency;

namespace GameServer.Grains;

/// <summary>
/// The shell of <see cref="Game.Matchmaker"/>. All joins of a mode meet here; those that come while a write is under way share the next one
/// (<see cref="ActorGrain"/>), so a slow store makes writes larger, not the queue longer.
/// </summary>
[Reentrant]
public sealed class MatchmakerGrain(
    [PersistentState("actor", ActorGrain.StorageName)] IPersistentState<StoredActor> stored, GrainServices services)
    : ActorGrain(ActorKind.Matchmaker, stored, services), IMatchmakerGrain
{
    private int waiting;

    /// <inheritdoc/>
    protected override void Handled()
    {
        var now = Active ? ((Matchmaker)Actor).Waiting : 0;
        Services.Counters.Add("waiting", now - waiting);
        waiting = now;
    }
}
