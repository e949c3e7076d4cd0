using GameServer.Game;

namespace GameServer.Standalone.Loop;

/// <summary>When which actor is to be woken. Used by one thread.</summary>
internal sealed class Alarms
{
    // A changed time is added anew; the old entry stays in the queue until its turn and is known then, because it is not the one set here.
    private readonly PriorityQueue<ActorId, long> queue = new();
    private readonly Dictionary<ActorId, long> set = [];

    /// <summary>How many actors wait for their time.</summary>
    public int Count => set.Count;

    /// <summary>When the actor is to be woken, instead of what was set before; null: not at all.</summary>
    public void Set(ActorId id, DateTimeOffset? due)
    {
        if (due is null)
        {
            set.Remove(id);
            return;
        }

        var time = due.Value.UtcTicks;
        if (set.TryGetValue(id, out var old) && old == time)
            return;
        set[id] = time;
        queue.Enqueue(id, time);
        if (queue.Count > (2 * set.Count) + 1024)
            DropOldEntries();
    }

    /// <summary>The next time anyone is due; null: nobody is.</summary>
    public DateTimeOffset? Next()
    {
        while (queue.TryPeek(out var id, out var time))
        {
            if (set.TryGetValue(id, out var current) && current == time)
                return new DateTimeOffset(time, TimeSpan.Zero);
            queue.Dequeue();
        }

        return null;
    }

    /// <summary>Takes the next actor that is due by now.</summary>
    public bool TryTake(DateTimeOffset now, out ActorId id)
    {
        if (Next() is not { } due || due > now)
        {
            id = default;
            return false;
        }

        id = queue.Dequeue();
        set.Remove(id);
        return true;
    }

    private void DropOldEntries()
    {
        queue.Clear();
        foreach (var (id, time) in set)
            queue.Enqueue(id, time);
    }
}
