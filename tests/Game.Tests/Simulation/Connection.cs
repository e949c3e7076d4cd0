namespace GameServer.Game.Tests.Simulation;

/// <summary>One connection of a client: its socket, and what its gateway knows of it.</summary>
internal sealed class Connection(World world, SimulatedPlayer player, ConnectionId id, Connect connect)
{
    /// <summary>The gateways of a cluster.</summary>
    public static readonly string[] Gateways = ["gw1", "gw2"];

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

    /// <summary>Frames on their way that were sent in an earlier epoch are lost.</summary>
    public int LossEpoch { get; set; }

    private long? lastGiven;
    private int? lastScore;
    private bool attaching;
    private bool welcomed;

    public void Open() => world.Host.FromEdge(this, connect);

    public void Send(Request request) => world.Host.FromEdge(this, request);

    /// <summary>The player's actor has taken the message; of a score the gateway keeps a copy.</summary>
    public void Taken(Message message)
    {
        if (message is Request { Action: SyncScore sync })
            lastScore = sync.Score;
    }

    /// <summary>The message with the last score, where the gateway sends it along.</summary>
    public Message WithScore(Message message) => message switch
    {
        Connect { Again: true } again => again with { LastSeq = lastGiven ?? connect.LastSeq, LastScore = lastScore },
        Disconnect gone => gone with { LastScore = lastScore },
        _ => message,
    };

    /// <summary>The gateway attaches the connection anew, because the player's process was lost or pushes may have been.</summary>
    public void AttachAgain()
    {
        if (!IsOpen || attaching)
            return;
        attaching = true;
        world.Log($"* {Player.Name}#{Id.Number} is attached again, has {lastGiven}");
        world.Host.FromEdge(this, connect with { Again = true });
        attaching = false;
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
                world.Host.FromEdge(this, new Disconnect(Id, null));
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
            case WelcomeFrame:
                if (welcomed)
                    return; // Attached again: the client has it.
                welcomed = true;
                break;
            case ErrorFrame { Request: "syncscore" }:
                lastScore = null; // It may be the one that was refused.
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
                        world.Host.FromEdge(this, new Disconnect(Id, null));
                });
                return;
        }

        if (SocketOpen && !Closed)
            Player.Got(this, frame);
    }

    /// <summary>Pushes come in order; one that came before is dropped, and a gap makes the gateway ask again.</summary>
    private bool TakesPush(PushFrame push)
    {
        // After a crash pushes on their way may be lost. In one process they are not: then a gap is a broken promise.
        if (Version == ProtocolVersion.V2 && lastGiven is { } last && push.Push.Kind != PushKind.Snapshot && push.Seq != last + 1)
        {
            if (push.Seq <= last)
            {
                world.Must(world.Profile == HostProfile.Cluster, $"{Player.Name} was pushed seq {push.Seq} after {last} on one connection.");
                return false;
            }

            world.Must(world.Profile == HostProfile.Cluster, $"{Player.Name} was pushed seq {push.Seq} right after {last} on one connection.");
            AttachAgain();
            return false;
        }

        if (push.Seq <= lastGiven)
            return false;
        lastGiven = push.Seq;
        if (push.Push.Kind is PushKind.PeerPlayerId or PushKind.BattleSettlement or PushKind.ExitRoom)
            lastScore = null;
        return true;
    }
}
