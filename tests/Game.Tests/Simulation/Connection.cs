namespace GameServer.Game.Tests.Simulation;

/// <summary>One connection of a client: its socket, and what its gateway knows of it.</summary>
internal sealed class Connection(SimulatedWorld world, SimulatedPlayer player, ConnectionId id, Connect connect)
{
    public ConnectionId Id { get; } = id;
    public SimulatedPlayer Player { get; } = player;
    public ProtocolVersion Version => connect.Version;

    /// <summary>Calls to the player's actor that the gateway still has to make, in order.</summary>
    public Queue<Message> ToPlayer { get; } = new();

    /// <summary>The client's end is open.</summary>
    public bool SocketOpen { get; private set; } = true;

    /// <summary>The gateway that held it is gone, and nobody will tell the actor that it closed.</summary>
    public bool GatewayGone { get; private set; }

    /// <summary>Told to close: nothing may follow.</summary>
    public bool Closed { get; private set; }

    public bool IsOpen => SocketOpen && !GatewayGone && !Closed;

    /// <summary>Frames on their way from the player's process.</summary>
    public Queue<ClientFrame> Arriving { get; } = new();

    /// <summary>The gateway has attached it, and knows of nothing that was lost since.</summary>
    public bool Attached { get; set; }

    /// <summary>The last push the gateway was given.</summary>
    public long? LastGiven { get; private set; } = connect.LastSeq;

    /// <summary>The last score the gateway handed on in this battle.</summary>
    public int? LastScore { get; set; }

    /// <summary>The number of the request that carried the last score.</summary>
    public long NewestScore { get; set; }

    /// <summary>The number of the last request.</summary>
    public long LastRequest { get; private set; }

    /// <summary>Requests with an id that were not answered yet, as the gateway would hand them on again.</summary>
    public List<Request> Unanswered { get; } = [];

    private bool welcomed;

    public void Open() => world.Host.FromEdge(this, connect);

    public void Send(Request request)
    {
        request = request with { Number = world.Profile == HostProfile.Cluster ? ++LastRequest : 0, Seen = LastGiven ?? 0 };
        if (request.Id is not null)
            Unanswered.Add(request);
        world.Host.FromEdge(this, request);
    }

    /// <summary>The connection attached anew, because the player's process was lost or pushes may have been.</summary>
    public Connect ConnectAgain() => connect with { LastSeq = LastGiven ?? 0, LastScore = LastScore, Again = true };

    /// <summary>The gateway looks whether the connection is whole.</summary>
    public void Check()
    {
        if (IsOpen)
            world.Host.FromEdge(this, new CheckSession(Id));
    }

    /// <summary>The client goes; the gateway notices at once or after a while.</summary>
    public void Drop()
    {
        if (!SocketOpen)
            return;
        SocketOpen = false;
        world.After(world.Chance(0.8) ? world.Between(0, 0.2) : world.Between(0, 15), () =>
        {
            if (!GatewayGone)
                world.Host.FromEdge(this, new Disconnect(Id));
        });
    }

    /// <summary>The process that held the socket is gone.</summary>
    public void LoseGateway()
    {
        if (GatewayGone)
            return;
        GatewayGone = true;
        ToPlayer.Clear();
        Player.Lost(this);
        SocketOpen = false;
        (world.Host as ClusterHost)?.GatewayLost(this);
    }

    /// <summary>A frame has come from the player's actor.</summary>
    public void Give(ClientFrame frame)
    {
        if (GatewayGone)
            return;
        if (world.Traced)
            world.Log($"      {Player.Name}#{Id.Number} <- {frame}{(IsOpen ? "" : " (closed)")}");
        switch (frame)
        {
            case PushFrame push when !TakesPush(push):
                return;
            case PushFrame { Confirm: true } push when SocketOpen:
                world.Host.FromEdge(this, new PushWritten(Id, push.Seq));
                break;
            case WelcomeFrame welcome:
                if (welcomed)
                    return; // Attached again: the client has it.
                if (!welcome.Resumed)
                    LastGiven = null; // Another session counts from elsewhere.
                welcomed = true;
                break;
            case OkFrame ok:
                Unanswered.RemoveAll(r => r.Id == ok.Id);
                break;
            case ErrorFrame error:
                Unanswered.RemoveAll(r => r.Id is not null && r.Id == error.Id);
                if (error.Stands is { } stands && stands.Number == NewestScore)
                    LastScore = stands.Score;
                break;
            case CloseFrame:
                if (Closed)
                    return;
                Closed = true;
                if (SocketOpen)
                    Player.Got(this, frame);
                // As for every connection that ends, the gateway says so.
                SocketOpen = false;
                world.After(world.Between(0, 0.2), () =>
                {
                    if (!GatewayGone)
                        world.Host.FromEdge(this, new Disconnect(Id));
                });
                return;
        }

        if (SocketOpen && !Closed)
            Player.Got(this, frame);
    }

    /// <summary>Pushes come in order; one that came before is dropped, and a gap makes the gateway ask again.</summary>
    private bool TakesPush(PushFrame push)
    {
        if (LastGiven is { } last && (push.Seq <= last || (push.Seq != last + 1 && push.Push.Kind != PushKind.Snapshot)))
        {
            // Only a crash loses pushes on their way, and that takes the only process and all connections along.
            world.Must(
                world.Profile == HostProfile.Cluster, $"{Player.Name} was pushed seq {push.Seq} after {LastGiven} on one connection.");
            if (push.Seq > LastGiven)
            {
                Attached = false;
                Check();
            }

            return false;
        }

        LastGiven = push.Seq;
        if (push.Push.Kind is PushKind.JoinRoom or PushKind.BattleSettlement or PushKind.ExitRoom)
            LastScore = null;
        return true;
    }
}
