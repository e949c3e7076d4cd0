namespace GameServer.Game.Tests.Simulation;

/// <summary>
/// A client that does by chance what clients do, mostly sensible things, and believes only what it was shown. Its scores are a permutation
/// of small numbers, times 1000: so each says which of its <c>syncscore</c> it was, ties with others happen, and the cost of attacks does
/// not blur it.
/// </summary>
internal sealed class SimulatedPlayer
{
    private const int Cycle = 64;
    private readonly SimulatedWorld world;
    private readonly int[] values;
    private readonly int[] indexOfValue = new int[Cycle + 1];
    private readonly List<Asked> asked = [];
    private long lastConnection;
    private long lastRequest;
    private int session;

    // What the client knows of its session and its game.
    private string? token;
    private long? lastSeq;
    private View view = View.Idle;
    private bool sawStart;
    private bool sawAllDied;
    private readonly HashSet<string> peers = [];
    private readonly HashSet<string> sawDead = [];
    private readonly Dictionary<string, int> shown = [];
    private bool dying;
    private int scoresBefore;

    public SimulatedPlayer(SimulatedWorld world, string name)
    {
        this.world = world;
        Name = name;
        values = [.. Enumerable.Range(1, Cycle).OrderBy(_ => world.Random.Next())];
        Array.Fill(indexOfValue, -1);
    }

    private enum View { Unknown, Idle, Waiting, Battle }

    private sealed class Asked(Request request, int session, int score)
    {
        public Request Request { get; } = request;
        public int Session { get; } = session;
        public int Score { get; } = score;
        public ClientFrame? Answer { get; set; }
    }

    public string Name { get; }

    /// <summary>The newest connection.</summary>
    public Connection? Current { get; private set; }

    public ActorId Id => new(ActorKind.Player, Name);

    /// <summary>How many <c>syncscore</c> it has sent.</summary>
    public int ScoresSent { get; private set; }

    public bool Connected => Current is { IsOpen: true };
    public bool Waits => view == View.Waiting;
    public bool Outside => view == View.Idle;
    public bool Fights => view == View.Battle;

    /// <summary>Which of its <c>syncscore</c> a score is, counted from 0; -1 for the score a battle starts with.</summary>
    public int IndexOf(int score)
    {
        if (score == 0)
            return -1;
        var value = (score + 999) / 1000;
        world.Must(value is >= 1 and <= Cycle && indexOfValue[value] >= 0, $"{Name} never sent a score of {score}.");
        return indexOfValue[value];
    }

    public void Live()
    {
        if (!world.Stormy)
            return;
        Act();
        world.After(world.Chance(0.95) ? world.Between(0.005, 0.5) : world.Between(1, 15), Live);
    }

    private void Act()
    {
        if (!Connected)
        {
            if (world.Chance(0.5))
                Connect();
            return;
        }

        var dice = world.Random.NextDouble();
        if (world.Weather.Drops && dice < 0.02)
            Drop();
        else if (world.Weather.Drops && dice < 0.03)
            Connect();
        else if (dice < 0.06)
            AskAgain();
        else if (dice < 0.08)
            Ask(world.Pick<ClientAction>([
                new JoinRoom(null), new JoinRoom("nowhere"), new ExitRoom(), new DestroyRoom(), new Attack(Name), new Attack("nobody"), new Die()]));
        else
            Ask(view switch
            {
                View.Battle => dice switch
                {
                    < 0.20 => new Attack(
                        peers.Count == 1 && world.Chance(0.7) ? null : peers.Count > 0 ? world.Pick(peers.ToList()) : null),
                    < 0.26 when !dying || world.Chance(0.1) => new Die(),
                    < 0.28 => new ExitRoom(),
                    < 0.29 => new JoinRoom(null),
                    < 0.70 when !dying || world.Chance(0.1) => new SyncScore(0),
                    _ => null,
                },
                View.Waiting => dice switch
                {
                    < 0.10 => new JoinRoom(world.Pick(["default", "crowd"])),
                    < 0.12 => new ExitRoom(),
                    < 0.14 => new DestroyRoom(),
                    _ => null,
                },
                _ => new JoinRoom(world.Chance(0.7) ? null : "crowd"),
            });
    }

