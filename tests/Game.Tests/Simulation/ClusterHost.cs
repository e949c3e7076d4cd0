namespace GameServer.Game.Tests.Simulation;

/// <summary>
/// A cluster: actors live in several processes and send messages over a network. Between two actors first deliveries keep their
/// order; a durable message is saved with the sender's state and sent until the receiver handled it; a volatile one dies with either
/// actor. Any of them may come again late. Scores are saved within a second; everything else before its effects leave.
/// </summary>
internal sealed class ClusterHost(SimulatedWorld world) : SimulatedHost(world)
{
    private const int Processes = 3;
    private readonly Dictionary<Connection, DateTimeOffset> lastArrival = [];
    private readonly Dictionary<Connection, SimulatedSession> sessions = [];

    public override void FromEdge(Connection connection, Message message)
    {
        switch (message)
        {
            case Connect connect:
                var session = new SimulatedSession(World, this, connection, connect);
                sessions.Add(connection, session);
                session.Tell(new SessionInput.Opened());
                break;
            case Disconnect:
                sessions[connection].Tell(new SessionInput.ClientGone());
                break;
            default:
                sessions[connection].FromClient(message);
                break;
        }
    }

    /// <summary>A gateway calls a player, whose grain answers if it can.</summary>
    public SessionInput Call(Connection connection, SessionTask.Call call)
    {
        var cell = CellOf(connection.Player.Id);
        var cutOff = World.Stormy && World.Now < cell.CutOffUntil;
        if (cutOff && World.Chance(0.5))
            return new SessionInput.CallFailed();
        SessionInput answer = call.Message switch
        {
            Connect connect => Attach(connection, cell, connect, call.Attachment),
            CheckSession check => Check(connection, cell, check),
            Request when cell.Gateways.Find(connection.Id) is null => new SessionInput.NotKnown(), // What came of it could not be told.
            var message => Run(cell, message) ? new SessionInput.CallSucceeded() : new SessionInput.CallFailed(),
        };
        return cutOff ? new SessionInput.CallFailed() : answer;
    }

    public override void MustBeOver()
    {
        foreach (var (connection, session) in sessions)
        {
            if (!connection.GatewayGone)
                session.MustBeOver();
        }
    }

    private SessionInput Attach(Connection connection, Cell cell, Connect connect, int attachment)
    {
        if (connect.Again)
            World.Log($"* {connection.Player.Name}#{connection.Id.Number} is attached again, has {connect.LastSeq}");
        cell.Gateways.Attach(connection.Id, connection.Id.Gateway, attachment);
        if (cell.Unhealed is { } unhealed && unhealed != connection.Id)
            World.Judge.ExcuseScores(connection.Player.Name);
        if (!Run(cell, connect))
            return new SessionInput.CallFailed();
        (cell.Unhealed, cell.Holder) = (null, connection.Id);
        return new SessionInput.CallSucceeded();
    }

    private SessionInput Check(Connection connection, Cell cell, CheckSession check)
    {
        if (!Run(cell, check))
            return new SessionInput.CallFailed();
        var status = (SessionStatus)Answer!;
        return new SessionInput.Checked(cell.Gateways.Find(connection.Id) is null ? status with { Attached = false } : status);
    }

    /// <summary>Sends what waits for a receiver, if its sender is still the one that said so.</summary>
    private void SendTo(Cell cell, Outbox<InFlight> outbox, ActorId to)
    {
        if (outbox.Next(to) is not { Count: > 0 } next)
            return;
        var call = new MailCall(to, [.. Bug.Sends(next)]);
        cell.Calls.Add(call);
        World.After(World.Travel(), () =>
        {
            if (!cell.Calls.Remove(call))
                return; // Lost with its sender, or arrived in its last moment.
            var taken = Receive(call);
            // The answer may be lost, and the receiver may be full.
            var answered = !World.Stormy || !World.Weather.Crashes || !World.Chance(0.002);
            World.After(World.Travel(), () => Hear(cell, outbox, call, answered ? taken : 0));
        });
    }

    private void Hear(Cell cell, Outbox<InFlight> outbox, MailCall call, int taken)
    {
        if (taken == call.Messages.Count || Bug.TakesFailedForTaken)
        {
            outbox.Took(call.To);
            SendTo(cell, outbox, call.To);
            return;
        }

        if (taken > 0)
            outbox.Refused(call.To, taken, failed: -1);
        World.After(outbox.WaitAfterFailure(call.To, new(World.Now.Ticks)), () => SendTo(cell, outbox, call.To));
    }

