using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using GameServer.Game;

namespace GameServer.Grains;

/// <summary>
/// What this silo counts: for <c>/stats</c>, and as the meter <c>GameServer</c>. Safe from any thread.
/// </summary>
public sealed class SiloCounters
{
    private readonly ConcurrentDictionary<string, double> values = [];
    private readonly Meter meter;
    private readonly ConcurrentDictionary<string, Histogram<double>> histograms = [];

    /// <summary>Starts at zero.</summary>
    public SiloCounters(IMeterFactory meters)
    {
        meter = meters.Create("GameServer");
        foreach (var name in GameEvent.Names)
            values[name] = 0;
    }

    /// <summary>Counts an event: how often, and for those with a value the sum as well.</summary>
    public void Add(GameEvent happened)
    {
        Add(happened.Name, 1);
        if (happened.SumName is { } sum)
            Add(sum, happened.Value);
        histograms.GetOrAdd(happened.Name, name => meter.CreateHistogram<double>($"gameserver.{name}")).Record(happened.Value);
    }

    /// <summary>Adds to a count.</summary>
    public void Add(string name, double value) => values.AddOrUpdate(name, value, (_, old) => old + value);

    /// <summary>All counts.</summary>
    public Dictionary<string, double> Snapshot() => new(values);
}
