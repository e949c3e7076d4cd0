using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GameServer.Grains;

/// <summary>
/// Whether this silo can load and save a player now: every two seconds it does so with a grain of its own, one at a time. So directory and
/// storage are asked for reads and writes at a rate that no caller has a hand in, and whoever wants to know is told at once.
/// </summary>
public sealed partial class SiloHealth(IGrainFactory grains, ILocalSiloDetails silo, TimeProvider time, ILogger<SiloHealth> logger)
    : BackgroundService, IHostedLifecycleService
{
    /// <summary>
    /// How old the last success may be: three probes. Shorter, and every fail-over of a storage would take all silos out of service.
    /// </summary>
    public static readonly TimeSpan Lapse = TimeSpan.FromSeconds(6);

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    // The address without the generation: what a killed silo may leave behind in storage its successor clears.
    private readonly IStorageProbeGrain probe = grains.GetGrain<IStorageProbeGrain>(silo.SiloAddress.Endpoint.ToString());

    /// <summary>The timestamp of the last success, before the first one that of the start.</summary>
    private long since = time.GetTimestamp();
    private volatile bool succeeded;
    private bool told;

    /// <summary>Whether directory and storage answered lately.</summary>
    public bool Serves => succeeded && !Lapsed;

    private bool Lapsed => time.GetElapsedTime(Interlocked.Read(ref since)) >= Lapse;

    /// <inheritdoc/>
    /// <remarks>With the first answer, so that a silo which says that it is up is ready as well.</remarks>
    public Task StartedAsync(CancellationToken cancellationToken) => ProbeAsync();

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await ProbeAsync();
    }

    private async Task ProbeAsync()
    {
        try
        {
            await probe.Probe(); // Bounded by the time-out of every call.
            Interlocked.Exchange(ref since, time.GetTimestamp());
            succeeded = true;
            if (told)
                LogServes(logger);
            told = false;
        }
        catch (Exception exception)
        {
            // Told once, when it counts, and not every two seconds.
            if (told || !Lapsed)
                return;
            told = true;
            LogServesNot(logger, exception.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Error, "This silo is not ready: directory or storage give no answer, or a refusal. ({Reason})")]
    private static partial void LogServesNot(ILogger logger, string reason);

    [LoggerMessage(2, LogLevel.Warning, "Directory and storage answer again; this silo is ready.")]
    private static partial void LogServes(ILogger logger);
}