    /// <summary>
    /// A receiver takes mail. Answers how many of it: all, or none if it crashed and nobody knows, or some if it is full and says so.
    /// </summary>
    private int Receive(MailCall call)
    {
        var takes = World.Stormy && World.Chance(0.005) ? World.Random.Next(call.Messages.Count + 1) : call.Messages.Count;
        foreach (var message in call.Messages.Take(takes))
        {
            if (call.To.Kind == ActorKind.BattleServerRegistry)
                World.Servers.Hear(message.Envelope.Message);
            else if (!Run(CellOf(call.To), message.Envelope.Message))
                return 0;
            if (World.Stormy && World.Weather.Repeats && World.Chance(0.01))
                World.After(World.Between(0, World.Chance(0.5) ? 1 : 90), () => Repeat(message));
        }

        return takes;
    }

    private void Repeat(InFlight message)
    {
        if (message.Envelope.To.Kind == ActorKind.BattleServerRegistry)
            return;
        World.Log($"  again, from {message.From}:");
        Run(CellOf(message.Envelope.To), message.Envelope.Message);
    }

    private OutboxMutant Bug => World.Mutation?.Outbox ?? OutboxMutant.None;

    /// <summary>False if the actor crashed before it was done and saved.</summary>
    private bool Run(Cell cell, Message message)
    {
        if (cell.Live is null)
        {
            cell.Live = StoredActor.Make(World, cell.Id, cell.Stored);
            cell.Process = World.Random.Next(Processes);
            if (cell.Stored is not null)
                Run(cell, new Loaded(SessionsLost: false, ScoresLost: true));
            if (cell.Live is null)
                return false; // Crashed again.
        }

        var effects = new Effects();
        Handle(cell, message, effects);
        if (CrashNow(0.002))
        {
            Crash(cell, "before it saved");
            return false;
        }

        var sent = effects.Messages.Select(envelope => new InFlight(cell.Id, envelope)).ToList();
        var durable = sent.Where(s => s.Envelope.Durable).ToList();
        durable.ForEach(cell.Outbox.Decide);
        if (effects.Durability == Durability.BeforeEffects || cell.Live!.Erased)
        {
            Save(cell, durable);
            cell.SaveIsComing = false;
            World.Judge.Committed(message, sent);
            if (CrashNow(0.002))
            {
                Crash(cell, "between the save and the effects");
                return false;
            }
        }
        else
        {
            World.Judge.Committed(message, sent);
            if (effects.Durability == Durability.Soon && !cell.SaveIsComing)
                SaveSoon(cell);
        }

        foreach (var leaving in sent)
            Send(cell, leaving);
        foreach (var frame in effects.Frames)
            Deliver(cell, frame);
        if (cell.Live!.Erased)
            Forget(cell);
        else
            SetWake(cell);
        return true;
    }

    private void SaveSoon(Cell cell)
    {
        cell.SaveIsComing = true;
        var incarnation = cell.Incarnation;
        World.After(World.Between(0, 1), () =>
        {
            if (cell.Incarnation != incarnation || !cell.SaveIsComing)
                return;
            Save(cell, []);
            cell.SaveIsComing = false;
        });
    }

    private void Save(Cell cell, List<InFlight> decided)
    {
        Save(cell);
        cell.StoredOutbox = [.. cell.Outbox.Unconfirmed.Concat(decided).Where(Bug.Stores)];
        cell.Outbox.Stored(decided);
    }

    private void Send(Cell cell, InFlight message, TimeSpan delay = default)
    {
        if (World.Traced)
            World.Log($"    {message.From} {(message.Envelope.Durable ? "=>" : "->")} {message.Envelope.To} {message.Envelope.Message.GetType().Name}");
        var (outbox, to) = (cell.Outbox, message.Envelope.To);
        if (outbox.Post(to, message, message.Envelope.Durable))
            World.After(delay, () => SendTo(cell, outbox, to));
    }

    private void Deliver(Cell cell, ClientEnvelope sent)
    {
        if (!World.Judge.Connections.TryGetValue(sent.Connection, out var connection)
            || cell.Gateways.Find(sent.Connection) is not { } gateway)
            return;

        var frame = new SessionInput.FrameArrived(sent.Frame, ((Player)cell.Actor).SessionStart, gateway.NextOrder(sent.Connection));
        if (connection.GatewayGone || (World.Stormy && World.Weather.Crashes && World.Chance(0.001)))
            return; // One way: nobody notices that it is lost, but by what comes after it.

        // Mostly in order, whatever the delay; now and then one overtakes others.
        var at = World.Now + World.Travel();
        if (lastArrival.TryGetValue(connection, out var last) && last > at && (!World.Weather.Repeats || World.Chance(0.9)))
            at = last;
        lastArrival[connection] = last > at ? last : at;
        var session = sessions[connection];
        session.Arriving.Add(frame);
        World.At(at, () => session.Arrive(frame));
    }