    public void Connect(bool alwaysResume = false)
    {
        var version = world.Chance(0.7) || alwaysResume ? ProtocolVersion.V2 : ProtocolVersion.V1;
        var resume = version == ProtocolVersion.V2 && token is not null && (alwaysResume || world.Chance(0.7));
        var id = new ConnectionId(
            world.Profile == HostProfile.Cluster ? world.Pick(world.Judge.Gateways) : "", ++world.Judge.LastConnection);
        lastConnection = id.Number;
        world.Log($"{Name} connects as #{id.Number}, {version}{(resume ? $", resuming after {lastSeq}" : "")}");
        var connection = new Connection(world, this, new(
            id, version, $"token{id.Number}", resume ? token : null, resume ? lastSeq : null, LastScore: null, Guest: false));
        world.Judge.Connections.Add(id, connection);
        Current = connection;
        if (!resume)
        {
            // Another client, or one that knows nothing: it hears where it is.
            session++;
            token = null;
            lastSeq = null;
            StartOver(View.Unknown);
        }

        connection.Open();
    }

    /// <summary>The client goes, with whatever older connections it still has.</summary>
    public void Drop()
    {
        world.Log($"{Name} drops #{Current?.Id.Number}");
        foreach (var connection in world.Judge.Connections.Values.Where(c => c.Player == this))
            connection.Drop();
    }

    public void Lost(Connection connection)
    {
        if (connection == Current)
            world.Log($"{Name} loses #{connection.Id.Number}");
    }

    public void Ask(ClientAction? action)
    {
        if (action is null || !Connected)
            return;
        var score = -1;
        if (action is SyncScore)
        {
            var value = values[ScoresSent % Cycle];
            score = ScoresSent++;
            indexOfValue[value] = score;
            action = new SyncScore(value * 1000);
        }

        dying |= action is Die;
        RequestId? id = Current!.Version == ProtocolVersion.V2 && world.Chance(0.9) ? new($"{++lastRequest}") : null;
        var request = new Request(Current.Id, id, action);
        if (id is not null)
            asked.Add(new(request, session, score));
        Send(request);
    }

    /// <summary>
    /// Sends a request of this session again: one that was answered, or that may be lost. Of its scores only the newest, and in the same
    /// battle, because after a crash a gateway hands in the last one it was sent, and does not know that it was sent before.
    /// </summary>
    private void AskAgain()
    {
        var old = asked.TakeLast(10)
            .Where(
                a => a.Session == session && a.Answer is null or OkFrame && (a.Score < 0 || (a.Score == ScoresSent - 1 && a.Score >= scoresBefore))).ToList();
        if (Current!.Version == ProtocolVersion.V2 && token is not null && old.Count > 0)
            Send(world.Pick(old).Request with { Connection = Current.Id });
    }

    private void Send(Request request)
    {
        world.Log($"{Name}#{request.Connection.Number} asks {request.Id?.Json} {request.Action}");
        Current!.Send(request);
    }

    /// <summary>What reaches the client.</summary>
    public void Got(Connection connection, ClientFrame frame)
    {
        switch (frame)
        {
            case WelcomeFrame welcome:
                world.Must(connection.Version == ProtocolVersion.V2, $"{Name} speaks version 1 and got a welcome.");
                if (connection != Current)
                    return;
                if (!welcome.Resumed)
                {
                    session++;
                    lastSeq = null;
                    StartOver(View.Unknown);
                }

                token = welcome.ResumeToken;
                break;

            case OkFrame ok:
                if (asked.Find(a => a.Request.Id == ok.Id) is { } done)
                {
                    done.Answer ??= ok;
                    if (done.Score >= 0)
                        world.Judge.ScoreKnown(Name, done.Score);
                }

                break;

            case ErrorFrame error:
                if (connection == Current && error.Error.Code == ErrorCode.NotInRoom && view == View.Unknown)
                    view = View.Idle;
                if (error.Id is { } id && asked.Find(a => a.Request.Id == id) is { } refused)
                {
                    world.Must(
                        refused.Answer is not OkFrame || refused.Session != session
                            || error.Error.Code is ErrorCode.Unavailable or ErrorCode.RateLimited
                        || (refused.Request.Action is SyncScore or Attack && world.Weather.Crashes && world.Profile == HostProfile.Cluster),
                        $"{Name} was told ok and then {error.Error.Code} for one request, {id.Json}.");
                    if (refused.Answer is OkFrame)
                        return;
                    world.Must(
                        error.Error.Code != ErrorCode.NotInRoom || refused.Session != session || !world.Judge.DeathTaken(Name, id),
                        $"{Name} asked to die as {id.Json}, did, and was told that it is in no room.");
                    refused.Answer = error;
                    // Unavailable says that nobody knows. After a crash a request may be handed in again, and then be refused though it took
                    // effect before.
                    if (refused.Score >= 0 && error.Error.Code != ErrorCode.Unavailable && !world.Weather.Crashes)
                        world.Judge.ScoreRefused(Name, refused.Score);
                }

                break;

            case CloseFrame:
                break;

            case PushFrame push:
                if (connection == Current)
                    Pushed(connection, push);
                break;
        }
    }

