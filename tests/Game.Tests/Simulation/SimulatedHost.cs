namespace GameServer.Game.Tests.Simulation;

/// <summary>One actor as its host holds it.</summary>
internal sealed class Cell(ActorId id)
{
    public ActorId Id { get; } = id;
    public Actor? Live { get; set; }
    public StoredActor? Stored { get; set; }

    /// <summary>Handed in by what was started for an earlier incarnation, which is gone.</summary>
    public int Incarnation { get; set; }

    public DateTimeOffset? WakeAt { get; set; }
    public bool SaveIsComing { get; set; }
    public int Process { get; set; }

    /// <summary>For a player: the connection whose gateway has not yet said what was lost in the last crash.</summary>
    public ConnectionId? Unhealed { get; set; }

    /// <summary>For a player: the connection that was attached last.</summary>
    public ConnectionId? Holder { get; set; }

    /// <summary>For a player: the gateways that attached a connection in this incarnation.</summary>
    public AttachedGateways<string> Gateways { get; } = new();

    /// <summary>For a player: until then no call of a gateway has an answer.</summary>
    public DateTimeOffset CutOffUntil { get; set; }

    /// <summary>The actor itself, without the bug put into it.</summary>
    public Actor Actor => Live is Mutant mutant ? mutant.Inner : Live!;

    /// <summary>For a matchmaker: what it should know, and what it should have stored.</summary>
    public QueueModel? Queue { get; set; }
    public QueueModel? StoredQueue { get; set; }

    /// <summary>In a cluster, what it has told others.</summary>
    public Outbox<InFlight> Outbox { get; set; } = new(_ => 1);

    /// <summary>What of that was not confirmed when it was saved.</summary>
    public List<InFlight> StoredOutbox { get; set; } = [];

    /// <summary>Its calls to others that are on their way.</summary>
    public List<MailCall> Calls { get; } = [];
}

/// <summary>A call with mail.</summary>
internal sealed record MailCall(ActorId To, IReadOnlyList<InFlight> Messages);

/// <summary>A message on its way.</summary>
internal sealed class InFlight(ActorId from, Envelope envelope)
{
    public ActorId From { get; } = from;
    public Envelope Envelope { get; } = envelope;
    public override string ToString() => $"{From} => {Envelope.To} {Envelope.Message}";
}

/// <summary>What both hosts share: the actors, their storage, and the sockets of the clients.</summary>
internal abstract class SimulatedHost(SimulatedWorld world)
{
    private readonly SortedDictionary<string, Cell> cells = new(StringComparer.Ordinal);
    private DateTimeOffset calmUntil;

    protected SimulatedWorld World { get; } = world;

    /// <summary>The answer to the last message that was a question.</summary>
    public object? Answer { get; private set; }

    public IReadOnlyCollection<Cell> Cells => cells.Values;

    public Cell CellOf(ActorId id)
    {
        if (!cells.TryGetValue(id.ToString(), out var cell))
            cells.Add(id.ToString(), cell = new(id));
        return cell;
    }

    /// <summary>A gateway hands in what a client caused.</summary>
    public abstract void FromEdge(Connection connection, Message message);

    /// <summary>Nobody is connected any more, and nothing is left of those who were.</summary>
    public virtual void MustBeOver() { }

    /// <summary>Things that go wrong now and then on their own.</summary>
    public abstract void Mischief();

    /// <summary>
    /// Whether to crash at this moment. The protocol promises that no crash of one process loses anything, so the next crash waits until
    /// the last one is healed.
    /// </summary>
    protected bool CrashNow(double probability)
    {
        if (!World.Stormy || !World.Weather.Crashes || World.Now < calmUntil || !World.Chance(probability))
            return false;
        calmUntil = World.Now + World.Between(8, 20);
        return true;
    }

    /// <summary>Lets the actor handle the message and the judge see it; an exception is a broken promise.</summary>
    protected void Handle(Cell cell, Message message, Effects effects)
    {
        if (World.Traced)
            World.Log($"  {cell.Id} <= {message}");
        try
        {
            cell.Live!.Handle(message, World.Now, effects);
        }
        catch (Exception exception) when (exception is not BrokenPromiseException)
        {
            World.Fail($"{cell.Id} threw on {message}: {exception}");
        }

        World.Judge.LooksAt(cell.Live!);
        Answer = effects.Answer ?? Answer;
        if (cell.Id.Kind == ActorKind.Matchmaker)
            (cell.Queue ??= new()).Follow(World, cell.Id, message, effects);
    }

    /// <summary>Asks an actor when all is quiet.</summary>
    public object? Ask(ActorId id, Message question)
    {
        TryTell(id, question);
        return Answer;
    }

    /// <summary>
    /// Lets an actor handle a message at once. False if a crash came before it was known that it had, and that what came of it was saved.
    /// </summary>
    public abstract bool TryTell(ActorId id, Message message);

    /// <summary>The actor's memory is lost, and with it the model's.</summary>
    protected static void Forget(Cell cell)
    {
        cell.Live = null;
        cell.Incarnation++;
        cell.WakeAt = null;
        cell.SaveIsComing = false;
        cell.Gateways.Clear();
        cell.Queue = cell.StoredQueue?.Copy();
    }

    protected void Save(Cell cell)
    {
        cell.StoredQueue = cell.Queue?.Copy();
        if (cell.Live!.Erased)
        {
            if (cell.Stored is not null && World.Traced)
                World.Log($"  {cell.Id} erased");
            cell.Stored = null;
        }
        else
        {
            cell.Stored = StoredActor.Of(cell.Live, cell.Stored);
            if (World.Chance(0.02))
                World.Judge.ComesBackTheSame(cell);
        }
    }
}
