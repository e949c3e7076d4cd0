namespace GameServer.Game.Tests.Simulation;

/// <summary>
/// What a gateway does for one connection around its <see cref="GatewaySession"/>: calls that take their time, or fail, or are handled though
/// they seem to fail; frames that come early or late; looks now and then.
/// </summary>
internal sealed class SimulatedSession
{
    private readonly SimulatedWorld world;
    private readonly ClusterHost host;
    private readonly Connection connection;
    private readonly GatewaySession session;
    private readonly SessionOutputs outputs = new();
    private readonly SessionMutant mutant;

    /// <summary>What the socket holds because the session has no room for it.</summary>
    private readonly Queue<Message> unread = new();

    private readonly DateTimeOffset began;
    private int room = GatewaySession.MostWaiting;
    private int requests;
    private int handled;
    private DateTimeOffset lookAt;

    public SimulatedSession(SimulatedWorld world, ClusterHost host, Connection connection, Connect connect)
    {
        this.world = world;
        this.host = host;
        this.connection = connection;
        session = new(connect);
        mutant = world.Mutation?.Session?.Invoke() ?? new();
        began = world.Now;
        lookAt = DateTimeOffset.MaxValue;
        LookBy(NextLook());
    }

    /// <summary>Frames on their way here from the player's process.</summary>
    public List<SessionInput.FrameArrived> Arriving { get; } = [];

    private string Name => $"{connection.Player.Name}#{connection.Id.Number}";

    /// <summary>Everything is over: nothing that was taken in is left.</summary>
    public void MustBeOver()
    {
        world.Must(session.Phase is SessionPhase.Ended, $"The session of {Name} is {session.Phase} for ever.");
        world.Must(handled == requests, $"Of {requests} requests the session of {Name} said {handled} times that one is handled.");
    }

    public void FromClient(Message message)
    {
        if (message is Request)
            requests++;
        if (room == 0)
        {
            unread.Enqueue(message);
            return;
        }

        room--;
        Tell(new SessionInput.FromClient(message));
    }

    /// <summary>A frame has arrived, if it was not lost with the process that sent it.</summary>
    public void Arrive(SessionInput.FrameArrived frame)
    {
        if (Arriving.Remove(frame))
            Tell(frame);
    }

    /// <summary>Has the session look no later than this.</summary>
    public void LookBy(DateTimeOffset time)
    {
        if (time >= lookAt)
            return;
        lookAt = time;
        world.At(time + world.Between(0, 0.05), () =>
        {
            if (lookAt != time || connection.GatewayGone || session.Phase is SessionPhase.Ended)
                return;
            lookAt = DateTimeOffset.MaxValue;
            Tell(new SessionInput.Look());
            LookBy(NextLook());
        });
    }

    public void Tell(SessionInput input)
    {
        if (connection.GatewayGone)
            return;
        var before = session.Phase;
        foreach (var heard in mutant.Hears(input))
            session.Handle(heard, world.Now - began, outputs);
        if (world.Traced && session.Phase != before)
            world.Log($"    {Name} is {session.Phase}");
        foreach (var frame in outputs.Frames.SelectMany(mutant.Passes))
            connection.Give(frame);
        handled += mutant.Handles(outputs.Handled);
        room += outputs.Taken;
        if (outputs.LookAt is { } time)
            LookBy(began + time);
        var task = outputs.Task;
        outputs.Clear();
        while (room > 0 && unread.TryDequeue(out var message))
        {
            room--;
            world.After(TimeSpan.Zero, () => Tell(new SessionInput.FromClient(message)));
        }

        switch (task)
        {
            case SessionTask.Wait wait:
                world.After(wait.Time, () => Tell(new SessionInput.WaitOver()));
                break;
            case SessionTask.Call call:
                var made = mutant.Calls(call);
                world.After(world.Travel(), () =>
                {
                    if (made is null)
                        Tell(Nothing(call));
                    else
                        Call(made);
                });
                break;
        }
    }

    private static SessionInput Nothing(SessionTask.Call call) =>
        call.Message is CheckSession ? new SessionInput.Checked(new(Attached: true, 0, 0)) : new SessionInput.CallSucceeded();

    private void Call(SessionTask.Call call)
    {
        if (connection.GatewayGone)
            return;
        var answer = host.Call(connection, call);
        world.After(
            answer is SessionInput.CallFailed ? world.Between(0, 1.5) : world.Travel(), () => Tell(answer));
    }

    private DateTimeOffset NextLook() => world.Now + world.Between(7.5, 12.5);
}
