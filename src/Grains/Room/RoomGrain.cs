using GameServer.Game;
using GameServer.Grains.Abstractions;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace GameServer.Grains;

/// <summary>
/// The shell of <see cref="Game.Room"/>. A reminder wakes a room whose silo died and whose players never come back, so that its time goes on and it
/// is settled like any other.
/// </summary>
[Reentrant]
public sealed partial class RoomGrain([PersistentState("actor", ActorGrain.StorageName)] IPersistentState<StoredActor> stored, GrainServices services)
    : ActorGrain(ActorKind.Room, stored, services), IRoomGrain, IRemindable
{
    private const string Reminder = "alive";
    private static readonly TimeSpan ReminderPeriod = TimeSpan.FromMinutes(1);

    private bool inBattle;
    private Task reminding = Task.CompletedTask;

    /// <inheritdoc/>
    protected override Actor Create(string key) => new Room(key, Services.Rules);

    /// <inheritdoc/>
    protected override Actor Load(string key, byte[] state, IEnumerable<TailEntry> tail) => Room.Load(key, Services.Rules, state);

    /// <inheritdoc/>
    /// <remarks>To be loaded is all that is needed: the room then looks at the time by itself.</remarks>
    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (Actor.Erased)
            Remind(false);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override void Handled()
    {
        var now = Active && ((Room)Actor).InBattle;
        if (now == inBattle)
            return;
        inBattle = now;
        Services.Counters.Add("battles", now ? 1 : -1);
        if (Active)
            Remind(now);
    }

    private void Remind(bool on)
    {
        // Beside the game's own steps: no player waits for it, and if it fails the room still has its timers.
        var before = reminding;
        reminding = RemindAsync();
        reminding.Ignore();

        async Task RemindAsync()
        {
            await before;
            try
            {
                if (on)
                    await this.RegisterOrUpdateReminder(Reminder, ReminderPeriod, ReminderPeriod);
                else if (await this.GetReminder(Reminder) is { } reminder)
                    await this.UnregisterReminder(reminder);
            }
            catch (Exception exception)
            {
                LogReminder(Services.Logger, this.GetPrimaryKeyString(), exception.Message);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Information, "The reminder of battle {Battle} could not be changed: {Reason}")]
    private static partial void LogReminder(ILogger logger, string battle, string reason);
}
