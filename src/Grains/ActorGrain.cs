using System.Buffers;
using System.Text.Json;
using GameServer.Clocks;
using GameServer.Game;
using GameServer.Grains.Abstractions;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace GameServer.Grains;

/// <summary>
/// The shell that all actors share: hand the message to the actor, save what must be saved, carry out the effects.
/// <para>
/// An actor handles a message at once and without waiting, so the grain is reentrant: while one write is under way it takes further
/// messages, and all of them share the next write (group commit). Effects leave in the order in which they arose, and none before what it
/// rests on is saved.
/// </para>
/// <para>
/// Every write is conditional on the ETag of the last one. So of two activations of one grain, which a cluster can have for a moment, only
/// one can make a step: the other one's write fails, its effects never leave, the error escapes to its callers, and it is deactivated.
/// </para>
/// <para>
/// A message that must arrive is part of the write, stays in the outbox until its receiver has confirmed it, and is sent again after a
/// crash. Its removal is saved with whatever is written next: to send it once too often is harmless. When very much waits to be confirmed,
/// nothing new is taken until some of it is (<see cref="StoredBounds.MostOutboxBytes"/>), so the item stays small enough to be written.
/// </para>
/// <para>
/// What fails, whether it throws or cannot be saved, is undone by loading the actor again as it was saved last, after a rest that grows with
/// each failure (<see cref="FailingActors"/>). Meanwhile it is here and refuses everything, which costs neither storage nor log.
/// </para>
/// </summary>
[Reentrant]
public abstract partial class ActorGrain : Grain, IActorGrain
{
    /// <summary>The name of the grain storage that all actors use.</summary>
    public const string StorageName = "actors";

    /// <summary>
    /// How many of the newest entries of the tail are saved. The rest is in memory only: a client that needs it after a crash gets a
    /// snapshot.
    /// </summary>
    private const int SavedTail = 32;

    /// <summary>How late a state that may be saved late is saved; below the second that the design allows.</summary>
    private static readonly TimeSpan WriteBehind = TimeSpan.FromMilliseconds(750);

    /// <summary>A change of the machine's clock that is stored even if nothing else is: after a crash it must not count as time that was down.</summary>
    private static readonly TimeSpan ClockStep = TimeSpan.FromMilliseconds(100);

    /// <summary>A write that takes longer is worth a line in the log: players wait for it.</summary>
    private static readonly TimeSpan SlowWrite = TimeSpan.FromSeconds(1);

    private readonly IPersistentState<StoredActor> stored;
    private readonly GrainServices services;
    private readonly ILogger logger;
    private readonly Mailroom mailroom;
    private readonly Outbox<StoredMessage> outbox = new(message => message.Weight);
    private readonly ArrayBufferWriter<byte> buffer = new(512);
    private Actor? actor;

    /// <summary>
    /// The actor's own: its deadlines are stored, and go on by what has really passed on whatever silo it is loaded next, whose clock may be
    /// another.
    /// </summary>
    private SteadyClock clock = null!;

    private TimeSpan storedBehind;
    private Batch pending = new();
    private bool writing;
    private bool dirty;
    private bool busy;
    private Task noted = Task.CompletedTask;
    private bool failedBefore;
    private Exception? broken;
    private IGrainTimer? wake;
    private DateTimeOffset? wakeAt;
    private IGrainTimer? writeBehind;

    /// <summary>Makes the shell.</summary>
    /// <param name="kind">The actor's kind.</param>
    /// <param name="stored">Where it is stored.</param>
    /// <param name="services">What all shells share.</param>
    protected ActorGrain(ActorKind kind, IPersistentState<StoredActor> stored, GrainServices services)
    {
        Kind = kind;
        this.stored = stored;
        this.services = services;
        logger = services.Logger;
        mailroom = new(services, () => Address, outbox, NoteConfirmed);
    }

    /// <summary>The actor's kind.</summary>
    protected ActorKind Kind { get; }

    /// <summary>What all shells share.</summary>
    protected GrainServices Services => services;

    /// <summary>False once the actor is being put away, or failed: nothing is to be shown of it any more.</summary>
    protected bool Active { get; private set; } = true;

    /// <summary>
    /// Whether it takes mail while its outbox is full. Of two actors that wait for each other one must; it is the one that others tell only
    /// what it has asked for.
    /// </summary>
    protected virtual bool TakesMailWhenFull => false;

    /// <summary>The actor.</summary>
    protected Actor Actor => actor ?? throw new InvalidOperationException("The grain is not active yet.");

