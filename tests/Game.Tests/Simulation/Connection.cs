namespace GameServer.Game.Tests.Simulation;

/// <summary>One connection of a client: its socket, and the process that holds the other end.</summary>
internal sealed class Connection(SimulatedWorld world, SimulatedPlayer player, Connect connect)
{
    public ConnectionId Id => connect.Connection;
    public SimulatedPlayer Player { get; } = player;
    public ProtocolVersion Version => connect.Version;

    /// <summary>The client's end is open.</summary>
    public bool SocketOpen { get; private set; } = true;

    /// <summary>The process that held it is gone, and nobody will tell the actor that it closed.</summary>
    public bool GatewayGone { get; private set; }

    /// <summary>Told to close: nothing may follow.</summary>
    public bool Closed { get; private set; }

    public bool IsOpen => SocketOpen && !GatewayGone && !Closed;

    /// <summary>Requests with an id that the client has no answer to.</summary>
    public List<Request> Unanswered { get; } = [];

    /// <summary>The last push that the socket was given.</summary>
    private long? lastGiven;

    private bool welcomed;

    public void Open() => world.Host.FromEdge(this, connect);

    public void Send(Request request)
    {
        if (request.Id is not null)
            Unanswered.Add(request);
        world.Host.FromEdge(this, request);
    }

    /// <summary>The client goes; its gateway notices at once or after a while.</summary>
    public void Drop()
    {
        if (!SocketOpen)
            return;
        SocketOpen = false;
        NoticeAfter(world.Chance(0.8) ? world.Between(0, 0.2) : world.Between(0, 15));
    }

    /// <summary>The process that held the socket is gone.</summary>
    public void LoseGateway()
    {
        if (GatewayGone)
            return;
        GatewayGone = true;
        Player.Lost(this);
        SocketOpen = false;
    }

    /// <summary>A frame for the client.</summary>
    public void Give(ClientFrame frame)
    {
        if (GatewayGone)
            return;
        if (world.Traced)
            world.Log($"      {Player.Name}#{Id.Number} <- {frame}{(IsOpen ? "" : " (closed)")}");
        world.Must(!Closed, $"{Player.Name} was told to close #{Id.Number}, and then {frame}.");
        world.Must(
            frame is CloseFrame || (frame is WelcomeFrame ? !welcomed : welcomed || Version == ProtocolVersion.V1),
            $"{Player.Name} was given {frame} on #{Id.Number}, {(welcomed ? "after" : "before")} the welcome.");
        welcomed |= frame is WelcomeFrame;
        switch (frame)
        {
            case PushFrame push:
                InOrder(push);
                if (push.Confirm && SocketOpen)
                    world.After(world.Between(0, 0.005), () => Confirm(push));
                break;
            case OkFrame ok:
                Unanswered.RemoveAll(r => r.Id == ok.Id);
                break;
            case ErrorFrame error:
                Unanswered.RemoveAll(r => r.Id is not null && r.Id == error.Id);
                break;
            case CloseFrame:
                Closed = true;
                if (SocketOpen)
                    Player.Got(this, frame);
                // As for every connection that ends, the gateway says so.
                SocketOpen = false;
                NoticeAfter(world.Between(0, 0.2));
                return;
        }

        if (SocketOpen)
            Player.Got(this, frame);
    }

    private void InOrder(PushFrame push)
    {
        world.Must(
            lastGiven is not { } last || (push.Push.Kind == PushKind.Snapshot ? push.Seq != last : push.Seq == last + 1),
            $"{Player.Name} was given seq {push.Seq} after {lastGiven} on one connection.");
        lastGiven = push.Seq;
    }

    private void Confirm(PushFrame push)
    {
        if (!GatewayGone)
            world.Host.FromEdge(this, new PushWritten(Id, push.Seq));
    }

    private void NoticeAfter(TimeSpan delay) => world.After(delay, () =>
    {
        if (!GatewayGone)
            world.Host.FromEdge(this, new Disconnect(Id));
    });
}
