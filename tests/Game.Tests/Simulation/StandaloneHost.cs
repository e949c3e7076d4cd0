namespace GameServer.Game.Tests.Simulation;

/// <summary>
/// One process: a loop takes what has arrived, lets the actors handle it and all that it causes, saves every changed state in one
/// write, and only then lets the frames leave. A crash takes all actors and all connections.
/// </summary>
internal sealed class StandaloneHost(SimulatedWorld world) : SimulatedHost(world)
{
    private readonly Queue<(ActorId To, Message Message)> inbox = new();
    private readonly List<InFlight> sent = [];
    private readonly List<ClientEnvelope> frames = [];
    private readonly List<Cell> changed = [];
    private bool turnIsComing;
    private int life;
    private bool down;

    public override void FromEdge(Connection connection, Message message)
    {
        if (down)
            connection.LoseGateway();
        else
            Arrive(connection.Player.Id, message);
    }

    private void Arrive(ActorId to, Message message)
    {
        inbox.Enqueue((to, message));
        if (turnIsComing)
            return;
        turnIsComing = true;
        var now = life;
        World.After(World.Between(0, 0.003), () =>
        {
            if (life == now)
                Turn();
        });
    }

    private void Turn()
    {
        turnIsComing = false;
        while (inbox.TryDequeue(out var arrived))
            Run(CellOf(arrived.To), arrived.Message);
        if (CrashNow(0.003))
        {
            Crash("before it saved");
            return;
        }

        foreach (var cell in changed)
        {
            if (cell.Live is not null)
                Save(cell);
        }

        changed.Clear();
        World.Judge.Committed(null, sent);
        // The registry is in the same process, so it has what was saved; only the servers are outside.
        foreach (var message in sent.Where(s => s.Envelope.To.Kind == ActorKind.BattleServerRegistry))
            World.Servers.Hear(message.Envelope.Message);
        sent.Clear();
        if (CrashNow(0.003))
        {
            Crash("between the save and the effects");
            return;
        }

        foreach (var frame in frames)
        {
            if (World.Judge.Connections.TryGetValue(frame.Connection, out var connection))
                connection.Give(frame.Frame);
        }

        frames.Clear();
        foreach (var cell in Cells.Where(c => c.Live is not null).ToList())
        {
            if (cell.Live!.Erased)
                Forget(cell);
            else
                SetWake(cell);
        }
    }

    public override bool TryTell(ActorId id, Message message)
    {
        if (down)
            return false;
        var now = life;
        inbox.Enqueue((id, message));
        Turn();
        return life == now;
    }

    private void Run(Cell cell, Message message)
    {
        if (cell.Live is null)
        {
            cell.Live = StoredActor.Make(World, cell.Id, cell.Stored);
            if (cell.Stored is not null)
                Run(cell, new Loaded(SessionsLost: true, ScoresLost: false));
        }

        var effects = new Effects();
        Handle(cell, message, effects);
        if ((effects.Durability != Durability.None || cell.Live!.Erased) && !changed.Contains(cell))
            changed.Add(cell);
        frames.AddRange(effects.Frames);
        foreach (var envelope in effects.Messages)
        {
            sent.Add(new(cell.Id, envelope));
            if (envelope.To.Kind != ActorKind.BattleServerRegistry)
                inbox.Enqueue((envelope.To, envelope.Message));
        }
    }

    private void SetWake(Cell cell)
    {
        if (cell.Live!.Due is not { } due || cell.WakeAt <= due)
            return;
        cell.WakeAt = due;
        var now = life;
        World.At((due < World.Now ? World.Now : due) + World.Between(0, World.Chance(0.1) ? 2 : 0.02), () =>
        {
            if (life != now || cell.WakeAt != due)
                return;
            cell.WakeAt = null;
            if (cell.Live?.Due <= World.Now)
                Arrive(cell.Id, new Wake());
            else if (cell.Live is not null)
                SetWake(cell);
        });
    }

    private void Crash(string when)
    {
        World.Log($"* the process crashes {when}");
        life++;
        down = true;
        turnIsComing = false;
        inbox.Clear();
        sent.Clear();
        frames.Clear();
        changed.Clear();
        foreach (var cell in Cells)
            Forget(cell);

        foreach (var connection in World.Judge.Connections.Values.Where(c => !c.GatewayGone).ToList())
            connection.LoseGateway();
        World.After(World.Between(0.1, World.Chance(0.2) ? 40 : 3), () =>
        {
            World.Log("* the process starts again");
            down = false;
            foreach (var cell in Cells.Where(c => c.Stored is { Busy: true }).OrderBy(_ => World.Random.Next()).ToList())
                Arrive(cell.Id, new Wake());
        });
    }

    public override void Mischief()
    {
        if (!down && CrashNow(0.1))
        {
            Crash("on its own");
            return;
        }

        var idle = Cells.Where(c => c.Live is { Busy: false } && c.Stored is not null).ToList();
        if (!turnIsComing && idle.Count > 0 && World.Chance(0.1))
            Forget(World.Pick(idle));
        var live = Cells.Where(c => c.Live is not null).ToList();
        if (live.Count > 0 && World.Chance(0.1))
            Arrive(World.Pick(live).Id, new Wake());
    }
}