    private void Pushed(Connection connection, PushFrame frame)
    {
        var push = frame.Push;
        if (connection.Version == ProtocolVersion.V2)
        {
            world.Must(token is not null, $"{Name} was pushed {push.Kind} before the welcome.");
            if (lastSeq is { } last)
            {
                world.Must(
                    push.Kind == PushKind.Snapshot ? frame.Seq > last : frame.Seq == last + 1, $"{Name} was shown seq {frame.Seq} after {last}.");
            }

            lastSeq = frame.Seq;
        }

        switch (push.Kind)
        {
            case PushKind.JoinRoom:
                if (view != View.Battle)
                    view = View.Waiting;
                break;

            case PushKind.PeerPlayerId:
                if (view != View.Battle)
                {
                    StartOver(View.Battle);
                    sawStart = true;
                }

                world.Must(push.Text != Name, $"{Name} was matched with oneself.");
                peers.Add(push.Text!);
                break;

            case PushKind.ExitRoom or PushKind.DestroyRoom:
                StartOver(View.Idle);
                break;

            case PushKind.PlayerSyncScore:
                world.Must(view is View.Battle or View.Unknown, $"{Name} is {view} and was shown a score.");
                Shown(push.From!, push.Number);
                break;

            case PushKind.Attacked:
                world.Must(view is View.Battle or View.Unknown, $"{Name} is {view} and was attacked.");
                world.Must(push.From is not null && push.From != Name, $"{Name} was attacked by {push.From}.");
                break;

            case PushKind.PlayerDied:
                world.Must(view is View.Battle or View.Unknown, $"{Name} is {view} and was told that {push.Text} died.");
                if (push.Text == "all")
                    sawAllDied = true;
                else
                    sawDead.Add(push.Text!);
                break;

            case PushKind.BattleSettlement:
                // Version 1 is told again where it is not known that the settlement was written.
                world.Must(
                    view is View.Battle or View.Unknown || connection.Version == ProtocolVersion.V1, $"{Name} is {view} and got a settlement.");
                world.Judge.ToldSettlement(
                    this, push.Text!, peers, sawStart && connection.Version == ProtocolVersion.V2 ? sawDead : null, sawAllDied);
                StartOver(View.Idle);
                break;

            case PushKind.BattleServer:
                world.Must(view is View.Battle or View.Unknown, $"{Name} is {view} and was sent to a battle server.");
                break;

            case PushKind.Snapshot:
                Take(push.Snapshot!);
                break;
        }
    }

    private void Take(Snapshot snapshot)
    {
        world.Must(snapshot.UserId == Name, $"{Name} got the snapshot of {snapshot.UserId}.");
        switch (snapshot.State)
        {
            case "idle": StartOver(View.Idle); break;
            case "waiting": StartOver(View.Waiting); break;
            case "battle":
                if (view != View.Battle)
                    StartOver(View.Battle);
                sawStart = false;
                foreach (var peer in snapshot.Peers)
                {
                    peers.Add(peer.UserId);
                    Shown(peer.UserId, peer.Score);
                }

                break;
            default: world.Fail($"{Name} is told to be {snapshot.State}."); break;
        }
    }

    /// <summary>What was shown of a peer's score stays true: a later one was sent later.</summary>
    private void Shown(string peer, int score)
    {
        var index = world.Players.Find(p => p.Name == peer)!.IndexOf(score);
        var before = shown.GetValueOrDefault(peer, -1);
        world.Must(
            index >= before || world.Judge.ScoreMayBeLost(peer) || world.Judge.MayShowOldScores(Name), $"{Name} was shown score {score} of {peer} after a newer one.");
        shown[peer] = index;
        world.Judge.ScoreKnown(peer, index);
    }

    private void StartOver(View to)
    {
        view = to;
        sawStart = false;
        sawAllDied = false;
        dying = false;
        scoresBefore = ScoresSent;
        peers.Clear();
        sawDead.Clear();
        shown.Clear();
    }
}
