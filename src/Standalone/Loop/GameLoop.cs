using GameServer.Clocks;
using GameServer.Edge;
using GameServer.Game;
using GameServer.Standalone.Storage;

namespace GameServer.Standalone.Loop;

/// <summary>
/// All actors of the process and the one thread that owns them. It takes the messages that have arrived, lets the actors handle them, saves
/// every changed actor in one transaction, and only then lets the effects leave. While a commit waits for the disk the next batch gathers,
/// so the more there is to do the more shares one commit.
/// <para>
/// What actors send each other is handled within the same batch until nothing is left. So the sender's state and all that follows from its
/// message are saved in one transaction: a crash leaves either all of it or nothing, and no message ever has to be stored to be sent again.
/// </para>
/// </summary>
public sealed partial class GameLoop : IGameHost, IHostedService, IDisposable
{
    private static readonly Wake Wake = new();
    private static readonly TimeSpan LongestCommitRetry = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan LongestWakeRetry = TimeSpan.FromHours(1);

    /// <summary>The log has one refused message in this time; how many had none is said in the next.</summary>
    private static readonly TimeSpan RefusedLogPeriod = TimeSpan.FromSeconds(1);

    /// <summary>How often the loop looks after the store and the clock; what it does then takes milliseconds.</summary>
    private static readonly TimeSpan HousekeepingPeriod = TimeSpan.FromMilliseconds(100);

    /// <summary>How long the loop sleeps at most while an actor waits for its time: a step of the machine's clock is noted within that.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(1);

    /// <summary>A change of the machine's clock that is stored even if nothing else is.</summary>
    private static readonly TimeSpan ClockStep = TimeSpan.FromMilliseconds(100);

    private readonly IStore store;
    private readonly IActorFactory factory;
    private readonly IClientConnections clients;
    private readonly TimeProvider time;

    // The actors' time. Durations of the loop's own are by timestamps.
    private readonly SteadyClock clock;
    private readonly ILogger<GameLoop> logger;
    private readonly GameLoopOptions options;
    private readonly PortCalls? portCalls;

    private readonly Inbox inbox;
    private readonly Thread thread;
    private readonly TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private volatile bool loaded;
    private volatile bool stopping;
    private volatile bool storeFailing;

    // From here on: touched by the loop's thread alone.
    private readonly Residents residents;
    private readonly Alarms alarms = new();
    private readonly LoopStats stats;
    private readonly Effects effects = new();
    private readonly Queue<(ActorId To, Message Message)> cascade = new();
    private readonly Caused caused = new();
    private readonly LiveConnections connections = new();
    private readonly System.Buffers.ArrayBufferWriter<byte> saved = new();
    private TimeSpan storedBehind;
    private bool untidy = true;
    private long housekept;

    // Actors that failed when they were last woken, and how long they are then left alone: one that always fails must not fill the log.
    private readonly Dictionary<ActorId, TimeSpan> failedWakes = [];
    private long? refusedLogged;
    private int refusedUnlogged;

    /// <summary>Makes the loop; it runs from <see cref="StartAsync"/> to <see cref="StopAsync"/>.</summary>
    /// <param name="rules">The rules, for the edge.</param>
    /// <param name="store">Where actors are kept. The loop's thread uses it; the caller disposes of it after the loop.</param>
    /// <param name="factory">Makes actors.</param>
    /// <param name="clients">Where frames go.</param>
    /// <param name="portMap">What carries out the registry's calls; null where there are none.</param>
    /// <param name="time">All time.</param>
    /// <param name="logger">The log.</param>
    /// <param name="options">The bounds.</param>
    public GameLoop(
        GameRules rules, IStore store, IActorFactory factory, IClientConnections clients, IPortMap? portMap, TimeProvider time,
        ILogger<GameLoop> logger, GameLoopOptions options)
    {
        Rules = rules;
        this.store = store;
        this.factory = factory;
        this.clients = clients;
        this.time = time;
        clock = new(time, store.LoadClock());
        this.logger = logger;
        this.options = options;
        inbox = new(options.InboxCapacity, time);
        residents = new(store, factory, options.IdleKept);
        stats = new(clock);
        if (portMap is not null)
            portCalls = new(portMap, (to, message, cancellationToken) => inbox.PostAsync(new(to, message, Asker: null), cancellationToken), logger);
        thread = new(Run) { Name = "game loop", IsBackground = true };
    }

