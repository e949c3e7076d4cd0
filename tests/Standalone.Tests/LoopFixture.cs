using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Threading.Channels;
using GameServer.Clocks;
using GameServer.Edge;
using GameServer.Game;
using GameServer.Standalone.Loop;
using GameServer.Standalone.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace GameServer.Standalone.Tests;

/// <summary>An actor that does what its message says. Its state is a number, whether it is busy, and when it is due.</summary>
internal sealed class ScriptedActor(ActorId id, bool throws = false, Func<bool>? failsWhenWoken = null) : Actor(id)
{
    public int Value { get; set; }

    public bool InTheMiddle { get; set; }

    public DateTimeOffset? WakeAt { get; set; }

    public List<Message> Seen { get; } = [];

    public List<TailEntry> NewTail { get; } = [];

    public List<TailEntry> OldTail { get; } = [];

    public bool FailsToSave { get; set; }

    public bool IgnoresWakes { get; set; }

    public override DateTimeOffset? Due => WakeAt;

    public override bool Erased => Value < 0;

    public override bool Busy => InTheMiddle;

    public override void Handle(Message message, DateTimeOffset now, Effects effects)
    {
        Seen.Add(message);
        if (throws || (message is Wake && failsWhenWoken?.Invoke() == true))
            throw new InvalidOperationException("A bug.");
        switch (message)
        {
            case Do script: script.Script(this, now, effects); break;
            case Question question: effects.Reply(question.Answer(this, effects)); break;
            case Silence: break;
            case Wake when WakeAt <= now && !IgnoresWakes:
                WakeAt = null;
                Value++;
                effects.Save(Durability.BeforeEffects);
                break;
        }
    }

    public override void Save(IBufferWriter<byte> destination)
    {
        if (FailsToSave)
            throw new InvalidOperationException("This state cannot be written.");
        destination.Write(Encoding.UTF8.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{Value} {InTheMiddle} {WakeAt?.UtcTicks ?? 0}")));
    }

    public override TailChange TakeTailChange()
    {
        var tail = NewTail.ToArray();
        NewTail.Clear();
        return new(Cleared: false, tail);
    }

    public static ScriptedActor Load(ActorId id, ReadOnlySpan<byte> state, IEnumerable<TailEntry> tail, Func<bool> failsWhenWoken)
    {
        var parts = Encoding.UTF8.GetString(state).Split(' ');
        var ticks = long.Parse(parts[2], CultureInfo.InvariantCulture);
        var actor = new ScriptedActor(id, throws: false, failsWhenWoken)
        {
            Value = int.Parse(parts[0], CultureInfo.InvariantCulture),
            InTheMiddle = bool.Parse(parts[1]),
            WakeAt = ticks == 0 ? null : new DateTimeOffset(ticks, TimeSpan.Zero),
        };
        actor.OldTail.AddRange(tail);
        return actor;
    }
}

internal sealed record Do(Action<ScriptedActor, DateTimeOffset, Effects> Script) : Message;

internal sealed record Question(Func<ScriptedActor, Effects, object> Answer) : Question<object>
{
    /// <inheritdoc/>
    public override bool SameTwice => true;
}

internal sealed record Silence : Question<object>
{
    /// <inheritdoc/>
    public override bool SameTwice => true;
}

internal sealed class ScriptedActors : IActorFactory
{
    private int made;
    private volatile bool failsWhenWoken;

    /// <summary>Whether every actor throws when it is woken.</summary>
    public bool FailsWhenWoken { get => failsWhenWoken; set => failsWhenWoken = value; }

    /// <summary>How many actors were made so far.</summary>
    public int Made => made;

    /// <summary>The keys of actors that throw whatever they are told.</summary>
    public ConcurrentDictionary<string, byte> Throwing { get; } = [];

    public Actor Create(ActorId id)
    {
        Interlocked.Increment(ref made);
        return new ScriptedActor(id, Throwing.ContainsKey(id.Key), () => FailsWhenWoken);
    }

