using System.Collections.Concurrent;
using GameServer.Edge;
using GameServer.Game;
using GameServer.Grains.Abstractions;

namespace GameServer.Gateway;

/// <summary>
/// The cluster as the edge sees it. Every connection has a <see cref="PlayerLink"/>; all frames come in through one observer, which belongs
/// to this process and not to a player.
/// </summary>
internal sealed partial class GatewayHost : IHostedLifecycleService, IGameHost, IGatewayObserver, IDisposable
{
    /// <summary>
    /// How long a call is tried again before the client is told <c>unavailable</c>: well above the time a lost silo's grains need.
    /// </summary>
    public static readonly TimeSpan PatienceTime = TimeSpan.FromSeconds(15);

    /// <summary>How often a link that seems whole is looked at.</summary>
    private static readonly TimeSpan CheckPeriod = TimeSpan.FromSeconds(10);

    /// <summary>How long a frame that overtook another one waits for it.</summary>
    private static readonly TimeSpan OvertakingPeriod = TimeSpan.FromMilliseconds(100);

    /// <summary>How soon a link that waits for answers is looked at again.</summary>
    private static readonly TimeSpan SoonPeriod = TimeSpan.FromSeconds(1);

    /// <summary>How often the gateway says that it is alive; see the lease grain.</summary>
    private static readonly TimeSpan RenewPeriod = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Looks at links in one step of 50 ms; so a lost silo's players are all looked at within a second or two, and the cluster is not
    /// flooded.
    /// </summary>
    private const int ChecksInOneStep = 100;

    /// <summary>
    /// Connections that are being attached at one time; the others wait for their turn. When another gateway died, or a silo, thousands
    /// want it at once, and calls that all wait for each other would all be too late and all be made again.
    /// </summary>
    private const int MostAttaching = 128;

    /// <summary>
    /// Closed connections whose player could not be told for longer than <see cref="PatienceTime"/>, and is still tried: what an outage may
    /// cost in memory and calls. Beyond that a further one is given up.
    /// </summary>
    private const int MostLingering = 10_000;

    private readonly ConcurrentDictionary<long, PlayerLink> links = [];
    private readonly SemaphoreSlim attaching = new(MostAttaching);
    private readonly IClusterClient client;
    private readonly ILogger<GatewayHost> logger;
    private readonly CancellationTokenSource stopping = new();
    private Task checking = Task.CompletedTask;
    private long failures;
    private int lingering;

    public GatewayHost(
        IClusterClient client, IClientConnections connections, GameRules rules, GatewayName name, TimeProvider time,
        ILogger<GatewayHost> logger)
    {
        this.client = client;
        this.logger = logger;
        Connections = connections;
        Rules = rules;
        Name = name.Value;
        Time = time;
        Stopping = stopping.Token;
    }

    public static GameError Unavailable { get; } = new(Game.ErrorCode.Unavailable, "The game cannot be reached now; try again.");

    public IGrainFactory Grains => client;

    public IClientConnections Connections { get; }

    public TimeProvider Time { get; }

    public string Name { get; }

    /// <summary>Cancelled when this gateway ends.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>This process, as grains see it.</summary>
    public IGatewayObserver Observer { get; private set; } = null!;

    /// <inheritdoc/>
    public GameRules Rules { get; }

    /// <inheritdoc/>
    public bool Ready { get; private set; }

    /// <summary>Whether a failed call is worth another try: the cluster is changing. Anything else is a bug, and is not hidden.</summary>
    public static bool IsTransient(Exception exception) => exception is TimeoutException or OrleansException;