    /// <inheritdoc/>
    public GameRules Rules { get; }

    /// <inheritdoc/>
    public bool Ready => loaded && !stopping && !storeFailing;

    /// <summary>True after a stop that left something unsaved, because the storage failed to the end. Nobody was told of it.</summary>
    public bool LeftUnsaved { get; private set; }

    /// <inheritdoc/>
    public ValueTask TellAsync(string userId, Message message, CancellationToken cancellationToken) =>
        inbox.PostAsync(new(new(ActorKind.Player, userId), message, Asker: null), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<TAnswer> AskAsync<TAnswer>(ActorId to, Question<TAnswer> question, CancellationToken cancellationToken)
    {
        var asker = new Asker<TAnswer>();
        await inbox.PostAsync(new(to, question, asker), cancellationToken);
        return await asker.Task.WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>Read where it is asked for: the loop only counts, and a question to it would make every player wait.</remarks>
    public ValueTask<IReadOnlyDictionary<string, double>> StatsAsync(CancellationToken cancellationToken)
    {
        var read = stats.Read(time.GetUtcNow());
        read["inbox"] = inbox.Count;
        return new(read);
    }

    /// <summary>Loads the actors that were in the middle of something and completes when they go on.</summary>
    /// <exception cref="StoreException">They cannot be read.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // Being woken loads an actor, and a wake without need does nothing. One that fails is tried again, like any other.
        var now = clock.GetUtcNow();
        foreach (var id in store.LoadAwake())
            alarms.Set(id, now);
        thread.Start();
        await started.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Takes no more messages, handles and saves those it has, and ends.</summary>
    /// <remarks>
    /// A host that has run out of patience cancels the token, and goes on to dispose of the store. What was taken is saved or refused
    /// before that all the same: it is one more commit, or one more failed one, and nothing that strangers do makes it longer.
    /// </remarks>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        EndInbox();
        if (portCalls is not null)
            await portCalls.DisposeAsync();
        if (thread.IsAlive)
            await ended.Task;
    }

    /// <summary>Waits for the loop to end, if nobody has stopped it before: its thread uses what is disposed of here.</summary>
    public void Dispose()
    {
        EndInbox();
        if (thread.IsAlive)
            thread.Join();
        inbox.Dispose();
    }

    private void EndInbox()
    {
        stopping = true;
        inbox.End();
        if (thread.IsAlive)
            inbox.Wake();
    }

    // The loop --------------------------------------------------------------------------------------------------------------------

    private void Run()
    {
        var batch = new List<Input>(options.BatchSize);
        while (Collect(batch) && Process(batch))
            batch.Clear();
        // Whoever still waits after a last failed commit is told.
        while (inbox.TryTake(out var input))
            Refuse(input, "The server is stopping.");
        ended.SetResult();
    }

    // Waits for something to do; false when the loop is to end.
    private bool Collect(List<Input> batch)
    {
        while (true)
        {
            KeepHouse();
            var now = clock.GetUtcNow();
            // At most half of a batch are wakes, so neither side starves the other.
            while (batch.Count < Math.Max(1, options.BatchSize / 2) && alarms.TryTake(now, out var id))
                batch.Add(new(id, Wake, Asker: null));
            if (!loaded && (alarms.Next() is not { } next || next > now) && batch.Count == 0)
            {
                loaded = true;
                started.SetResult();
            }

            while (batch.Count < options.BatchSize && inbox.TryTake(out var input))
                batch.Add(input);

            if (batch.Count > 0)
                return true;
            if (inbox.IsOver)
                return false;
            Sleep(alarms.Next() is { } due ? Shorter(due - now, LongestSleep) : Timeout.InfiniteTimeSpan);
        }
    }

    // Gives space back that is not used any more, and notes a change of the machine's clock, so that after a crash it does not count as time that
    // was down. A store that fails here fails at the next commit as well, which sees to it.
    private void KeepHouse()
    {
        if (time.GetElapsedTime(housekept) < HousekeepingPeriod)
            return;
        housekept = time.GetTimestamp();
        try
        {
            var tidies = untidy;
            untidy = false; // Also if it fails: it is tried again after the next commit.
            if (tidies)
                untidy = store.Tidy();
            var reading = clock.Read();
            if ((reading.Behind - storedBehind).Duration() < ClockStep)
                return;
            storedBehind = reading.Behind;
            store.Commit([], reading);
        }
        catch (StoreException e)
        {
            LogNotTidied(e.Message);
        }
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private void Sleep(TimeSpan wait) => inbox.Sleep(
        untidy && (wait == Timeout.InfiniteTimeSpan || wait > HousekeepingPeriod) ? HousekeepingPeriod : wait);

    /// <summary>
    /// Handles and saves a batch. If a message makes its actor throw, nothing of what was handled counts: the actors that took part are
    /// dropped, to be made again from the store, and the batch is done again up to that message, then without it, then from the next on.
    /// </summary>
    /// <returns>False if the loop must end with the batch unsaved.</returns>
    private bool Process(List<Input> batch)
    {
        var now = clock.GetUtcNow();
        stats.Batch(batch.Count, now);
        var start = 0;
        var end = batch.Count;
        while (start < batch.Count)
        {
            if (TryHandle(batch, start, end, now, out var failedAt, out var failure))
            {
                if (!Commit(now))
                {
                    Abandon(batch, start);
                    return false;
                }

                Release(batch, start, end, now);
                start = end;
                end = batch.Count;
                continue;
            }

            DropTouched(now);
            if (failedAt > start)
            {
                end = failedAt;
                continue;
            }

            var poison = batch[start];
            NoteRefused(poison, failure!);
            Refuse(poison, "The message could not be handled.", failure);
            if (poison.Message is Game.Wake)
            {
                var wait = failedWakes.TryGetValue(poison.To, out var last) ? Twice(last, LongestWakeRetry) : options.WakeRetry;
                failedWakes[poison.To] = wait;
                alarms.Set(poison.To, now + wait);
            }

            start++;
            end = batch.Count;
        }

        return true;
    }

    private bool TryHandle(List<Input> batch, int start, int end, DateTimeOffset now, out int failedAt, out Exception? failure)
    {
        var index = start;
        try
        {
            for (; index < end; index++)
                HandleCascade(batch[index], now);
            // If an actor cannot be saved, halving the batch leads to the message that brought it there.
            index = start + ((end - start) / 2);
            PrepareChanges();
        }
        catch (Exception e)
        {
            // An actor may throw anything: whatever it is, only the message that caused it is refused.
            (failedAt, failure) = (index, e);
            return false;
        }

        (failedAt, failure) = (-1, null);
        return true;
    }

    private void HandleCascade(Input input, DateTimeOffset now)
    {
        var first = Find(input.To, now);
        var answer = Handle(first, input.Message, now);
        if (input.Asker is not null)
            caused.Answers.Add((input.Asker, answer));

        var handled = 1;
        while (cascade.TryDequeue(out var next))
        {
            if (++handled > options.CascadeLimit)
                throw new InvalidOperationException(
                    $"{input.Message.GetType().Name} to {input.To} causes more than {options.CascadeLimit} messages.");
            Handle(Find(next.To, now), next.Message, now);
        }

        stats.Handled(handled, now);
    }

    private Resident Find(ActorId id, DateTimeOffset now)
    {
        var resident = residents.Get(id, out var made);
        if (!made)
            return resident;

        // Only a player that had to be dropped has a connection that still lives.
        var attachment = id.Kind == ActorKind.Player ? connections.Attachment(id.Key) : null;
        if (resident.Stored)
            Handle(resident, new Loaded(SessionsLost: attachment is null, ScoresLost: false), now);
        if (attachment is not null)
            Handle(resident, attachment, now);
        return resident;
    }

    private object? Handle(Resident resident, Message message, DateTimeOffset now)
    {
        if (!resident.Touched)
        {
            resident.Touched = true;
            caused.Touched.Add(resident);
        }

        effects.Clear();
        resident.Actor.Handle(message, now, effects);
        foreach (var envelope in effects.Messages)
            cascade.Enqueue((envelope.To, envelope.Message));
        caused.Frames.AddRange(effects.Frames);
        caused.Events.AddRange(effects.Events);
        foreach (var call in effects.Calls)
            caused.Calls.Add((resident.Actor.Id, call));
        // A score (Soon) is saved with the rest: the commit that others wait for anyway makes it nearly free.
        if (effects.Durability != Durability.None)
            resident.Changed = true;
        return effects.Answer;
    }

    private void PrepareChanges()
    {
        foreach (var resident in caused.Touched)
        {
            var actor = resident.Actor;
            if (actor.Erased)
            {
                if (resident.Stored)
                    caused.Changes.Add(new(actor.Id, State: null, Busy: false, Due: null, TailChange.None));
            }
            else if (resident.Changed)
            {
                saved.ResetWrittenCount();
                actor.Save(saved);
                caused.Changes.Add(new(actor.Id, saved.WrittenSpan.ToArray(), actor.Busy, actor.Due, actor.TakeTailChange()));
            }
        }
    }

    // Tries until it is done. What was handled stays in memory and its effects stay here meanwhile, so nothing that left is ever untrue.
    private bool Commit(DateTimeOffset now)
    {
        if (caused.Changes.Count == 0)
            return true;
        var began = time.GetTimestamp();
        var retry = options.CommitRetry;
        while (true)
        {
            try
            {
                var reading = clock.Read();
                store.Commit(caused.Changes, reading);
                storedBehind = reading.Behind;
                untidy = true;
                break;
            }
            catch (StoreException e)
            {
                if (stopping)
                {
                    LeftUnsaved = true;
                    LogNotSaved(caused.Changes.Count, e);
                    return false;
                }

                if (!storeFailing)
                    LogStoreFailed(e.Message);
                storeFailing = true;
                stats.FailedCommit();
                WaitOut(retry);
                retry = Twice(retry, LongestCommitRetry);
            }
        }

        if (storeFailing)
        {
            storeFailing = false;
            LogStoreBack();
        }

        stats.Commit(time.GetElapsedTime(began), now);
        return true;
    }

    // While the store fails: requests and questions are refused at once, for they would come true who knows when. What connections
    // come and go is kept for later, because nobody would say it again.
    private void WaitOut(TimeSpan pause)
    {
        var began = time.GetTimestamp();
        while (!stopping && pause - time.GetElapsedTime(began) is var left && left > TimeSpan.Zero)
        {
            while (inbox.TryTakeNew(out var input))
            {
                if (input.Message is Request || input.Asker is not null)
                    Refuse(input, "The server cannot save anything at the moment; try again.");
                else
                    inbox.Postpone(input);
            }

            Sleep(left);
        }
    }

    private void Release(List<Input> batch, int start, int end, DateTimeOffset now)
    {
        // What is counted comes first: who hears of something finds it in the counts.
        foreach (var happened in caused.Events)
            stats.Add(happened, now);
        foreach (var resident in caused.Touched)
        {
            resident.Touched = false;
            if (resident.Changed)
                resident.Stored = true;
            resident.Changed = false;
            alarms.Set(resident.Actor.Id, resident.Actor.Erased ? null : NotAtOnce(resident.Actor.Due, now));
            residents.Settle(resident);
        }

        stats.Hold(residents.Count, alarms.Count, residents.Gauges);

        for (var index = start; index < end; index++)
        {
            connections.Note(batch[index].To.Key, batch[index].Message);
            if (failedWakes.Count > 0 && batch[index].Message is Game.Wake)
                failedWakes.Remove(batch[index].To);
        }

        foreach (var (connection, frame) in caused.Frames)
        {
            if (frame is PushFrame push)
                connections.Note(connection, push);
            clients.Deliver(connection, frame);
        }

        foreach (var (asker, answer) in caused.Answers)
            asker.Answer(answer);
        foreach (var (from, call) in caused.Calls)
            portCalls?.Post(from, call);
        for (var index = start; index < end; index++)
            NoteHandled(batch[index]);
        caused.Clear();
    }

    private static TimeSpan Twice(TimeSpan wait, TimeSpan longest) => 2 * wait < longest ? 2 * wait : longest;

    private void NoteRefused(Input poison, Exception failure)
    {
        stats.Failure();
        if (refusedLogged is { } last && time.GetElapsedTime(last) < RefusedLogPeriod)
        {
            refusedUnlogged++;
            return;
        }

        // A connect has the session's token in it.
        LogRefused(poison.Message is Connect ? nameof(Connect) : $"{poison.Message}", poison.To, refusedUnlogged, failure);
        (refusedLogged, refusedUnlogged) = (time.GetTimestamp(), 0);
    }

    // An actor that is still due after it was woken must not keep the loop busy with waking it.
    private static DateTimeOffset? NotAtOnce(DateTimeOffset? due, DateTimeOffset now) =>
        due <= now ? now + TimeSpan.FromMilliseconds(10) : due;

    private void DropTouched(DateTimeOffset now)
    {
        foreach (var resident in caused.Touched)
        {
            residents.Drop(resident);
            // Whatever it was in the middle of goes on from what is stored, even if nobody speaks to it.
            alarms.Set(resident.Actor.Id, now + TimeSpan.FromSeconds(1));
        }

        cascade.Clear();
        caused.Clear();
    }

    private void Abandon(List<Input> batch, int start)
    {
        for (var index = start; index < batch.Count; index++)
            Refuse(batch[index], "The server is stopping.");
    }

    // The edge reads on once it knows: it never has more of a connection in here than the answers' queue has room for.
    private void NoteHandled(Input input)
    {
        if (input.Message is Request request)
            clients.Handled(request.Connection);
    }

    private void Refuse(Input input, string why, Exception? cause = null)
    {
        input.Asker?.Fail(why, cause);
        switch (input.Message)
        {
            case Request request:
                clients.Deliver(
                    request.Connection, new ErrorFrame(new GameError(ErrorCode.Unavailable, why), request.Action.Name, request.Id));
                NoteHandled(input);
                break;
            case Connect connect:
                clients.Deliver(
                    connect.Connection, new CloseFrame(CloseCodes.Draining, "The server cannot take the connection now; reconnect."));
                break;
            default:
                connections.Note(input.To.Key, input.Message);
                break;
        }
    }

    [LoggerMessage(Level = LogLevel.Error,
        Message = "{Message} to {To} failed and was refused; its actors go on from what is stored. {Others} before it were not logged.")]
    private partial void LogRefused(string message, ActorId to, int others, Exception e);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Nothing can be saved: {Why} Requests are refused until it can.")]
    private partial void LogStoreFailed(string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The store could not be looked after: {Why}")]
    private partial void LogNotTidied(string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Saving works again.")]
    private partial void LogStoreBack();

    [LoggerMessage(Level = LogLevel.Critical, Message = "Stopped with {Count} changes that could not be saved; nobody was told of them.")]
    private partial void LogNotSaved(int count, Exception e);
}