    public Actor Load(ActorId id, ReadOnlySpan<byte> state, IEnumerable<TailEntry> tail)
    {
        Interlocked.Increment(ref made);
        return ScriptedActor.Load(id, state, tail, () => FailsWhenWoken);
    }

    public (string Name, double Value)? Gauge(Actor actor) => ("scripted", 1);
}

/// <summary>A store in memory whose commits can be held up and made to fail.</summary>
internal sealed class StubbornStore : IStore
{
    private readonly MemoryStore inner = new();
    private volatile bool failing;

    public bool Failing { get => failing; set => failing = value; }

    /// <summary>Each commit waits here while it is reset.</summary>
    public ManualResetEventSlim Gate { get; } = new(initialState: true);

    /// <summary>Each commit that was tried, with the number of its changes.</summary>
    public Channel<int> Tried { get; } = Channel.CreateUnbounded<int>();

    public StoredActor? Load(ActorId id) => inner.Load(id);

    public IReadOnlyList<ActorId> LoadAwake() => inner.LoadAwake();

    public ClockReading? LoadClock() => inner.LoadClock();

    public bool Tidy() => false;

    public void Commit(IReadOnlyList<ActorChange> changes, ClockReading clock)
    {
        Tried.Writer.TryWrite(changes.Count);
        if (!Gate.Wait(TimeSpan.FromSeconds(30)))
            throw new TimeoutException("The test forgot to open the gate.");
        if (Failing)
            throw new StoreException("The disk is full.");
        inner.Commit(changes, clock);
    }

    public void Dispose() => Gate.Dispose();
}

/// <summary>Stands for the edge: keeps the frames.</summary>
internal sealed class Frames : IClientConnections
{
    private readonly Channel<ClientEnvelope> frames = Channel.CreateUnbounded<ClientEnvelope>();

    public void Deliver(ConnectionId connection, ClientFrame frame) => frames.Writer.TryWrite(new(connection, frame));

    public ConcurrentQueue<ConnectionId> Done { get; } = [];

    public void Handled(ConnectionId connection) => Done.Enqueue(connection);

    public bool Empty => !frames.Reader.TryPeek(out _);

    public async Task<ClientEnvelope> NextAsync() => await frames.Reader.ReadAsync().AsTask().WaitAsync(LoopFixture.Patience);
}

/// <summary>A loop with scripted actors.</summary>
internal sealed class LoopFixture : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public ManualTime Time { get; } = new();

    public Frames Frames { get; } = new();

    public ScriptedActors Factory { get; } = new();

    public required IStore Store { get; init; }

    public GameLoop Loop { get; private set; } = null!;

    public static async Task<LoopFixture> StartAsync(IStore store, GameLoopOptions? options = null, IPortMap? portMap = null)
    {
        var fixture = new LoopFixture { Store = store };
        fixture.Loop = new(
            new GameRules(), store, fixture.Factory, fixture.Frames, portMap, fixture.Time, NullLogger<GameLoop>.Instance, options ?? new());
        await fixture.Loop.StartAsync(CancellationToken.None).WaitAsync(Patience);
        return fixture;
    }

    public ValueTask Tell(string player, Action<ScriptedActor, DateTimeOffset, Effects> script) =>
        Loop.TellAsync(player, new Do(script), CancellationToken.None);

    public async Task<T> Ask<T>(ActorId id, Func<ScriptedActor, Effects, object> answer) =>
        (T)await Loop.AskAsync(id, new Question(answer), CancellationToken.None).AsTask().WaitAsync(Patience);

    public Task<int> Value(ActorId id) => Ask<int>(id, (actor, _) => actor.Value);

    public Task<double> Stat(string name) => Loop.StatsAsync(CancellationToken.None).AsTask().WaitAsync(Patience).ContinueWith(
        stats => stats.Result[name], TaskScheduler.Default);

    public async ValueTask DisposeAsync()
    {
        await Loop.StopAsync(CancellationToken.None).WaitAsync(Patience);
        Loop.Dispose();
    }

    public static ActorId Player(string name) => new(ActorKind.Player, name);

    public static ActorId Room(string name) => new(ActorKind.Room, name);
}
