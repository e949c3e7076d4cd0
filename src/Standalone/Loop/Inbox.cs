using System.Threading.Channels;
using GameServer.Edge;

namespace GameServer.Standalone.Loop;

/// <summary>
/// The messages that wait for the loop, put there by any thread and taken by the loop's. Bounded: when it is full its writers wait, and what
/// they read (sockets) is not read.
/// </summary>
internal sealed class Inbox : IDisposable
{
    private readonly int capacity;
    private readonly Channel<Input> channel;

    // The loop is not a task: its thread sleeps here, and whoever brings something rings, once.
    private readonly ManualResetEventSlim bell = new(initialState: false, spinCount: 0);
    private readonly ITimer timer;
    private int asleep;

    // Filled only while the store fails, and never beyond the capacity: then the channel fills, and its writers wait.
    private readonly Queue<Input> postponed = new();

    /// <summary>An empty one.</summary>
    /// <param name="capacity">How many messages may wait.</param>
    /// <param name="time">The clock that wakes the loop.</param>
    public Inbox(int capacity, TimeProvider time)
    {
        this.capacity = capacity;
        channel = Channel.CreateBounded<Input>(new BoundedChannelOptions(capacity) { SingleReader = true });
        timer = time.CreateTimer(_ => bell.Set(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many messages wait.</summary>
    public int Count => channel.Reader.Count;

    /// <summary>Nothing more comes, and everything but what was postponed has been taken.</summary>
    public bool IsOver => channel.Reader.Completion.IsCompleted;

    /// <summary>Puts a message in; waits for room. It runs on socket threads, so nothing here may block.</summary>
    /// <exception cref="HostUnavailableException">Nothing more is taken: the server is stopping.</exception>
    public ValueTask PostAsync(Input input, CancellationToken cancellationToken)
    {
        if (!channel.Writer.TryWrite(input))
            return WaitAndPostAsync(input, cancellationToken);
        Ring();
        return ValueTask.CompletedTask;
    }

    /// <summary>Takes no more messages. Those that wait can still be taken.</summary>
    public void End() => channel.Writer.TryComplete();

    /// <summary>Wakes the loop, to look around.</summary>
    public void Wake() => bell.Set();

    // The loop's thread -----------------------------------------------------------------------------------------------------------

    /// <summary>Takes the next message, first of those that were postponed.</summary>
    public bool TryTake(out Input input) => postponed.TryDequeue(out input) || channel.Reader.TryRead(out input);

    /// <summary>Takes the next message that was not postponed, as long as there is room to postpone it.</summary>
    public bool TryTakeNew(out Input input)
    {
        input = default;
        return postponed.Count < capacity && channel.Reader.TryRead(out input);
    }

    /// <summary>Keeps a message for later.</summary>
    public void Postpone(Input input) => postponed.Enqueue(input);

    /// <summary>Sleeps until a message comes, the time is over, or the end was told.</summary>
    /// <param name="wait">How long at most, rounded up to milliseconds; a wake too early does no harm. Infinite: no limit.</param>
    public void Sleep(TimeSpan wait)
    {
        if (wait != Timeout.InfiniteTimeSpan)
            wait = TimeSpan.FromMilliseconds(Math.Max(Math.Ceiling(wait.TotalMilliseconds), 0));
        timer.Change(wait, Timeout.InfiniteTimeSpan);
        Volatile.Write(ref asleep, 1);
        Interlocked.MemoryBarrier();
        if (!channel.Reader.TryPeek(out _) && !IsOver)
            bell.Wait();
        bell.Reset();
        Volatile.Write(ref asleep, 0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        timer.Dispose();
        bell.Dispose();
    }

    private async ValueTask WaitAndPostAsync(Input input, CancellationToken cancellationToken)
    {
        try
        {
            await channel.Writer.WriteAsync(input, cancellationToken);
        }
        catch (ChannelClosedException e)
        {
            throw new HostUnavailableException("The server is stopping.", e);
        }

        Ring();
    }

    private void Ring()
    {
        // The write to the channel comes before this read, for every processor: else a loop that falls asleep now could be missed.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref asleep) == 1 && Interlocked.Exchange(ref asleep, 0) == 1)
            bell.Set();
    }
}
