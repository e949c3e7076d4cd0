using System.Threading.Tasks.Sources;
using GameServer.Game;

namespace GameServer.Edge;

/// <summary>
/// What waits to be written to one socket. Any thread adds, one writer takes.
/// <para>
/// Overflow policy. The queue is bounded in frames and in bytes. When it is full, every waiting score and presence that a newer one of the
/// same player makes worthless is taken out; the frame behind says how many numbers are missing for that. When there is still no room, so
/// are attacks with a newer one of the same attacker behind them: to such a client they come all at once, and the last one freezes as long
/// as all. Nothing else is ever dropped: a death or a settlement that a client did not hear of would make its picture of the battle wrong for
/// good. So what others can fill of it is a few frames for each of them, however much they send (<see cref="MostOfOthers"/>); and what a
/// client itself asks for is not read while half of it waits (<see cref="RoomAsync"/>). A client that gets beyond that all the same is too
/// slow and loses its connection, and with the player's log it comes back whole. What the writer has taken counts no more, so at most
/// twice the bound is in memory.
/// </para>
/// </summary>
internal sealed class OutgoingQueue(int maxFrames, int maxBytes) : IValueTaskSource<bool>
{
    /// <summary>How many frames the writer takes at a time.</summary>
    public const int MaxBatch = 64;

    /// <summary>
    /// Frames that wait for others' doings at most, once nothing replaceable is left: of each of 15 opponents a name, a score, a presence, an
    /// attack and a death, and what begins and ends a battle.
    /// </summary>
    public const int MostOfOthers = (5 * (ModeRules.MaxRoomSize - 1)) + 16;

    private readonly Lock gate = new();
    private readonly List<Entry> waiting = [];
    private TaskCompletionSource? roomWanted;
    private ManualResetValueTaskSourceCore<bool> signal = new() { RunContinuationsAsynchronously = true };
    private int bytes;
    private bool sleeping;
    private (int Code, string Reason)? end;

    /// <summary>One waiting frame.</summary>
    /// <param name="Frame">The frame.</param>
    /// <param name="Bytes">Its estimated size.</param>
    /// <param name="Skipped">How many pushes right before it were replaced by newer ones.</param>
    public readonly record struct Entry(ClientFrame Frame, int Bytes, int Skipped);

    /// <summary>How the connection is to be closed once the queue is empty; null while it goes on. Code 0: without a close frame.</summary>
    public (int Code, string Reason)? End
    {
        get
        {
            lock (gate)
                return end;
        }
    }

    /// <summary>How many frames wait.</summary>
    public int Waiting
    {
        get
        {
            lock (gate)
                return waiting.Count;
        }
    }

    /// <summary>Pushes that were replaced by newer ones so far.</summary>
    public long Superseded { get; private set; }

    /// <summary>Adds a frame. False if there is no room for it. After <see cref="Finish"/> it is swallowed.</summary>
    public bool TryAdd(ClientFrame frame)
    {
        var wake = false;
        lock (gate)
        {
            if (end is not null)
                return true;
            Entry entry = new(frame, FrameWriter.Estimate(frame), 0);
            if (Full(entry) && frame is not CloseFrame)
            {
                entry = entry with { Skipped = MakeRoom(frame, attacksToo: false) };
                if (Full(entry))
                    entry = entry with { Skipped = entry.Skipped + MakeRoom(frame, attacksToo: true) };
                if (Full(entry))
                    return false;
            }

            if (frame is CloseFrame close)
            {
                end = (close.Code, close.Reason);
                TellRoom();
            }
            else
            {
                waiting.Add(entry);
                bytes += entry.Bytes;
            }

            (wake, sleeping) = (sleeping, false);
        }

        if (wake)
            signal.SetResult(true);
        return true;
    }

    /// <summary>
    /// Ends the queue: the writer gets what still waits, or nothing if <paramref name="atOnce"/>, and then the end. The first end counts.
    /// </summary>
    /// <returns>Whether this was the first.</returns>
    public bool Finish(int code, string reason, bool atOnce)
    {
        bool wake, first;
        lock (gate)
        {
            first = end is null;
            end ??= (code, reason);
            if (atOnce)
            {
                waiting.Clear();
                bytes = 0;
            }

            TellRoom();
            (wake, sleeping) = (sleeping, false);
        }

        if (wake)
            signal.SetResult(true);
        return first;
    }

