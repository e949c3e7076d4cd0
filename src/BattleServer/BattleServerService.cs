using System.Collections.Concurrent;
using System.Net.Sockets;
using GameServer.Tickets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GameServer.BattleServer;

/// <summary>
/// The battle server's life: opens its ports, registers until it is taken, sends heartbeats, reports battles that are over, and when it is
/// told to stop (a signal, or <c>drain</c> from the registry) drains: no new battle, and the end when the last one is over or after
/// <see cref="BattleServerOptions.DrainLimit"/>.
/// <para>A registration is a fresh start for the registry too: whatever battles were here have moved, so they are dropped before it.</para>
/// </summary>
internal sealed partial class BattleServerService : IHostedService, IDisposable
{
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Reports that wait for the registry. Beyond it the oldest is dropped: the room then settles by its own rules, and its release frees
    /// the port.
    /// </summary>
    private const int MaxReports = 1000;

    private readonly BattleServerOptions options;
    private readonly RegistryCalls registry;
    private readonly TimeProvider time;
    private readonly IHostApplicationLifetime lifetime;
    private readonly ILogger<BattleServerService> log;
    private readonly List<BattlePort> ports;
    private readonly ConcurrentQueue<BattleReport> reports = new();
    private readonly SemaphoreSlim wake = new(0);
    private readonly SemaphoreSlim calling = new(1);
    private readonly CancellationTokenSource aborted = new();
    private readonly BattleProtection? protection;
    private Task running = Task.CompletedTask;
    private volatile bool draining;
    private bool drainTold;
    private long epoch;
    private TimeSpan lease = TimeSpan.FromSeconds(15);
    private volatile Heard heard = new(0, null);

