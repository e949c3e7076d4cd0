using System.Diagnostics.Metrics;
using System.Numerics;

namespace GameServer.Edge;

/// <summary>Counts what the edge does, for <c>/stats</c> and for whoever listens to the meter <c>GameServer.Edge</c>.</summary>
internal sealed class EdgeCounters : IDisposable
{
    // Rates are over this many seconds.
    private const int RateSeconds = 10;

    private readonly ITimer timer;
    private readonly (long In, long Out)[] samples = new (long, long)[RateSeconds + 1];
    private readonly Lock gate = new();
    private readonly LatencyHistogram latency = new();
    private readonly Histogram<double> latencySeconds;
    private long ticks;
    private long connections, opened, messagesIn, messagesOut, rateLimited, tooSlow, superseded;

    public EdgeCounters(IMeterFactory meters, TimeProvider time)
    {
        var meter = meters.Create("GameServer.Edge");
        meter.CreateObservableUpDownCounter("gameserver.connections", () => Interlocked.Read(ref connections));
        meter.CreateObservableCounter("gameserver.connections.opened", () => Interlocked.Read(ref opened));
        meter.CreateObservableCounter("gameserver.messages.received", () => Interlocked.Read(ref messagesIn));
        meter.CreateObservableCounter("gameserver.messages.sent", () => Interlocked.Read(ref messagesOut));
        meter.CreateObservableCounter("gameserver.rate_limited", () => Interlocked.Read(ref rateLimited));
        meter.CreateObservableCounter("gameserver.too_slow", () => Interlocked.Read(ref tooSlow));
        meter.CreateObservableCounter("gameserver.superseded", () => Interlocked.Read(ref superseded));
        latencySeconds = meter.CreateHistogram<double>("gameserver.request.duration", "s");
        timer = time.CreateTimer(_ => Sample(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    public void Opened()
    {
        Interlocked.Increment(ref connections);
        Interlocked.Increment(ref opened);
    }

    public void Closed(long replacedScores)
    {
        Interlocked.Decrement(ref connections);
        Interlocked.Add(ref superseded, replacedScores);
    }

    public void Received() => Interlocked.Increment(ref messagesIn);

    public void Sent(int count) => Interlocked.Add(ref messagesOut, count);

    public void RateLimited() => Interlocked.Increment(ref rateLimited);

    public void TooSlow() => Interlocked.Increment(ref tooSlow);

    public void Answered(TimeSpan after)
    {
        latency.Add(after);
        latencySeconds.Record(after.TotalSeconds);
    }

    /// <summary>Every count by its name in <c>/stats</c>.</summary>
    public IEnumerable<KeyValuePair<string, double>> All()
    {
        var (inRate, outRate) = Rates();
        yield return new("connections", Interlocked.Read(ref connections));
        yield return new("connections_opened", Interlocked.Read(ref opened));
        yield return new("messages_in", Interlocked.Read(ref messagesIn));
        yield return new("messages_in_per_second", inRate);
        yield return new("messages_out", Interlocked.Read(ref messagesOut));
        yield return new("messages_out_per_second", outRate);
        yield return new("rate_limited", Interlocked.Read(ref rateLimited));
        yield return new("too_slow", Interlocked.Read(ref tooSlow));
        yield return new("scores_superseded", Interlocked.Read(ref superseded));
        yield return new("request_ms_p50", latency.Percentile(0.50).TotalMilliseconds);
        yield return new("request_ms_p99", latency.Percentile(0.99).TotalMilliseconds);
    }

    public void Dispose() => timer.Dispose();

    private void Sample()
    {
        lock (gate)
        {
            ticks++;
            samples[ticks % samples.Length] = (Interlocked.Read(ref messagesIn), Interlocked.Read(ref messagesOut));
            if (ticks % 60 == 0)
                latency.Rotate();
        }
    }

    private (double In, double Out) Rates()
    {
        lock (gate)
        {
            var seconds = Math.Min(ticks, RateSeconds);
            if (seconds == 0)
                return (0, 0);
            var (last, first) = (samples[ticks % samples.Length], samples[(ticks - seconds) % samples.Length]);
            return ((last.In - first.In) / (double)seconds, (last.Out - first.Out) / (double)seconds);
        }
    }
}

/// <summary>
/// How long things took in the last one to two minutes, in buckets an eighth of an octave wide: a percentile is at most 9 % too high, and
/// adding is one increment.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int Octaves = 27; // Up to 134 seconds.

    private int[] current = new int[Octaves * 8];
    private int[] last = new int[Octaves * 8];

    public void Add(TimeSpan took) => Interlocked.Increment(ref Volatile.Read(ref current)[IndexOf(took)]);

    /// <summary>Forgets what was added before the last call.</summary>
    public void Rotate() => last = Interlocked.Exchange(ref current, new int[Octaves * 8]);

    /// <summary>What this share of all took at most; zero if there was nothing.</summary>
    public TimeSpan Percentile(double share)
    {
        var (now, before) = (current, last);
        var total = 0L;
        for (var i = 0; i < now.Length; i++)
            total += now[i] + before[i];
        var wanted = (long)Math.Ceiling(total * share);
        var seen = 0L;
        for (var i = 0; i < now.Length && total > 0; i++)
        {
            seen += now[i] + before[i];
            if (seen >= wanted)
                return TimeSpan.FromMicroseconds(UpperBound(i));
        }

        return TimeSpan.Zero;
    }

    // Eight buckets for the values from 2^n to 2^(n+1) microseconds; below 8 microseconds the buckets are one wide.
    private static int IndexOf(TimeSpan took)
    {
        var micros = (ulong)Math.Clamp(took.TotalMicroseconds, 0, 100_000_000);
        if (micros < 8)
            return (int)micros;
        var octave = BitOperations.Log2(micros);
        return (octave - 2) * 8 + (int)(micros >> (octave - 3)) - 8;
    }

    private static double UpperBound(int index) => index < 8 ? index + 1 : Math.ScaleB(index % 8 + 9, index / 8 - 1);
}