    /// <summary>Completes with true when there is something to take, with false when the queue has ended and is empty.</summary>
    public ValueTask<bool> WaitAsync()
    {
        lock (gate)
        {
            if (waiting.Count > 0)
                return new(true);
            if (end is not null)
                return new(false);
            signal.Reset();
            sleeping = true;
            return new(this, signal.Version);
        }
    }

    /// <summary>Moves what waits to an empty list, oldest first, at most <see cref="MaxBatch"/> frames.</summary>
    public void Take(List<Entry> batch)
    {
        lock (gate)
        {
            var count = Math.Min(waiting.Count, MaxBatch);
            for (var i = 0; i < count; i++)
            {
                batch.Add(waiting[i]);
                bytes -= waiting[i].Bytes;
            }

            waiting.RemoveRange(0, count);
            TellRoom();
        }
    }

    /// <summary>Completes when at most half of the queue waits, or it has ended: then there is room for what a client asks for.</summary>
    public ValueTask RoomAsync()
    {
        lock (gate)
        {
            if (HasRoom)
                return ValueTask.CompletedTask;
            roomWanted ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return new(roomWanted.Task);
        }
    }

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        signal.GetResult(token);
        lock (gate)
            return waiting.Count > 0;
    }

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => signal.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        signal.OnCompleted(continuation, state, token, flags);

    private bool HasRoom => end is not null || (waiting.Count <= maxFrames / 2 && bytes <= maxBytes / 2);

    private bool Full(in Entry next) => waiting.Count >= maxFrames || bytes + next.Bytes > maxBytes;

    private void TellRoom()
    {
        if (!HasRoom)
            return;
        roomWanted?.TrySetResult();
        roomWanted = null;
    }

    /// <summary>The topic of a push: a newer push of the same topic replaces one still queued. Null: it is never replaced.</summary>
    private static (PushKind Topic, string? Player)? TopicOf(ClientFrame frame, bool attacksToo) => frame is not PushFrame { Push: var push }
        ? null
        : push.Kind switch
        {
            PushKind.PlayerSyncScore => (PushKind.PlayerSyncScore, push.From),
            PushKind.PeerDisconnected or PushKind.PeerReconnected => (PushKind.PeerDisconnected, push.Text),
            PushKind.Waiting => (PushKind.Waiting, null),
            PushKind.Attacked when attacksToo => (PushKind.Attacked, push.From),
            _ => null,
        };

    /// <summary>
    /// Takes out every push with a newer one of its topic behind it. Walks from the new frame backwards and keeps the first it meets of each
    /// topic; the numbers taken out are added to the next push behind them.
    /// </summary>
    /// <returns>How many numbers are missing right before <paramref name="added"/>.</returns>
    private int MakeRoom(ClientFrame added, bool attacksToo)
    {
        HashSet<(PushKind Topic, string? Player)> newer = [];
        if (TopicOf(added, attacksToo) is { } first)
            newer.Add(first);
        var next = -1; // The push behind; -1: the one to be added.
        var skippedBeforeAdded = 0;
        for (var i = waiting.Count - 1; i >= 0; i--)
        {
            var entry = waiting[i];
            if (entry.Frame is not PushFrame)
                continue;
            if (TopicOf(entry.Frame, attacksToo) is not { } topic || newer.Add(topic))
            {
                next = i;
                continue;
            }

            // Behind a push that goes there is always one: the newer of its topic at the latest.
            if (next < 0)
                skippedBeforeAdded += 1 + entry.Skipped;
            else
                waiting[next] = waiting[next] with { Skipped = waiting[next].Skipped + 1 + entry.Skipped };
            waiting[i] = default;
            bytes -= entry.Bytes;
            Superseded++;
        }

        waiting.RemoveAll(entry => entry.Frame is null);
        return skippedBeforeAdded;
    }
}
