using GameServer.Clocks;
using GameServer.Game;

namespace GameServer.Standalone.Storage;

/// <summary>Keeps the actors in memory, for <c>--data none</c>: all is gone when the process ends.</summary>
public sealed class MemoryStore : IStore
{
    private readonly Dictionary<ActorId, Row> rows = [];
    private ClockReading? clock;

    /// <inheritdoc/>
    public StoredActor? Load(ActorId id) =>
        rows.TryGetValue(id, out var row) ? new(row.State, [.. row.Tail.Select(entry => new TailEntry(entry.Key, entry.Value))]) : null;

    /// <inheritdoc/>
    public IReadOnlyList<ActorId> LoadAwake() => [.. rows.Where(row => row.Value.Awake).Select(row => row.Key)];

    /// <inheritdoc/>
    public ClockReading? LoadClock() => clock;

    /// <inheritdoc/>
    public bool Tidy() => false;

    /// <inheritdoc/>
    public void Commit(IReadOnlyList<ActorChange> changes, ClockReading clock)
    {
        this.clock = clock;
        foreach (var change in changes)
        {
            if (change.State is null)
            {
                rows.Remove(change.Id);
                continue;
            }

            if (!rows.TryGetValue(change.Id, out var row))
                rows.Add(change.Id, row = new());
            row.State = change.State;
            row.Awake = change.Busy || change.Due is not null;
            if (change.Tail.Cleared)
                row.Tail.Clear();
            foreach (var entry in change.Tail.Entries)
            {
                if (entry.Utf8.Length == 0)
                    row.Tail.Remove(entry.Slot);
                else
                    row.Tail[entry.Slot] = entry.Utf8;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Row
    {
        public byte[] State { get; set; } = [];

        public bool Awake { get; set; }

        public SortedDictionary<int, byte[]> Tail { get; } = [];
    }
}