    /// <summary>Carries out the effects that only some actors have, now that they may leave.</summary>
    protected virtual void Release(Effects effects) { }

    /// <summary>Called after each message, to keep up to date what others show of this actor.</summary>
    protected virtual void Handled() { }

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = this.GetPrimaryKeyString();
        clock = new(services.Time, stored.State.Clock is { } last ? new(At(last.Steady), At(last.Wall)) : null);
        storedBehind = clock.Read().Behind;
        failedBefore = services.Failing.IsUnsaved(Address);
        if (stored.State.State is not { } state)
        {
            actor = services.Actors.Create(Address);
            return Task.CompletedTask;
        }

        try
        {
            actor = services.Actors.Load(Address, state, stored.State.Tail.Select(entry => new TailEntry(entry.Slot, entry.Json)));
            foreach (var message in stored.State.Outbox)
                outbox.Decide(message);
            outbox.Stored(stored.State.Outbox);
            foreach (var message in stored.State.Outbox)
                mailroom.Post(message, durable: true);

            // What that causes leaves, and is saved, with the call that the grain was loaded for: one write less for each, when a silo's
            // worth of grains is loaded at once.
            if (!Handle(new Loaded(SessionsLost: false, ScoresLost: true)).IsEmpty)
                SaveSoon();
        }
        catch (Exception exception)
        {
            Break(exception, saving: false); // Loading it again at once, for each that asks, would fail again.
        }

