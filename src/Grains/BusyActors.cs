using System.Collections.Concurrent;
using GameServer.Game;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GameServer.Grains;

/// <summary>
/// The list of the actors that are in the middle of something, by the silo that has them. It must outlive every silo. A stale
/// entry is harmless: its actor is loaded, finds nothing to do, and is put away again.
/// </summary>
public interface IBusyList
{
    /// <summary>Adds an actor to a silo's part.</summary>
    Task AddAsync(string silo, ActorId actor);

    /// <summary>Takes an actor off a silo's part.</summary>
    Task RemoveAsync(string silo, ActorId actor);

    /// <summary>The silos that have a part.</summary>
    Task<IReadOnlyList<string>> SilosAsync();

    /// <summary>A silo's part.</summary>
    Task<IReadOnlyList<ActorId>> ActorsAsync(string silo);
}

/// <summary>The list of a silo that is alone: it ends with the silo, and so may the list.</summary>
public sealed class MemoryBusyList : IBusyList
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<ActorId, bool>> silos = [];

    /// <inheritdoc/>
    public Task AddAsync(string silo, ActorId actor)
    {
        silos.GetOrAdd(silo, _ => [])[actor] = true;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task RemoveAsync(string silo, ActorId actor)
    {
        if (silos.TryGetValue(silo, out var actors))
            actors.TryRemove(actor, out _);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> SilosAsync() =>
        Task.FromResult<IReadOnlyList<string>>([.. silos.Where(s => !s.Value.IsEmpty).Select(s => s.Key)]);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ActorId>> ActorsAsync(string silo) =>
        Task.FromResult<IReadOnlyList<ActorId>>(silos.TryGetValue(silo, out var actors) ? [.. actors.Keys] : []);
}

/// <summary>
/// Keeps busy actors loaded. What an actor has decided and saved but not yet sent, and the times it waits for, rest on its being loaded;
/// when its silo is lost, or it was put away after an error, somebody may ask for it and load it by that, but perhaps nobody does. So each
/// silo notes which busy actors it has, and the first of the silos that are alive wakes those of a silo that is gone.
/// </summary>
public sealed partial class BusyActors(
    IBusyList list, IGrainFactory grains, IClusterMembershipService membership, ILocalSiloDetails local, IHostApplicationLifetime lifetime,
    TimeProvider time, ILogger<BusyActors> logger) : BackgroundService
{
    /// <summary>How often the first silo looks for parts of silos that are gone.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    /// <summary>Actors woken at one time: enough to be done with thousands in a second, too few to flood the others.</summary>
    private const int MostAtOnce = 64;

    /// <summary>The longest wait before an actor that could not be loaded is tried again; the first is <see cref="Period"/>.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(8);

    /// <summary>How long an actor's step waits for the list.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly string here = local.SiloAddress.ToParsableString();

    /// <summary>Busy actors that are not on the list, because it could not be reached. Never more than the silo has.</summary>
    private readonly ConcurrentDictionary<ActorId, bool> missing = [];

    /// <summary>Actors that could not be loaded: since when, and how long they are left alone. Never more than are on the list.</summary>
    private readonly ConcurrentDictionary<ActorId, (long At, TimeSpan Wait)> notWoken = [];

    /// <summary>
    /// Notes that an actor is busy here. Completes when it is noted; what the actor then tells others may rest on it. A list that cannot be
    /// reached must not stop the game: then it completes all the same, the actor is noted when the list is there again, and until then only
    /// a second failure could do harm.
    /// </summary>
    public async Task AddAsync(ActorId actor)
    {
        try
        {
            await list.AddAsync(here, actor).WaitAsync(Patience, time);
        }
        catch (Exception exception)
        {
            missing[actor] = true;
            LogNotNoted(logger, actor, exception.Message);
        }
    }

    /// <summary>The actor is not busy any more, or not here.</summary>
    public void Remove(ActorId actor)
    {
        missing.TryRemove(actor, out _);
        list.RemoveAsync(here, actor).Ignore();
    }

    /// <summary>
    /// Loads an actor again that is being put away in the middle of something. When this silo stops, that is for the others.
    /// </summary>
    public void Wake(ActorId actor) => Task.Run(async () =>
    {
        while (!lifetime.ApplicationStopping.IsCancellationRequested && !await TryWakeAsync(actor))
            await Task.Delay(notWoken.TryGetValue(actor, out var tried) ? tried.Wait : Period, time, lifetime.ApplicationStopping);
    }).Ignore();

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await AddMissingAsync(stoppingToken);
                await TakeOverAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                LogNotReached(logger, exception.Message);
            }
        }
    }

    private async Task AddMissingAsync(CancellationToken stoppingToken)
    {
        foreach (var (actor, _) in missing)
        {
            await list.AddAsync(here, actor).WaitAsync(stoppingToken);
            if (!missing.TryRemove(actor, out _))
                await list.RemoveAsync(here, actor).WaitAsync(stoppingToken); // Not busy any more.
        }
    }

    private async Task TakeOverAsync(CancellationToken stoppingToken)
    {
        var members = membership.CurrentSnapshot.Members.Values;
        var active = members.Where(m => m.Status == SiloStatus.Active).Select(m => m.SiloAddress).ToList();
        if (active.Count == 0 || !active.Min()!.Equals(local.SiloAddress))
            return;

        foreach (var silo in await list.SilosAsync().WaitAsync(stoppingToken))
        {
            if (!await IsGoneAsync(SiloAddress.FromParsableString(silo)).WaitAsync(stoppingToken))
                continue;
            var actors = (await list.ActorsAsync(silo).WaitAsync(stoppingToken)).Where(MayBeTried).ToList();
            if (actors.Count == 0)
                continue;
            LogTakeOver(logger, silo, actors.Count);
            var bounded = new ParallelOptions { MaxDegreeOfParallelism = MostAtOnce, CancellationToken = stoppingToken };
            await Parallel.ForEachAsync(actors, bounded, async (actor, _) =>
            {
                // One that does not answer stays on the list for a later round.
                if (await TryWakeAsync(actor))
                    await list.RemoveAsync(silo, actor).WaitAsync(stoppingToken);
            });
        }
    }

    private async Task<bool> IsGoneAsync(SiloAddress silo)
    {
        var status = membership.CurrentSnapshot.GetSiloStatus(silo);
        if (status == SiloStatus.None)
        {
            // Perhaps it is so new that it is not known here yet.
            await membership.Refresh();
            status = membership.CurrentSnapshot.GetSiloStatus(silo);
        }

        return status is SiloStatus.Dead or SiloStatus.None;
    }

    private bool MayBeTried(ActorId actor) =>
        !notWoken.TryGetValue(actor, out var tried) || time.GetElapsedTime(tried.At) >= tried.Wait;

    private async Task<bool> TryWakeAsync(ActorId actor)
    {
        try
        {
            await GrainServices.Resolve(grains, actor).Receive([]); // Nothing new; to be loaded is all that is needed.
            notWoken.TryRemove(actor, out _);
            return true;
        }
        catch (Exception exception)
        {
            var wait = notWoken.TryGetValue(actor, out var tried) ? tried.Wait * 2 : Period;
            notWoken[actor] = (time.GetTimestamp(), wait < LongestWait ? wait : LongestWait);
            if (wait == Period)
                LogNotWoken(logger, actor, exception.Message);
            return false;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Silo {Silo} is gone; {Actors} actor(s) there were busy and are loaded again.")]
    private static partial void LogTakeOver(ILogger logger, string silo, int actors);

    [LoggerMessage(2, LogLevel.Information, "{Actor} could not be loaded again yet, and is tried until it can: {Reason}")]
    private static partial void LogNotWoken(ILogger logger, ActorId actor, string reason);

    [LoggerMessage(3, LogLevel.Warning, "The list of busy actors cannot be reached now: {Reason}")]
    private static partial void LogNotReached(ILogger logger, string reason);

    [LoggerMessage(4, LogLevel.Warning, "Could not add {Actor} to the busy list in time; retrying: {Reason}")]
    private static partial void LogNotNoted(ILogger logger, ActorId actor, string reason);
}
