namespace GameServer.LocalAccelerator;

/// <summary>How long one forwarded connection lasts. Used by both of its directions at a time.</summary>
internal sealed class Forwarding : IDisposable
{
    private readonly TimeProvider time;
    private readonly CancellationTokenSource cut;
    private readonly ITimer ending;
    private long movedAt;

    public Forwarding(TimeProvider time, CancellationToken stopping)
    {
        this.time = time;
        cut = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Cut = cut.Token;
        ending = time.CreateTimer(_ => CutNow(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Moved();
    }

    /// <summary>Cancelled when both directions are to end.</summary>
    public CancellationToken Cut { get; }

    /// <summary>Bytes have moved.</summary>
    public void Moved() => Volatile.Write(ref movedAt, time.GetTimestamp());

    /// <summary>Ends both directions if nothing has moved for so long.</summary>
    public void CutIfIdle(TimeSpan limit)
    {
        if (time.GetElapsedTime(Volatile.Read(ref movedAt)) >= limit)
            CutNow();
    }

    /// <summary>Ends both directions after this time.</summary>
    public void CutAfter(TimeSpan delay) => ending.Change(delay, Timeout.InfiniteTimeSpan);

    /// <summary>Ends both directions.</summary>
    public void CutNow()
    {
        try
        {
            cut.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself in this moment.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ending.Dispose();
        cut.Dispose();
    }
}