        return noted; // Before anybody takes the lost activation off the list.
    }

    /// <inheritdoc/>
    /// <remarks>For speed only: nothing that was confirmed rests on this being called.</remarks>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        outbox.Close();
        Active = false;
        Handled();
        if (broken is null && !writing && (dirty || outbox.Unconfirmed.Count < stored.State.Outbox.Length || MachineClockWasSet))
            await SaveAsync([]);
        if (busy && reason.ReasonCode != DeactivationReasonCode.ShuttingDown)
            services.Busy.Wake(Address); // Of a silo that shuts down the others take care.
    }

    /// <inheritdoc/>
    public ValueTask Receive(Mail[] mail)
    {
        ThrowIfBroken();
        var batch = pending;
        for (var i = 0; i < mail.Length; i++)
        {
            if (IsFull && !TakesMailWhenFull)
                return RefuseRest(batch, i, failed: -1, Full.Message);
            Message message;
            try
            {
                message = MessageJson.Read(mail[i].Json);
            }
            catch (JsonException exception)
            {
                return RefuseRest(batch, i, failed: i, exception.Message);
            }

            try
            {
                batch = Handle(message);
            }
            catch (Exception exception)
            {
                throw new MailRefusedException(taken: 0, failed: i, $"{exception.GetType().Name}: {exception.Message}");
            }
        }

        return Flush(batch);
    }

    /// <summary>Hands a message from outside to the actor; completes when its effects have left.</summary>
    protected ValueTask Tell(Message message)
    {
        ThrowIfFull();
        return Flush(Handle(message));
    }

    /// <summary>Asks the actor; completes with the answer when its effects have left.</summary>
    protected async ValueTask<TAnswer> Ask<TAnswer>(Question<TAnswer> question)
    {
        ThrowIfFull();
        var batch = Handle(question);
        var answer = batch.Effects.TakeAnswer();
        await Flush(batch);
        return (TAnswer)(answer ?? throw new InvalidOperationException($"{question.GetType().Name} was not answered."));
    }

    /// <summary>
    /// The answer to a question that anybody may ask about any name. With it an actor that has nothing under way is put away, and its entry
    /// in the directory goes: who asks for a million names leaves nothing behind in the cluster.
    /// </summary>
    protected async ValueTask<TAnswer> AnswerAnybody<TAnswer>(Question<TAnswer> question)
    {
        try
        {
            return await Ask(question);
        }
        finally
        {
            if (!busy)
                DeactivateOnIdle();
        }
    }

    /// <summary>
    /// Hands a message to the actor. Its effects are part of the batch returned, which leaves with <see cref="Flush(Batch)"/>.
    /// </summary>
    private Batch Handle(Message message)
    {
        ThrowIfBroken();
        try
        {
            Actor.Handle(message, clock.GetUtcNow(), pending.Effects);
        }
        catch (Exception exception)
        {
            // The state may be half changed, so nothing of it may be saved: the next activation begins with what was saved last.
            Break(exception, saving: false);
            throw;
        }

        pending.StoreDurable(outbox);
        SetWake();
        NoteBusy(outbox.Unconfirmed.Count);
        Handled();
        if (MachineClockWasSet)
            SaveSoon();
        return pending;
    }

    private bool MachineClockWasSet => stored.RecordExists && (clock.Read().Behind - storedBehind).Duration() >= ClockStep;

    private bool IsFull => outbox.Weight >= StoredBounds.MostOutboxBytes;

    private OrleansException Full => new($"{Address} takes nothing until more of what it has told others is confirmed; try again.");

    private void ThrowIfFull()
    {
        if (IsFull)
            throw Full;
    }

    private async ValueTask RefuseRest(Batch batch, int taken, int failed, string why)
    {
        await Flush(batch);
        throw new MailRefusedException(taken, failed, why);
    }

    private void NoteBusy(int unconfirmed)
    {
        var now = Actor.Busy || unconfirmed > 0;
        if (now == busy)
            return;
        busy = now;
        DelayDeactivation(busy ? TimeSpan.MaxValue : TimeSpan.Zero);
        if (busy)
            noted = services.Busy.AddAsync(Address);
        else
            services.Busy.Remove(Address);
    }

    private void ThrowIfBroken()
    {
        if (broken is not null)
            throw NotSaved(broken);
    }

    /// <summary>
    /// What callers are told: a kind of error that they know, whatever the storage's own is, and that says that another try is worth it.
    /// </summary>
    private OrleansException NotSaved(Exception why) =>
        new($"{Address} could not take the step and is loaded again; try again. ({why.Message})");

    private void Break(Exception exception, bool saving)
    {
        if (broken is not null)
            return;
        broken = exception;
        pending.Clear(); // Of a step that failed half-way nothing may leave.
        outbox.Close();
        wake?.Dispose();
        writeBehind?.Dispose();
        Active = false;
        Handled();
        var rest = services.Failing.Note(Address, exception, saving);
        if (rest == TimeSpan.Zero)
            DeactivateOnIdle();
        else
            this.RegisterGrainTimer(PutAway, new() { DueTime = rest, Period = Timeout.InfiniteTimeSpan, Interleave = true });
    }

    private Task PutAway(CancellationToken cancellationToken)
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    // Saving and letting leave -------------------------------------------------------------------------------------------------

    /// <summary>Lets the batch leave, once saved if it must be. Completes when it has left.</summary>
    private ValueTask Flush(Batch batch)
    {
        if (writing)
            return new(batch.Left); // The write under way does not cover it; the next one does.
        if (batch.Effects.Durability == Durability.BeforeEffects)
        {
            var left = batch.Left;
            WriteAsync().Ignore(); // A failure reaches every caller through its batch.
            return new(left);
        }

        Leave(batch);
        batch.Clear();
        return ValueTask.CompletedTask;
    }

    private async Task WriteAsync()
    {
        writing = true;
        var batch = pending;
        try
        {
            do
            {
                batch = pending;
                pending = new();
                if (batch.Effects.Durability == Durability.BeforeEffects)
                {
                    NoteBusy(outbox.Unconfirmed.Count + batch.Durable.Count);
                    await SaveAsync(batch.Durable);
                    await noted;
                }

                Leave(batch);
                batch.Complete(null);
            }
            while (broken is null && !pending.IsEmpty);
            if (broken is not null)
                pending.Complete(NotSaved(broken));
        }
        catch (Exception exception)
        {
            // Also a write whose outcome is not known: what storage holds now is read by the next activation.
            Break(exception, saving: true);
            batch.Complete(NotSaved(exception));
            pending.Complete(NotSaved(exception));
        }
        finally
        {
            writing = false;
        }
    }

    private async Task SaveAsync(List<StoredMessage> more)
    {
        dirty = false;
        if (Actor.Erased && outbox.Unconfirmed.Count == 0 && more.Count == 0)
        {
            if (stored.RecordExists)
                await stored.ClearStateAsync();
            DeactivateOnIdle();
            return;
        }

        buffer.ResetWrittenCount();
        Actor.Save(buffer);
        var reading = clock.Read();
        stored.State = new()
        {
            State = buffer.WrittenSpan.ToArray(),
            Tail = Newest(Actor.Tail(SavedTail)),
            Outbox = [.. outbox.Unconfirmed, .. more],
            Clock = Store(reading),
        };
        storedBehind = reading.Behind;
        _ = Actor.TakeTailChange();
        var began = services.Time.GetTimestamp();
        await stored.WriteStateAsync();
        outbox.Stored(more);
        if (failedBefore)
            services.Failing.NoteSaved(Address);
        failedBefore = false;
        if (services.Time.GetElapsedTime(began) is var took && took > SlowWrite)
            LogSlow(logger, Address, took.TotalSeconds);
    }

    /// <summary>As many of the newest entries as there is room for, without a gap among those of one kind.</summary>
    private static StoredTail[] Newest(IReadOnlyList<TailEntry> tail)
    {
        var (first, bytes) = (tail.Count, 0);
        while (first > 0 && (bytes += tail[first - 1].Utf8.Length) <= StoredBounds.MostTailBytes)
            first--;
        return [.. tail.Skip(first).Select(entry => new StoredTail(entry.Slot, entry.Utf8))];
    }

    private void Leave(Batch batch)
    {
        var effects = batch.Effects;
        var next = 0;
        foreach (var (to, message, isDurable) in effects.Messages)
        {
            if (isDurable)
                mailroom.Post(batch.Durable[next++], durable: true);
            else
                mailroom.Post(new((byte)to.Kind, to.Key, MessageJson.Write(message)), durable: false);
        }

        foreach (var happened in effects.Events)
            services.Counters.Add(happened);
        Release(effects);
        if (effects.Durability == Durability.Soon)
            SaveSoon();
    }

    private void SaveSoon()
    {
        if (dirty)
            return;
        dirty = true;
        writeBehind ??= this.RegisterGrainTimer(
            WriteDirty, new() { DueTime = Timeout.InfiniteTimeSpan, Period = Timeout.InfiniteTimeSpan, Interleave = true });
        writeBehind.Change(WriteBehind, Timeout.InfiniteTimeSpan);
    }

    private async Task WriteDirty(CancellationToken cancellationToken)
    {
        if (!dirty || broken is not null)
            return;
        pending.Effects.Save(Durability.BeforeEffects);
        await Flush(pending);
    }

    private void NoteConfirmed()
    {
        NoteBusy(outbox.Unconfirmed.Count);
        if (Actor.Erased && outbox.Unconfirmed.Count == 0)
            SaveSoon();
    }

    private static StoredClock Store(ClockReading reading) => new(reading.Steady.UtcTicks, reading.Wall.UtcTicks);

    private static DateTimeOffset At(long ticks) => new(ticks, TimeSpan.Zero);

    // Time ---------------------------------------------------------------------------------------------------------------------

    private void SetWake()
    {
        if (Actor.Due == wakeAt)
            return;
        wakeAt = Actor.Due;
        wake ??= this.RegisterGrainTimer(
            _ => Flush(Handle(new Wake())).AsTask(),
            new() { DueTime = Timeout.InfiniteTimeSpan, Period = Timeout.InfiniteTimeSpan, Interleave = true });
        if (wakeAt is not { } due)
        {
            wake.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        // A timer may fire a little early, and then nothing happens: so it is set a little late, and re-armed until the deadline has passed.
        var delay = due - clock.GetUtcNow() + TimeSpan.FromMilliseconds(1);
        wake.Change(delay > TimeSpan.Zero ? delay : TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(250));
    }

    private ActorId Address => new(Kind, this.GetPrimaryKeyString());

    [LoggerMessage(2, LogLevel.Warning, "{Actor} took {Seconds:0.0} s to be saved; its players wait.")]
    private static partial void LogSlow(ILogger logger, ActorId actor, double seconds);

    /// <summary>What leaves together.</summary>
    private sealed class Batch
    {
        private TaskCompletionSource? left;
        private int stored;

        public Effects Effects { get; } = new();

        /// <summary>The messages that must arrive, as they are stored and sent, in order.</summary>
        public List<StoredMessage> Durable { get; } = [];

        /// <summary>
        /// Completes when the batch has left. Who asks for it waits for it, so a batch that causes nothing has to leave as well.
        /// </summary>
        public Task Left => (left ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

        public bool IsEmpty => left is null && Effects.IsEmpty;

        /// <summary>Nothing is caused. Who waits for it to leave goes on waiting.</summary>
        public void Clear()
        {
            Effects.Clear();
            Durable.Clear();
            stored = 0;
        }

        /// <summary>Brings the messages that must arrive into their stored form.</summary>
        public void StoreDurable(Outbox<StoredMessage> outbox)
        {
            for (; stored < Effects.Messages.Count; stored++)
            {
                if (Effects.Messages[stored] is not { Durable: true } envelope)
                    continue;
                Durable.Add(new((byte)envelope.To.Kind, envelope.To.Key, MessageJson.Write(envelope.Message)));
                outbox.Decide(Durable[^1]);
            }
        }

        public void Complete(Exception? failure)
        {
            if (failure is null)
                left?.TrySetResult();
            else
                left?.TrySetException(failure);
        }
    }
}
