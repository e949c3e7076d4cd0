using GameServer.Game;

namespace GameServer.Standalone.Loop;

/// <summary>
/// What the loop counts for operators. The loop's thread writes, any thread reads: a lock that is held for a moment, and hardly ever by
/// somebody else.
/// </summary>
internal sealed class LoopStats(TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, double> events = [];
    private readonly Dictionary<string, double> held = [];
    private readonly Histogram commitMicroseconds = new();
    private readonly Histogram batchSizes = new();
    private readonly Histogram matchWaits = new();

    // The rate is taken over the last ten to twenty seconds.
    private static readonly TimeSpan RateWindow = TimeSpan.FromSeconds(10);
    private DateTimeOffset rateStart = time.GetUtcNow();
    private long handledBefore;
    private long handledNow;
    private TimeSpan rateBefore;
    private long handled;
    private long commits;
    private long failedCommits;
    private long failures;

    /// <summary>A batch of messages from outside was taken.</summary>
    public void Batch(int size, DateTimeOffset now)
    {
        lock (gate)
            batchSizes.Add(size, now);
    }

    /// <summary>An actor handled this many messages.</summary>
    public void Handled(int messages, DateTimeOffset now)
    {
        lock (gate)
        {
            handled += messages;
            TurnRate(now);
            handledNow += messages;
        }
    }

    /// <summary>A transaction was committed.</summary>
    public void Commit(TimeSpan took, DateTimeOffset now)
    {
        lock (gate)
        {
            commits++;
            commitMicroseconds.Add((long)took.TotalMicroseconds, now);
        }
    }

    /// <summary>A transaction failed and is tried again.</summary>
    public void FailedCommit()
    {
        lock (gate)
            failedCommits++;
    }

    /// <summary>A message was refused because its actor failed.</summary>
    public void Failure()
    {
        lock (gate)
            failures++;
    }

    /// <summary>What the loop has in its hands, and what its actors add up to.</summary>
    public void Hold(int actors, int timers, IReadOnlyDictionary<string, double> gauges)
    {
        lock (gate)
        {
            held["actors_in_memory"] = actors;
            held["timers"] = timers;
            foreach (var (name, value) in gauges)
                held[name] = value;
        }
    }

    /// <summary>An actor told what happened.</summary>
    public void Add(GameEvent happened, DateTimeOffset now)
    {
        lock (gate)
        {
            Count(happened.Name, 1);
            if (happened.SumName is { } sum)
                Count(sum, happened.Value);
            if (happened.Name == GameEvent.Matched)
                matchWaits.Add((long)happened.Value, now);
        }
    }

    /// <summary>Everything, by name. Percentiles are of the last one to two minutes; counts are since the start.</summary>
    public Dictionary<string, double> Read(DateTimeOffset now)
    {
        lock (gate)
        {
            TurnRate(now);
            var seconds = (rateBefore + (now - rateStart)).TotalSeconds;
            var read = new Dictionary<string, double>
            {
                ["messages_handled"] = handled,
                ["messages_per_second"] = seconds > 0 ? Math.Round((handledBefore + handledNow) / seconds, 1) : 0,
                ["messages_failed"] = failures,
                ["commits"] = commits,
                ["commits_failed"] = failedCommits,
                ["commit_ms_p50"] = commitMicroseconds.Percentile(0.50, now) / 1000.0,
                ["commit_ms_p99"] = commitMicroseconds.Percentile(0.99, now) / 1000.0,
                ["batch_p50"] = batchSizes.Percentile(0.50, now),
                ["batch_p99"] = batchSizes.Percentile(0.99, now),
                ["match_wait_ms_p50"] = matchWaits.Percentile(0.50, now),
                ["match_wait_ms_p99"] = matchWaits.Percentile(0.99, now),
                ["actors_in_memory"] = 0,
                ["timers"] = 0,
                ["players_in_memory"] = 0,
                ["battles"] = 0,
                ["waiting"] = 0,
            };
            foreach (var name in GameEvent.Names)
                read[name] = 0;
            foreach (var (name, count) in events)
                read[name] = count;
            foreach (var (name, value) in held)
                read[name] = value;
            return read;
        }
    }

    private void Count(string name, double value) => events[name] = events.GetValueOrDefault(name) + value;

    private void TurnRate(DateTimeOffset now)
    {
        var passed = now - rateStart;
        if (passed < RateWindow)
            return;
        // After a pause of more than a window the count before it says nothing.
        (handledBefore, rateBefore) = passed < 2 * RateWindow ? (handledNow, passed) : (0, TimeSpan.Zero);
        handledNow = 0;
        rateStart = now;
    }
}
