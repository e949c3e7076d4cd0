namespace GameServer.Game.Tests.Simulation;

/// <summary>
/// A cluster: actors live in several processes and send messages over a network. Between two actors first deliveries keep their
/// order; a durable message is saved with the sender's state and sent until the receiver handled it; a volatile one dies with either
/// actor. Any of them may come again late. Scores are saved within a second; everything else before its effects leave.
/// </summary>
internal sealed class ClusterHost(SimulatedWorld world) : SimulatedHost(world)
{
    private const int Processes = 3;
    private readonly Dictionary<(ActorId From, ActorId To), Queue<InFlight>> links = [];
    private readonly Dictionary<Connection, DateTimeOffset> lastArrival = [];

    public override void FromEdge(Connection connection, Message message)
    {
        connection.ToPlayer.Enqueue(message);
        if (connection.ToPlayer.Count == 1)
            World.After(World.Travel(), () => PumpEdge(connection));
    }

    /// <summary>
    /// One call of a gateway at a time for each connection; one that fails is made again, after the connection was attached anew.
    /// </summary>
    private void PumpEdge(Connection connection)
    {
        if (connection.GatewayGone)
            return;
        var cell = CellOf(connection.Player.Id);
        var handled = connection.ToPlayer.Peek() switch
        {
            Connect connect => Attach(connection, cell, connect),
            CheckSession check => Check(connection, cell, check),
            Request request => TellRequest(connection, cell, request),
            Disconnect gone => Run(cell, gone with { LastSeq = connection.LastGiven, LastScore = connection.LastScore }),
            var message => Run(cell, message),
        };
        if (handled)
            connection.ToPlayer.Dequeue();
        else
            connection.Attached = false;
        if (connection.ToPlayer.Count > 0)
            World.After(handled ? World.Travel() : World.Between(0.02, 0.25), () => PumpEdge(connection));
    }

    private bool Attach(Connection connection, Cell cell, Connect connect)
    {
        // The player's process sends frames to gateways that attached a connection since it has the player.
        cell.Gateways.Remove(connection.Id.Gateway);
        cell.Gateways.Add(connection.Id.Gateway);
        if (cell.Gateways.Count > 2)
            cell.Gateways.RemoveAt(0);
        if (cell.Unhealed is { } unhealed && unhealed != connection.Id)
            World.Judge.ExcuseScores(connection.Player.Name);
        connection.Attached = Run(cell, connect);
        if (connection.Attached)
            (cell.Unhealed, cell.Holder) = (null, connection.Id);
        return connection.Attached;
    }

    private bool AttachAgain(Connection connection, Cell cell, long before)
    {
        World.Log($"* {connection.Player.Name}#{connection.Id.Number} is attached again, has {connection.LastGiven}");
        if (!Attach(connection, cell, connection.ConnectAgain()))
            return false;

        return HandOnAgain(connection, cell, before);
    }

    /// <summary>
    /// What was handed on and not answered may be lost. An older score is overtaken by the last one, as the opponent may have seen that.
    /// </summary>
    private bool HandOnAgain(Connection connection, Cell cell, long before)
    {
        foreach (var request in connection.Unanswered.Where(r => r.Number < before).ToList())
        {
            var again = request with { Again = true, Content = request.Action.ContentFingerprint() };
            if (request.Action is SyncScore && connection.LastScore is { } newest)
                again = again with { Action = new SyncScore(newest), Number = connection.NewestScore };
            if (!Run(cell, again))
                return false;
        }

        return true;
    }

    private bool TellRequest(Connection connection, Cell cell, Request request)
    {
        if (!connection.Attached && !AttachAgain(connection, cell, request.Number))
            return false;
        if (!cell.Gateways.Contains(connection.Id.Gateway))
            return false; // Whatever came of it could not be told.
        if (!Run(cell, request))
            return false;
        if (request.Action is SyncScore sync)
            (connection.LastScore, connection.NewestScore) = (sync.Score, request.Number);
        return true;
    }

    private bool Check(Connection connection, Cell cell, CheckSession check)
    {
        if (!Run(cell, check))
            return false;
        var status = (SessionStatus)Answer!;
        var whole = connection.Attached && status.Attached && cell.Gateways.Contains(connection.Id.Gateway);
        // An answer that has not come is asked for again; what still waits to be handed on is not.
        var before = connection.LastRequest + 1 - connection.ToPlayer.Count(message => message is Request);
        return whole && status.Seq <= (connection.LastGiven ?? 0)
            ? HandOnAgain(connection, cell, before) : AttachAgain(connection, cell, before);
    }

