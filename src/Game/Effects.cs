using System.Collections.Immutable;

namespace GameServer.Game;

/// <summary>How safe the new state must be, and when.</summary>
public enum Durability : byte
{
    /// <summary>Nothing changed that matters after a crash.</summary>
    None = 0,

    /// <summary>Save within a second, or together with the next save. The effects need not wait.</summary>
    Soon = 1,

    /// <summary>Save the state, and the durable messages it sends, in one write, before any effect leaves.</summary>
    BeforeEffects = 2,
}

/// <summary>A message on its way from one actor to another.</summary>
/// <param name="To">The receiver.</param>
/// <param name="Message">The message.</param>
/// <param name="Durable">Delivered at least once, whatever crashes; otherwise at most once is enough.</param>
public readonly record struct Envelope(ActorId To, Message Message, bool Durable);

/// <summary>A frame on its way to one connection.</summary>
/// <param name="Connection">The receiver.</param>
/// <param name="Frame">The frame.</param>
public readonly record struct ClientEnvelope(ConnectionId Connection, ClientFrame Frame);

/// <summary>
/// What handling one message, or a batch of them, causes. Filled by an actor, carried out by its host, and reusable: the host clears it after
/// each batch.
/// </summary>
public sealed class Effects
{
    private readonly List<Envelope> messages = [];
    private readonly List<ClientEnvelope> frames = [];
    private readonly List<GameEvent> events = [];
    private readonly List<ExternalCall> calls = [];

    /// <summary>Messages to other actors, in order.</summary>
    public IReadOnlyList<Envelope> Messages => messages;

    /// <summary>Frames to clients, in order.</summary>
    public IReadOnlyList<ClientEnvelope> Frames => frames;

    /// <summary>What happened, for counters and logs. Loses nothing if ignored.</summary>
    public IReadOnlyList<GameEvent> Events => events;

    /// <summary>Calls to the world outside, each answered by a message to the actor that made it.</summary>
    public IReadOnlyList<ExternalCall> Calls => calls;

    /// <summary>The strongest durability asked for.</summary>
    public Durability Durability { get; private set; }

    /// <summary>The answer to a message that is a question (<see cref="Question{TAnswer}"/>); leaves like every other effect.</summary>
    public object? Answer { get; private set; }

    /// <summary>Asks for the state to be saved.</summary>
    public void Save(Durability durability)
    {
        if (durability > Durability)
            Durability = durability;
    }

    /// <summary>Sends a message that must arrive; it is saved with the state first.</summary>
    public void Send(ActorId to, Message message)
    {
        messages.Add(new(to, message, Durable: true));
        Save(Durability.BeforeEffects);
    }

    /// <summary>Sends a message that may be lost in a crash.</summary>
    public void SendVolatile(ActorId to, Message message) => messages.Add(new(to, message, Durable: false));

    /// <summary>Sends a frame to a client's connection, if it is still there.</summary>
    public void Deliver(ConnectionId connection, ClientFrame frame) => frames.Add(new(connection, frame));

    /// <summary>Answers the question being handled.</summary>
    public void Reply(object answer) => Answer = answer;

    /// <summary>The answer, once: a host that lets several messages share these effects takes it after each.</summary>
    public object? TakeAnswer()
    {
        var answer = Answer;
        Answer = null;
        return answer;
    }

    /// <summary>Nothing was caused.</summary>
    public bool IsEmpty =>
        messages.Count == 0 && frames.Count == 0 && events.Count == 0 && calls.Count == 0 && Durability == Durability.None
            && Answer is null;

    /// <summary>Asks the host to do something outside.</summary>
    public void Call(ExternalCall call) => calls.Add(call);

    /// <summary>Tells what happened.</summary>
    public void Tell(GameEvent happened) => events.Add(happened);

    /// <summary>Forgets everything, ready for the next use.</summary>
    public void Clear()
    {
        messages.Clear();
        frames.Clear();
        events.Clear();
        calls.Clear();
        Durability = Durability.None;
        Answer = null;
    }
}

/// <summary>
/// Something worth counting. <see cref="Name"/> is one of the constants here; <see cref="Value"/> is 1 for a plain count.
/// </summary>
/// <param name="Name">What happened.</param>
/// <param name="Value">How much, or how long in milliseconds.</param>
public readonly record struct GameEvent(string Name, double Value = 1)
{
    /// <summary>Players matched; the value is how long one of them waited, in milliseconds.</summary>
    public const string Matched = "matched";

    /// <summary>A battle has started.</summary>
    public const string BattleStarted = "battle_started";

    /// <summary>A battle has been settled.</summary>
    public const string BattleSettled = "battle_settled";

    /// <summary>A player did not come back in time and counts as dead.</summary>
    public const string GraceExpired = "grace_expired";

    /// <summary>A battle got a port on a battle server; the value is how long after it first asked, in milliseconds.</summary>
    public const string ServerAllocated = "server_allocated";

    /// <summary>A battle server sent no heartbeat for too long and counts as dead.</summary>
    public const string ServerDead = "server_dead";

    /// <summary>A battle lost its server and needs another.</summary>
    public const string BattleMoved = "battle_moved";

    /// <summary>All of them: what a host shows, from zero on.</summary>
    public static ImmutableArray<string> Names { get; } =
        [Matched, BattleStarted, BattleSettled, GraceExpired, ServerAllocated, ServerDead, BattleMoved];

    /// <summary>
    /// Under which name the values are added up, in milliseconds, where they are durations; else null. Under <see cref="Name"/> every host
    /// counts how often it happened, and nothing else.
    /// </summary>
    public string? SumName => Name switch
    {
        Matched => "matched_wait_ms_sum",
        ServerAllocated => "server_allocated_wait_ms_sum",
        _ => null,
    };
}
