using System.Diagnostics.Metrics;
using GameServer.Game;
using Microsoft.Extensions.Logging;

namespace GameServer.Grains;

/// <summary>
/// The actors of this silo that failed lately: that threw, could not be saved, or could not be loaded. Each is loaded again, at once after
/// the first failure and then after longer and longer rests, because what failed may fail for ever: an error that stays must cost neither
/// the storage nor the log more than a line a minute. Safe from any thread.
/// </summary>
public sealed partial class FailingActors
{
    /// <summary>The rest after the second failure in a row; each further one doubles it.</summary>
    public static readonly TimeSpan FirstRest = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest rest.</summary>
    public static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long what is not saved may be so before this silo is not ready: longer than the storage needs to be itself again after a hiccup.
    /// </summary>
    public static readonly TimeSpan PatienceTime = TimeSpan.FromSeconds(5);

    /// <summary>So many players and rooms that cannot be saved are the storage's fault and not their own.</summary>
    private const int ManyUnsaved = 10;

    /// <summary>A failure this long after the end of the last rest is a first one again.</summary>
    private static readonly TimeSpan Forgotten = TimeSpan.FromSeconds(30);

    /// <summary>The log has one line with an exception in this time; how many had none is said in the next.</summary>
    private static readonly TimeSpan LogPeriod = TimeSpan.FromSeconds(1);

    /// <summary>Beyond that, further ones rest for a second each time.</summary>
    private const int MostRemembered = 10_000;

    private readonly Dictionary<ActorId, Failure> failures = [];
    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly SiloCounters counters;
    private readonly ILogger<FailingActors> logger;
    private readonly Counter<long> failed;
    private readonly Counter<long> setAside;
    private long? logged;
    private int unlogged;

    /// <summary>None has failed.</summary>
    public FailingActors(TimeProvider time, SiloCounters counters, IMeterFactory meters, ILogger<FailingActors> logger)
    {
        (this.time, this.counters, this.logger) = (time, counters, logger);
        var meter = meters.Create("GameServer");
        failed = meter.CreateCounter<long>("gameserver.steps_failed", description: "Steps of actors that threw, or could not be saved.");
        setAside = meter.CreateCounter<long>("gameserver.messages_set_aside", description: "Messages given up because their receiver cannot handle them.");
        meter.CreateObservableGauge("gameserver.actors_unsaved", () => Unsaved, description: "Actors whose last step could not be saved.");
    }

    /// <summary>How many actors' last step could not be saved.</summary>
    public int Unsaved
    {
        get
        {
            lock (gate)
                return failures.Values.Count(IsUnsaved);
        }
    }

    /// <summary>
    /// Why this silo is not ready, although it is alive; null: it is. A queue, or the registry, that cannot be saved stops everybody it serves;
    /// of players and rooms it takes many.
    /// </summary>
    public string? Problem
    {
        get
        {
            lock (gate)
            {
                var unsaved = failures
                    .Where(f => IsUnsaved(f.Value) && time.GetElapsedTime(f.Value.UnsavedSince!.Value) >= PatienceTime).ToList();
                var shared = unsaved.Find(f => f.Key.Kind is ActorKind.Matchmaker or ActorKind.BattleServerRegistry);
                return shared.Value is not null ? $"{shared.Key} cannot be saved: {shared.Value.Why}"
                    : unsaved.Count >= ManyUnsaved ? $"{unsaved.Count} actors cannot be saved, one of them because: {unsaved[0].Value.Why}"
                    : null;
            }
        }
    }

    /// <summary>Notes a failure. Answers how long the actor is to rest before it is loaded again.</summary>
    /// <param name="actor">Which.</param>
    /// <param name="why">The error.</param>
    /// <param name="saving">It could not be saved, otherwise it threw.</param>
    public TimeSpan Note(ActorId actor, Exception why, bool saving)
    {
        TimeSpan rest;
        lock (gate)
        {
            if (!failures.TryGetValue(actor, out var failure))
            {
                failure = new();
                if (failures.Count >= MostRemembered)
                    ForgetOld();
                if (failures.Count < MostRemembered)
                    failures.Add(actor, failure);
                else
                    failure.Count = 3;
            }

            if (IsOver(failure))
                (failure.Count, failure.UnsavedSince) = (0, null);
            rest = failure.Rest = RestAfter(++failure.Count);
            failure.At = time.GetTimestamp();
            failure.Why = why.GetBaseException().Message;
            if (saving)
                failure.UnsavedSince ??= failure.At;
        }

        failed.Add(1, new KeyValuePair<string, object?>("actor", actor.Kind.ToString()));
        counters.Add(saving ? "saves_failed" : "messages_failed", 1);
        Log(actor, why, rest);
        return rest;
    }

    /// <summary>Whether the actor's last step could not be saved here.</summary>
    public bool IsUnsaved(ActorId actor)
    {
        lock (gate)
            return failures.TryGetValue(actor, out var failure) && IsUnsaved(failure);
    }

    /// <summary>The actor was saved.</summary>
    public void NoteSaved(ActorId actor)
    {
        lock (gate)
        {
            if (failures.TryGetValue(actor, out var failure))
                failure.UnsavedSince = null; // How often it failed is kept: it may be saved and throw again at once.
        }
    }

    /// <summary>A message was given up; its bytes are in the log.</summary>
    public void NoteSetAside()
    {
        setAside.Add(1);
        counters.Add("messages_set_aside", 1);
    }

    private static TimeSpan RestAfter(int failures) =>
        failures == 1 ? TimeSpan.Zero
        : failures > 9 ? LongestRest
        : TimeSpan.FromTicks(Math.Min(FirstRest.Ticks << (failures - 2), LongestRest.Ticks));

    // By then it works, or it is on another silo, or nobody asks for it.
    private bool IsOver(Failure failure) => failure.Count > 0 && time.GetElapsedTime(failure.At) > failure.Rest + Forgotten;

    private bool IsUnsaved(Failure failure) => failure.UnsavedSince is not null && !IsOver(failure);

    private void ForgetOld()
    {
        foreach (var (actor, failure) in failures)
        {
            if (IsOver(failure))
                failures.Remove(actor);
        }
    }

    private void Log(ActorId actor, Exception why, TimeSpan rest)
    {
        int others;
        lock (gate)
        {
            if (logged is { } last && time.GetElapsedTime(last) < LogPeriod)
            {
                unlogged++;
                return;
            }

            (logged, others, unlogged) = (time.GetTimestamp(), unlogged, 0);
        }

        LogFailed(logger, actor, rest.TotalSeconds, others, why);
    }

    [LoggerMessage(1, LogLevel.Warning,
        "{Actor} failed. Nothing of the step has left; it is loaded again in {Seconds:0.##} s. {Others} failure(s) before it were not logged.")]
    private static partial void LogFailed(ILogger logger, ActorId actor, double seconds, int others, Exception exception);

    private sealed class Failure
    {
        public int Count { get; set; }

        public long At { get; set; }

        public TimeSpan Rest { get; set; }

        public long? UnsavedSince { get; set; }

        public string Why { get; set; } = "";
    }
}
