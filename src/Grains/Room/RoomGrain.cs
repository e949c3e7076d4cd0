using GameServer.Game;
using GameServer.Grains.Abstractions;
using Orleans.Concurrency;

namespace GameServer.Grains;

/// <summary>The shell of <see cref="Game.Room"/>.</summary>
[Reentrant]
public sealed class RoomGrain(
    [PersistentState("actor", ActorGrain.StorageName)] IPersistentState<StoredActor> stored, GrainServices services)
    : ActorGrain(ActorKind.Room, stored, services), IRoomGrain
{
    private bool inBattle;

    /// <inheritdoc/>
    public ValueTask<ReportAnswer> Report(string serverId, long epoch, Dictionary<string, byte> results) =>
        Ask(new BattleReported(serverId, epoch, results.ToDictionary(r => r.Key, r => (BattleResult)r.Value)));

    /// <inheritdoc/>
    protected override void Handled()
    {
        var now = Active && ((Room)Actor).InBattle;
        if (now == inBattle)
            return;
        inBattle = now;
        Services.Counters.Add("battles", now ? 1 : -1);
    }
}