    private void SetWake(Cell cell)
    {
        if (cell.Live!.Due is not { } due || cell.WakeAt <= due)
            return;
        cell.WakeAt = due;
        var incarnation = cell.Incarnation;
        World.At((due < World.Now ? World.Now : due) + World.Between(0, World.Chance(0.1) ? 2 : 0.02), () =>
        {
            if (cell.Incarnation != incarnation || cell.WakeAt != due)
                return;
            cell.WakeAt = null;
            if (cell.Live!.Due <= World.Now)
                Run(cell, new Wake());
            else
                SetWake(cell);
        });
    }

    private void Crash(Cell cell, string when)
    {
        World.Log($"* {cell.Id} crashes {when}");
        Forget(cell);

        // Calls on their way arrive now or never. What was saved is sent again, before anything new: between two actors the order stays.
        foreach (var call in cell.Calls.Where(_ => World.Chance(0.5)).ToList())
            World.After(TimeSpan.Zero, () => Receive(call));
        cell.Calls.Clear();
        cell.Outbox.Close();
        cell.Outbox = new(_ => 1);
        cell.StoredOutbox.ForEach(cell.Outbox.Decide);
        cell.Outbox.Stored(cell.StoredOutbox);
        var delay = World.Between(0.1, 2);
        foreach (var message in cell.StoredOutbox.Where(Bug.Restores))
            Send(cell, message, delay);

        if (cell.Stored is { Busy: true })
            World.After(World.Between(0.1, 3), () => { if (cell.Live is null && cell.Stored is not null) Run(cell, new Wake()); });
        if (cell.Id.Kind == ActorKind.Player)
        {
            cell.Unhealed ??= cell.Holder;
            World.Judge.ExcuseOldScores(cell.Id.Key);
            foreach (var (connection, session) in sessions.Where(s => s.Key.Player.Id == cell.Id && !s.Key.GatewayGone))
            {
                // What its process had sent arrives, or is lost, or comes late; and the gateway notices soon that the process is gone.
                var (lost, late) = (World.Pick([0, 0.5, 1]), World.Pick([0, 0.5]));
                session.Arriving.RemoveAll(_ => World.Chance(lost));
                foreach (var frame in session.Arriving.Where(_ => World.Chance(late)).ToList())
                {
                    session.Arriving.Remove(frame);
                    World.After(World.Between(0, 4), () => session.Tell(frame));
                }

                session.LookBy(World.Now + World.Between(0.05, 1.5));
            }
        }
    }

    public override bool TryTell(ActorId id, Message message) => Run(CellOf(id), message);

    public override void Mischief()
    {
        if (CrashNow(0.1))
        {
            if (World.Chance(0.7))
            {
                var process = World.Random.Next(Processes);
                World.Log($"* process {process} crashes");
                foreach (var cell in Cells.Where(c => c.Live is not null && c.Process == process).ToList())
                    Crash(cell, "with its process");
            }
            else
            {
                var gateway = World.Pick(World.Judge.Gateways);
                World.Judge.Gateways[World.Judge.Gateways.IndexOf(gateway)] = $"gateway{World.Random.Next(100, 1000)}";
                World.Log($"* {gateway} crashes");
                foreach (var connection in World.Judge.Connections.Values.Where(c => c.Id.Gateway == gateway && !c.GatewayGone).ToList())
                {
                    connection.LoseGateway();
                    World.After(World.Between(1, 6), () => TellLost(connection));
                }
            }
        }

        // An actor that is in the middle of nothing may be unloaded at any time.
        var idle = Cells.Where(c => c.Live is { Busy: false } && !c.SaveIsComing && c.Stored is not null).ToList();
        if (idle.Count > 0 && World.Chance(0.1))
        {
            var cell = World.Pick(idle);
            World.Log($"* {cell.Id} is unloaded");
            Forget(cell);
        }

        // No gateway reaches a player for a while, or does not know that it has.
        var players = Cells.Where(c => c.Id.Kind == ActorKind.Player && c.Live is not null).ToList();
        if (players.Count > 0 && CrashNow(0.02))
        {
            var cell = World.Pick(players);
            cell.CutOffUntil = World.Now + World.Between(1, 25);
            World.Log($"* {cell.Id} cannot be reached");
        }

        // An early wake does nothing, and a gateway may look again now and then.
        var live = Cells.Where(c => c.Live is not null).ToList();
        if (live.Count > 0 && World.Chance(0.1))
            Run(World.Pick(live), new Wake());
        var open = World.Judge.Connections.Values.Where(c => c.IsOpen).ToList();
        if (open.Count > 0 && World.Chance(0.1))
            sessions[World.Pick(open)].LookBy(World.Now);
    }

    /// <summary>A gateway is gone: the cluster notices, and tells the players whose connections it had.</summary>
    private void TellLost(Connection connection)
    {
        if (!Run(CellOf(connection.Player.Id), new GatewayLost(connection.Id.Gateway)))
            World.After(World.Between(0.1, 1), () => TellLost(connection));
    }
}
