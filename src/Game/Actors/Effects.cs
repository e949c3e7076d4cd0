namespace GameServer.Game;

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