    private void Pump((ActorId From, ActorId To) link)
    {
        var queue = links[link];
        if (!queue.TryPeek(out var head))
            return;
        var receiver = CellOf(link.To);
        var handled = Run(receiver, head.Envelope.Message);

        // The receiver crashed and the message may be lost with it; a durable one is tried again before any later one.
        if (queue.TryPeek(out var still) && ReferenceEquals(still, head) && (handled || !head.Envelope.Durable))
            queue.Dequeue();
        if (handled && head.Envelope.Durable)
            CellOf(link.From).Outbox.Remove(head);
        if (handled && World.Stormy && World.Weather.Repeats && World.Chance(0.01))
            World.After(World.Between(0, World.Chance(0.5) ? 1 : 90), () =>
            {
                World.Log($"  again, from {link.From}:");
                Run(receiver, head.Envelope.Message);
            });
        if (queue.Count > 0)
            World.After(handled ? World.Travel() : World.Between(0.1, 1), () => Pump(link));
    }

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
        cell.Outbox.AddRange(sent.Where(s => s.Envelope.Durable));
        if (effects.Durability == Durability.BeforeEffects || cell.Live!.Erased)
        {
            Save(cell);
            cell.StoredOutbox = [.. cell.Outbox];
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

        foreach (var message1 in sent)
            Send(message1);
        foreach (var frame in effects.Frames)
            Deliver(frame);
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
            Save(cell);
            cell.StoredOutbox = [.. cell.Outbox];
            cell.SaveIsComing = false;
        });
    }

    private void Send(InFlight message, TimeSpan? delay = null)
    {
        if (message.Envelope.To.Kind == ActorKind.BattleServerRegistry)
        {
            World.After(delay ?? World.Travel(), () =>
            {
                World.Servers.Hear(message.Envelope.Message);
                CellOf(message.From).Outbox.Remove(message);
            });
            return;
        }

        var link = (message.From, message.Envelope.To);
        if (!links.TryGetValue(link, out var queue))
            links.Add(link, queue = new());
        queue.Enqueue(message);
        if (World.Traced)
            World.Log($"    {message.From} {(message.Envelope.Durable ? "=>" : "->")} {message.Envelope.To} {message.Envelope.Message.GetType().Name}");
        if (queue.Count == 1)
            World.After(delay ?? World.Travel(), () => Pump(link));
    }

    private void Deliver(ClientEnvelope frame)
    {
        if (!World.Judge.Connections.TryGetValue(frame.Connection, out var connection)
            || !CellOf(connection.Player.Id).Gateways.Contains(connection.Id.Gateway))
            return;

        // In order, whatever the delay.
        var at = World.Now + World.Travel();
        if (lastArrival.TryGetValue(connection, out var last) && last > at)
            at = last;
        lastArrival[connection] = at;
        connection.Arriving.Enqueue(frame.Frame);
        World.At(at, () =>
        {
            if (connection.Arriving.TryPeek(out var next) && ReferenceEquals(next, frame.Frame))
                connection.Give(connection.Arriving.Dequeue());
        });
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

        // Of what was on its way from it the first part still arrives; what is on its way to it may be lost unless it is sent again.
        foreach (var (link, queue) in links)
        {
            if (link.From != cell.Id && link.To != cell.Id)
                continue;
            var kept = link.From == cell.Id
                ? queue.Take(World.Random.Next(queue.Count + 1)).ToList()
                : queue.Where(m => m.Envelope.Durable || World.Chance(0.5)).ToList();
            queue.Clear();
            kept.ForEach(queue.Enqueue);
        }

        cell.Outbox.Clear();
        cell.Outbox.AddRange(cell.StoredOutbox);
        // What was saved is sent again, before anything new: between two actors the order stays.
        foreach (var message in cell.StoredOutbox)
            Send(message, World.Between(0.1, 2));

        if (cell.Stored is { Busy: true })
            World.After(World.Between(0.1, 3), () => { if (cell.Live is null && cell.Stored is not null) Run(cell, new Wake()); });
        if (cell.Id.Kind == ActorKind.Player)
        {
            cell.Unhealed ??= cell.Holder;
            var lost = World.Chance(0.5);
            foreach (var connection in World.Judge.Connections.Values.Where(c => c.Player.Id == cell.Id && !c.GatewayGone).ToList())
            {
                // What its process had sent arrives now or never.
                var arriving = connection.Arriving.ToList();
                connection.Arriving.Clear();
                if (!lost)
                    arriving.ForEach(connection.Give);
            }

            foreach (var connection in World.Judge.Connections.Values.Where(c => c.Player.Id == cell.Id && c.IsOpen))
            {
                World.After(World.Between(0.05, 1.5), connection.Check);
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
                    connection.LoseGateway();
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

        // An early wake does nothing, and a gateway may ask again now and then.
        var live = Cells.Where(c => c.Live is not null).ToList();
        if (live.Count > 0 && World.Chance(0.1))
            Run(World.Pick(live), new Wake());
        var open = World.Judge.Connections.Values.Where(c => c.IsOpen).ToList();
        if (open.Count > 0 && World.Chance(0.1))
            World.Pick(open).Check();
    }

    /// <summary>A gateway is gone: the cluster notices, and tells the players whose connections it had.</summary>
    public void GatewayLost(Connection connection) =>
        World.After(World.Between(1, 6), () => TellLost(connection));

    private void TellLost(Connection connection)
    {
        if (!Run(CellOf(connection.Player.Id), new GatewayLost(connection.Id.Gateway)))
            World.After(World.Between(0.1, 1), () => TellLost(connection));
    }
}