    public BattleServerService(
        BattleServerOptions options, RegistryCalls registry, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<BattleServerService> log)
    {
        (this.options, this.registry, this.time, this.lifetime, this.log) = (options, registry, time, lifetime, log);
        var tickets = new BattleTickets(System.Text.Encoding.UTF8.GetBytes(options.TicketKey), time);
        ports = [.. options.Ports.Select(p => new BattlePort(options, p, tickets, time, log))];
        foreach (var port in ports)
        {
            port.Finished = Report;
            port.AskWhose = cancellationToken => AskWhoseAsync(port.Number, cancellationToken);
        }

        if (options.EcsAgent is { } agent)
        {
            protection = new(agent, () => ports.Exists(port => port.Battle is not null), time, log);
            ports.ForEach(port => port.Changed = protection.Look);
        }
    }

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var port in ports)
        {
            try
            {
                port.Open();
            }
            catch (SocketException problem)
            {
                foreach (var open in ports)
                    await open.DisposeAsync();
                throw new IOException($"{options.Address}:{port.Number} cannot be opened: {problem.Message}", problem);
            }
        }
        running = RunAsync();
        protection?.Start();
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        BeginDraining();
        try
        {
            await running.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            LogCut(options.Id);
        }
        await aborted.CancelAsync();
        await running;
        foreach (var port in ports)
            await port.DisposeAsync();
        if (protection is not null)
            await protection.DisposeAsync();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        wake.Dispose();
        calling.Dispose();
        aborted.Dispose();
    }

    private async Task RunAsync()
    {
        var failures = 0;
        long? drainingSince = null;
        try
        {
            while (true)
            {
                if (draining)
                {
                    drainingSince ??= time.GetTimestamp();
                    if (await IsDrainedAsync() || time.GetElapsedTime(drainingSince.Value) >= options.DrainLimit)
                        break;
                }
                else
                {
                    failures = await (epoch == 0 ? RegisterAsync() : BeatAsync(long.MaxValue, aborted.Token)) ? 0 : failures + 1;
                }
                await ReportAsync();
                var pause = draining ? Shorter(options.RetryDelay, lease / 3)
                    : failures > 0
                        ? Shorter(options.RetryDelay * Math.Pow(2, Math.Min(failures - 1, 10)), epoch == 0 ? LongestRetry : lease / 3)
                    : lease / 3;
                await WaitAsync(pause);
            }
            LogDrained(options.Id, ports.Count(p => p.Battle is not null));
        }
        catch (OperationCanceledException) when (aborted.IsCancellationRequested)
        {
            // Stopped for good.
        }
        finally
        {
            // Drained, or broken: either way nothing is left to do here.
            lifetime.StopApplication();
        }
    }

    /// <summary>Drops what is here, because the registry takes it as lost, and registers.</summary>
    private async Task<bool> RegisterAsync()
    {
        DropAll();
        await calling.WaitAsync(aborted.Token);
        try
        {
            var askedAt = time.GetTimestamp();
            var reply = await registry.RegisterAsync(aborted.Token);
            if (reply.Ok)
            {
                Take(reply.Lease!, askedAt);
                LogRegistered(options.Id, epoch);
            }
            else
            {
                LogNotRegistered(options.Id, reply.Status, reply.Problem);
            }
            return reply.Ok;
        }
        finally
        {
            calling.Release();
        }
    }

    /// <summary>Sends a heartbeat, unless one was answered meanwhile that was sent at or after the given time.</summary>
    private async Task<bool> BeatAsync(long notBefore, CancellationToken cancellationToken)
    {
        await calling.WaitAsync(cancellationToken);
        try
        {
            if (epoch == 0)
                return false;
            if (heard.AskedAt >= notBefore)
                return true;
            var askedAt = time.GetTimestamp();
            var reply = await registry.BeatAsync(new(epoch, ports.ToDictionary(p => p.Number, p => p.Connections)), cancellationToken);
            if (reply.Ok)
                Take(reply.Lease!, askedAt);
            else if (reply.Forgotten)
                Forgotten(reply);
            else
                LogNoLease(options.Id, reply.Status, reply.Problem);
            return reply.Ok;
        }
        finally
        {
            calling.Release();
        }
    }

    private void Take(Lease taken, long askedAt)
    {
        (epoch, lease, heard) = (taken.Epoch, TimeSpan.FromSeconds(Math.Clamp(taken.LeaseSeconds, 1, 600)), new(askedAt, taken.Battles));
        foreach (var port in ports)
            port.Reconcile(epoch, taken.Battles?.GetValueOrDefault(port.Number), taken.Battles is null ? null : askedAt);
        if (taken.Command == "drain")
        {
            drainTold = true;
            BeginDraining();
        }
    }

    private void Forgotten(RegistryReply reply)
    {
        LogForgotten(options.Id, reply.Status, reply.Problem);
        epoch = 0;
        heard = new(0, null);
        DropAll();
        // At once, not after the usual pause: this server is of no use until it is registered.
        wake.Release();
    }

    /// <summary>Tells the registry of the drain, once it listens, and whether nothing is left to wait for.</summary>
    private async Task<bool> IsDrainedAsync()
    {
        var idle = ports.TrueForAll(p => p.Battle is null);
        if (epoch == 0)
            return idle;
        if (!drainTold)
        {
            var reply = await registry.DrainAsync(epoch, aborted.Token);
            drainTold = reply.Ok || reply.Forgotten;
            // Nobody hears it and nobody is here: the lease runs out by itself.
            if (!drainTold && idle)
            {
                LogNoLease(options.Id, reply.Status, reply.Problem);
                return true;
            }
        }
        // A battle may have been given a port here and its players be on their way: the registry knows.
        await ReportAsync();
        await BeatAsync(long.MaxValue, aborted.Token);
        // What the registry said of battles holds as long as the lease: after that they have moved.
        var isAwaited = heard.Battles is { Count: > 0 } && time.GetElapsedTime(heard.AskedAt) < lease;
        return epoch == 0 || (drainTold && idle && !isAwaited);
    }

    private async Task<string?> AskWhoseAsync(int port, CancellationToken cancellationToken)
    {
        var askedAt = time.GetTimestamp();
        await BeatAsync(askedAt, cancellationToken);
        return heard is var answer && answer.AskedAt >= askedAt ? answer.Battles?.GetValueOrDefault(port) : null;
    }

    private void DropAll()
    {
        foreach (var port in ports)
            port.Drop("error: This battle has moved to another server.");
    }

    private void Report(BattleReport report)
    {
        reports.Enqueue(report);
        while (reports.Count > MaxReports && reports.TryDequeue(out var dropped))
            LogNotReported(options.Id, dropped.BattleId);
        wake.Release();
    }

    private async Task ReportAsync()
    {
        while (reports.TryPeek(out var report))
        {
            var reply = await registry.FinishedAsync(report, aborted.Token);
            switch (reply.Status)
            {
                case 200:
                    break;
                // It does not count and never will: the battle is not (any more) this server's, or is settled otherwise.
                case 400 or 404 or 409:
                    LogReportRefused(options.Id, report.BattleId, reply.Status, reply.Problem);
                    break;
                default:
                    return;
            }
            reports.TryDequeue(out _);
        }
    }

    private void BeginDraining()
    {
        if (draining)
            return;
        draining = true;
        LogDraining(options.Id);
        wake.Release();
    }

    private async Task WaitAsync(TimeSpan pause)
    {
        using var rung = new CancellationTokenSource(pause, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(rung.Token, aborted.Token);
        try
        {
            await wake.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            // It is time.
        }
    }

    /// <summary>What the registry last said of battles, and when it was asked.</summary>
    private sealed record Heard(long AskedAt, IReadOnlyDictionary<int, string>? Battles);

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    [LoggerMessage(LogLevel.Information, "{Id} is registered, epoch {Epoch}")]
    private partial void LogRegistered(string id, long epoch);

    [LoggerMessage(LogLevel.Warning, "{Id} is not registered yet: {Status} {Problem}")]
    private partial void LogNotRegistered(string id, int status, string? problem);

    [LoggerMessage(LogLevel.Warning, "{Id} could not renew its lease: {Status} {Problem}")]
    private partial void LogNoLease(string id, int status, string? problem);

    [LoggerMessage(LogLevel.Warning, "{Id} has to register again: {Status} {Problem}")]
    private partial void LogForgotten(string id, int status, string? problem);

    [LoggerMessage(LogLevel.Warning, "{Id} did not report the end of battle {Battle}: too many reports wait")]
    private partial void LogNotReported(string id, string battle);

    [LoggerMessage(LogLevel.Warning, "{Id} reported the end of battle {Battle}, which does not count: {Status} {Problem}")]
    private partial void LogReportRefused(string id, string battle, int status, string? problem);

    [LoggerMessage(LogLevel.Information, "{Id} drains: it ends when its battles are over")]
    private partial void LogDraining(string id);

    [LoggerMessage(LogLevel.Information, "{Id} has drained; battles cut: {Battles}")]
    private partial void LogDrained(string id, int battles);

    [LoggerMessage(LogLevel.Warning, "{Id} is stopped before it has drained")]
    private partial void LogCut(string id);
}
