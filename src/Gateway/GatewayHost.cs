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
    /// <summary>How often a session that seems whole is looked at; it may want it earlier.</summary>
    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(10);

    /// <summary>How often the gateway says that it is alive; see the lease grain.</summary>
    private static readonly TimeSpan RenewPeriod = TimeSpan.FromSeconds(2);

    /// <summary>How often a silo is asked whether players can be served.</summary>
    private static readonly TimeSpan HealthPeriod = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How old the last good answer to that may be: three questions. Shorter, and every lost silo would take all gateways out of service.
    /// </summary>
    private static readonly TimeSpan HealthLapse = TimeSpan.FromSeconds(6);

    /// <summary>
    /// Sessions looked at in one step of 50 ms; so a lost silo's players are all looked at within a second or two, and the cluster is not
    /// flooded.
    /// </summary>
    private const int LooksInOneStep = 100;

    /// <summary>
    /// Connections that are being attached at one time; the others wait for their turn. When another gateway died, or a silo, thousands
    /// want it at once, and calls that all wait for each other would all be too late and all be made again.
    /// </summary>
    public const int MostAttaching = 128;

    /// <summary>
    /// Closed connections whose player could not be told for long, and is still tried (<see cref="SessionOutputs.Lingers"/>): what an outage
    /// may cost in memory and calls. Beyond that a further one is given up: its grain, which has not answered for all that time, learns it
    /// when it is loaded anew.
    /// </summary>
    private const int MostLingering = 10_000;

    private readonly ConcurrentDictionary<long, PlayerLink> links = [];
    private readonly SemaphoreSlim attaching = new(MostAttaching);
    private readonly IClusterClient client;
    private readonly ILogger<GatewayHost> logger;
    private readonly CancellationTokenSource stopping = new();
    private Task looking = Task.CompletedTask;
    private volatile bool connected;
    private long servedAt;
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

    public IGrainFactory Grains => client;

    public IClientConnections Connections { get; }

    public TimeProvider Time { get; }

    public string Name { get; }

    /// <summary>The time of the sessions: monotonic.</summary>
    public TimeSpan Now => Time.GetElapsedTime(0);

    /// <summary>Cancelled when this gateway ends.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>This process, as grains see it.</summary>
    public IGatewayObserver Observer { get; private set; } = null!;

    /// <inheritdoc/>
    public GameRules Rules { get; }

    /// <inheritdoc/>
    /// <remarks>What a player would see: a silo answers, and it reaches directory and storage. Players who are here already are served as
    /// far as it goes whatever this says.</remarks>
    public bool Ready => connected && Time.GetElapsedTime(Interlocked.Read(ref servedAt)) < HealthLapse;

    /// <summary>Whether a failed call is worth another try: the cluster is changing. Anything else is a bug, and is not hidden.</summary>
    public static bool IsTransient(Exception exception) => exception is TimeoutException or OrleansException;

    /// <inheritdoc/>
    public ValueTask TellAsync(string userId, Message message, CancellationToken cancellationToken)
    {
        if (!connected)
            throw new HostUnavailableException("The cluster is not connected yet.");
        if (message is ForgetSession forget)
            return ForgetAsync(userId, forget);

        var connection = message switch
        {
            Connect connect => connect.Connection,
            Disconnect gone => gone.Connection,
            Game.Request request => request.Connection,
            PushWritten written => written.Connection,
            _ => throw new ArgumentException($"{message.GetType().Name} is not for players.", nameof(message)),
        };
        if (message is Connect opened)
        {
            var link = links[connection.Number] = new(this, userId, opened);
            link.LookBy(NextLook());
        }

        if (links.TryGetValue(connection.Number, out var known))
            return known.TellAsync(message, cancellationToken);
        if (message is Game.Request)
            Connections.Handled(connection); // It is being closed; nothing more comes of it.
        return ValueTask.CompletedTask;
    }

    // Of no link: the connection's is gone. Made once; a session that is not told ends by itself.
    private async ValueTask ForgetAsync(string userId, ForgetSession forget)
    {
        try
        {
            await client.GetGrain<IPlayerGrain>(userId).ForgetSession(forget.Connection);
        }
        catch (Exception exception) when (IsTransient(exception))
        {
            throw new HostUnavailableException("The cluster gave no answer.", exception);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<TAnswer> AskAsync<TAnswer>(ActorId to, Question<TAnswer> question, CancellationToken cancellationToken)
    {
        if (!connected)
            throw new HostUnavailableException("The cluster is not connected yet.");

        var began = Time.GetTimestamp();
        while (true)
        {
            try
            {
                return (TAnswer)await AskOnceAsync(to, question);
            }
            catch (Exception exception) when (IsTransient(exception))
            {
                // A call that was rejected was not made. One that timed out may have been, and only what is the same twice is asked again.
                var again = question.SameTwice || exception is SiloUnavailableException or OrleansMessageRejectionException;
                if (!again || Time.GetElapsedTime(began) >= GatewaySession.PatienceTime)
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
            BattleFinished finished => await registry.Finished(finished.ServerId, finished.BattleId, finished.Epoch),
            DrainServer drain => await registry.Drain(drain.ServerId, drain.Epoch),
            BattleReported reported => await client.GetGrain<IRoomGrain>(to.Key).Report(
                reported.ServerId, reported.Epoch, reported.Results.ToDictionary(r => r.Key, r => (byte)r.Value)),
            GetServers => await registry.GetServers(),
            _ => throw new ArgumentException($"{question.GetType().Name} is no question for the cluster.", nameof(question)),
        };
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyDictionary<string, double>> StatsAsync(CancellationToken cancellationToken)
    {
        if (!connected)
            throw new HostUnavailableException("The cluster is not connected yet.");
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
                link.Tell(new SessionInput.FrameArrived(mail.ToFrame(), mail.Start, mail.Order));
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
    /// Reserves a slot for retrying a disconnect notice; false if none is free. <see cref="EndLingering"/> releases it.
    /// </summary>
    public bool BeginLingering(string key)
    {
        if (Interlocked.Increment(ref lingering) <= MostLingering)
            return true;
        EndLingering();
        LogGivenUp(logger, key);
        return false;
    }

    /// <summary>Releases the slot.</summary>
    public void EndLingering() => Interlocked.Decrement(ref lingering);

    /// <summary>A silo came or went: every session is looked at soon.</summary>
    public void ClusterChanged()
    {
        foreach (var (_, link) in links)
            link.LookBy(TimeSpan.Zero);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Comes when all services have started, the connection to the cluster among them. What is still waited for is that players can be
    /// served.
    /// </remarks>
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        var health = client.GetGrain<ISiloHealthGrain>(0);
        while (!await IsServedAsync(health))
            await Task.Delay(HealthPeriod, Time, cancellationToken);
        Observer = client.CreateObjectReference<IGatewayObserver>(this);
        looking = Task.WhenAll(LookAsync(client.GetGrain<IGatewayLeaseGrain>(Name)), WatchHealthAsync(health));
        connected = true;
        LogReady(logger, Name);
    }

    /// <summary>One question at a time, each bounded by the time-out of every call.</summary>
    private async Task WatchHealthAsync(ISiloHealthGrain health)
    {
        using var timer = new PeriodicTimer(HealthPeriod, Time);
        var was = true;
        try
        {
            while (await timer.WaitForNextTickAsync(stopping.Token))
            {
                await IsServedAsync(health);
                if (Ready != was)
                    LogReadiness(logger, (was = Ready) ? "Players can be served again." : "No silo serves players; new ones are sent elsewhere.");
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopped.
        }
    }

    private async ValueTask<bool> IsServedAsync(ISiloHealthGrain health)
    {
        try
        {
            if (!await health.Serves())
                return false;
            Interlocked.Exchange(ref servedAt, Time.GetTimestamp());
            return true;
        }
        catch (Exception exception)
        {
            if (IsTransient(exception))
                NoteFailure(Name, exception);
            else
                NoteBug(Name, exception); // No answer either, and no reason to stop asking.
            return false;
        }
    }

    /// <summary>Renews the lease, and has the sessions looked at whose time has come.</summary>
    private async Task LookAsync(IGatewayLeaseGrain lease)
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

                var left = LooksInOneStep;
                foreach (var (_, link) in links)
                {
                    if (link.LookAt > Now)
                        continue;
                    link.Look(NextLook());
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
            .WaitAsync(GatewaySession.PatienceTime, Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        connected = false;
        await stopping.CancelAsync();
        await looking;
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

    private TimeSpan NextLook() => Now + (LookPeriod * (0.75 + (Random.Shared.NextDouble() * 0.5)));

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Time.TimestampFrequency);

    [LoggerMessage(1, LogLevel.Information, "Gateway {Name} is connected to the cluster.")]
    private static partial void LogReady(ILogger logger, string name);

    [LoggerMessage(2, LogLevel.Debug, "A call for {Key} is made again: {Reason}")]
    private static partial void LogRetry(ILogger logger, string key, string reason);

    [LoggerMessage(3, LogLevel.Error, "Unexpected error in a call for {Key}.")]
    private static partial void LogBug(ILogger logger, string key, Exception exception);

    [LoggerMessage(4, LogLevel.Warning, "{Key} could not be told that the connection is closed; too many others wait for the same.")]
    private static partial void LogGivenUp(ILogger logger, string key);

    [LoggerMessage(5, LogLevel.Warning, "{Readiness}")]
    private static partial void LogReadiness(ILogger logger, string readiness);
}

/// <summary>The name of this gateway process, which no other has and none will have.</summary>
internal sealed record GatewayName(string Value);