    /// <inheritdoc/>
    public ValueTask TellAsync(string userId, Message message, CancellationToken cancellationToken)
    {
        if (!Ready)
            throw new HostUnavailableException("The cluster is not connected yet.");

        var connection = message switch
        {
            Connect connect => connect.Connection,
            Disconnect gone => gone.Connection,
            Game.Request request => request.Connection,
            PushWritten written => written.Connection,
            _ => throw new ArgumentException($"{message.GetType().Name} is not for players.", nameof(message)),
        };
        if (message is Connect opened)
            links[connection.Number] = new(this, userId, opened) { CheckAt = NextCheck() };
        return links.TryGetValue(connection.Number, out var link) ? link.TellAsync(message, cancellationToken) : ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask<TAnswer> AskAsync<TAnswer>(ActorId to, IQuestion<TAnswer> question, CancellationToken cancellationToken)
    {
        if (!Ready)
            throw new HostUnavailableException("The cluster is not connected yet.");

        var giveUp = Time.GetUtcNow() + PatienceTime;
        while (true)
        {
            try
            {
                return (TAnswer)await AskOnceAsync(to, (Message)(object)question);
            }
            catch (Exception exception) when (IsTransient(exception))
            {
                // A call that was rejected was not made. One that timed out may have been, and only what is the same twice is asked again.
                var again = exception is SiloUnavailableException or OrleansMessageRejectionException
                    || question is GetRecord or CreateUser or RenewRegistration or GetServers or ServerHeartbeat or DrainServer or BattleFinished;
                if (!again || Time.GetUtcNow() >= giveUp)
                    throw new HostUnavailableException("The cluster gave no answer.", exception);
                NoteFailure(to.Key, exception);
                await Task.Delay(TimeSpan.FromMilliseconds(100), Time, cancellationToken);
            }
        }
    }

    private async ValueTask<object> AskOnceAsync(ActorId to, Message question)
    {
        var player = client.GetGrain<IPlayerGrain>(to.Key);
        var registry = client.GetGrain<IBattleServerRegistryGrain>(to.Key);
        return question switch
        {
            CreateUser create => await player.CreateUser(create.Registration),
            RenewRegistration renew => await player.RenewRegistration(renew.Registration, renew.Next),
            DeleteUser delete => await player.DeleteUser(delete.Registration),
            GetRecord => await player.GetRecord(),
            RegisterServer server => await registry.Register(server.ServerId, server.SubnetId, server.Address, [.. server.Ports]),
            ServerHeartbeat beat => await registry.Heartbeat(beat.ServerId, beat.Epoch, new(beat.Connections)),
            BattleFinished finished => await registry.Finished(finished.ServerId, finished.BattleId),
            DrainServer drain => await registry.Drain(drain.ServerId),
            GetServers => await registry.GetServers(),
            _ => throw new ArgumentException($"{question.GetType().Name} is no question for the cluster.", nameof(question)),
        };
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyDictionary<string, double>> StatsAsync(CancellationToken cancellationToken)
    {
        try
        {
            var totals = await client.GetGrain<IClusterStatsGrain>("all").Totals();
            totals["gateway_retries"] = Interlocked.Read(ref failures);
            return totals;
        }
        catch (Exception exception) when (IsTransient(exception))
        {
            throw new HostUnavailableException("The cluster gave no answer.", exception);
        }
    }

    /// <inheritdoc/>
    public ValueTask Deliver(ClientMail[] frames)
    {
        foreach (var mail in frames)
        {
            if (links.TryGetValue(mail.Connection, out var link))
                link.Deliver(mail.ToFrame(), mail.Start, mail.Order);
        }

        return ValueTask.CompletedTask;
    }

    public void Forget(ConnectionId connection) => links.TryRemove(connection.Number, out _);

    public void NoteFailure(string key, Exception exception)
    {
        Interlocked.Increment(ref failures);
        LogRetry(logger, key, exception.Message);
    }

    public void NoteBug(string key, Exception exception) => LogBug(logger, key, exception);

    /// <summary>
    /// Whether one more connection may go on telling its player that it is closed; if so, <see cref="EndLingering"/> follows.
    /// </summary>
    public bool BeginLingering(string key)
    {
        if (Interlocked.Increment(ref lingering) <= MostLingering)
            return true;
        EndLingering();
        LogGivenUp(logger, key);
        return false;
    }

    /// <summary>It has told it.</summary>
    public void EndLingering() => Interlocked.Decrement(ref lingering);

    /// <summary>A silo came or went: every link is looked at soon.</summary>
    public void ClusterChanged()
    {
        foreach (var (_, link) in links)
            link.CheckAt = 0;
    }

    /// <inheritdoc/>
    /// <remarks>Comes when all services have started, the connection to the cluster among them.</remarks>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        Observer = client.CreateObjectReference<IGatewayObserver>(this);
        checking = CheckAsync(client.GetGrain<IGatewayLeaseGrain>(Name));
        Ready = true;
        LogReady(logger, Name);
        return Task.CompletedTask;
    }

    /// <summary>Renews the lease, and looks at the links whose time has come.</summary>
    private async Task CheckAsync(IGatewayLeaseGrain lease)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50), Time);
        var renewAt = 0L;
        try
        {
            while (await timer.WaitForNextTickAsync(stopping.Token))
            {
                if (Time.GetTimestamp() >= renewAt)
                {
                    renewAt = Time.GetTimestamp() + Ticks(RenewPeriod);
                    RenewAsync().Ignore();
                }

                var left = ChecksInOneStep;
                foreach (var (_, link) in links)
                {
                    if (link.CheckAt > Time.GetTimestamp())
                        continue;
                    link.CheckAt = NextCheck();
                    link.Check();
                    if (--left == 0)
                        break;
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopped.
        }

        async Task RenewAsync()
        {
            try
            {
                await lease.Renew();
            }
            catch (Exception exception) when (IsTransient(exception))
            {
                NoteFailure(Name, exception); // The next one comes before the lease has run out.
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>The edge has closed its connections by now. What is left is to let their players know, and to give up the lease.</remarks>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(links.Values.Select(link => link.Done))
            .WaitAsync(PatienceTime, Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Ready = false;
        await stopping.CancelAsync();
        await checking;
        try
        {
            await client.GetGrain<IGatewayLeaseGrain>(Name).Release();
        }
        catch (Exception exception) when (IsTransient(exception))
        {
            NoteFailure(Name, exception); // It runs out by itself.
        }
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Attaches a connection to its player, when it is its turn.</summary>
    public async ValueTask AttachAsync(IPlayerGrain player, ConnectCall call, CancellationToken cancellationToken)
    {
        await attaching.WaitAsync(cancellationToken);
        try
        {
            await player.Connect(call, Observer);
        }
        finally
        {
            attaching.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        stopping.Dispose();
        attaching.Dispose();
    }

    /// <summary>The time for a link whose frames overtook each other: well above the microseconds that this takes.</summary>
    public long AfterOvertaking() => Time.GetTimestamp() + Ticks(OvertakingPeriod);

    /// <summary>The time for a link that waits for answers.</summary>
    public long Soon() => Time.GetTimestamp() + Ticks(SoonPeriod);

    private long NextCheck() => Time.GetTimestamp() + (long)(Ticks(CheckPeriod) * (0.75 + (Random.Shared.NextDouble() * 0.5)));

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Time.TimestampFrequency);

    [LoggerMessage(1, LogLevel.Information, "Gateway {Name} is connected to the cluster.")]
    private static partial void LogReady(ILogger logger, string name);

    [LoggerMessage(2, LogLevel.Debug, "A call for {Key} is made again: {Reason}")]
    private static partial void LogRetry(ILogger logger, string key, string reason);

    [LoggerMessage(3, LogLevel.Error, "A call for {Key} failed for a reason that should not be.")]
    private static partial void LogBug(ILogger logger, string key, Exception exception);

    [LoggerMessage(4, LogLevel.Warning, "{Key} could not be told that the connection is closed; too many others wait for the same.")]
    private static partial void LogGivenUp(ILogger logger, string key);
}

/// <summary>The name of this gateway process, which no other has and none will have.</summary>
internal sealed record GatewayName(string Value);
