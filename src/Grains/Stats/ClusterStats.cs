using GameServer.Grains.Abstractions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GameServer.Grains;

/// <summary>Sums up what the silos count.</summary>
public sealed class ClusterStatsGrain(TimeProvider time) : Grain, IClusterStatsGrain
{
    /// <summary>A silo that has not reported for this long is gone, and what it counted with it.</summary>
    private static readonly TimeSpan Lately = TimeSpan.FromSeconds(15);

    private readonly Dictionary<string, (long At, Dictionary<string, double> Counters)> silos = [];

    /// <inheritdoc/>
    public ValueTask Report(string silo, Dictionary<string, double> counters)
    {
        silos[silo] = (time.GetTimestamp(), counters);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<Dictionary<string, double>> Totals()
    {
        foreach (var (silo, (at, _)) in silos)
        {
            if (time.GetElapsedTime(at) > Lately)
                silos.Remove(silo);
        }

        var totals = new Dictionary<string, double> { ["silos"] = silos.Count };
        foreach (var (name, value) in silos.Values.SelectMany(s => s.Counters))
            totals[name] = totals.GetValueOrDefault(name) + value;
        return new(totals);
    }
}

/// <summary>Hands in this silo's counters.</summary>
public sealed partial class StatsReporter(
    IGrainFactory grains, ILocalSiloDetails silo, SiloCounters counters, TimeProvider time, ILogger<StatsReporter> logger)
    : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await grains.GetGrain<IClusterStatsGrain>("all").Report(silo.SiloAddress.ToString(), counters.Snapshot());
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                LogNotReported(logger, exception.Message);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Information, "The counters could not be reported: {Reason}")]
    private static partial void LogNotReported(ILogger logger, string reason);
}
