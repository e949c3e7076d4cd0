namespace GameServer.Behaviour;

/// <summary>
/// One server for all tests of this suite: starting its processes costs seconds. It has a mode for each rule that a mode may set; a test
/// has players of its own, so the tests do not meet.
/// <para>
/// A host's test project derives from this, defines the <see cref="Collection"/> with it, and has one class of one line for each class of
/// this suite.
/// </para>
/// </summary>
public abstract class RunningGame : IAsyncLifetime
{
    /// <summary>The name of the collection that all classes of this suite are in.</summary>
    public const string Collection = "The running game";

    /// <summary>The key that tickets are signed with.</summary>
    public const string TicketKey = "a key for the tests of tickets, long enough";

    /// <summary>The key that battle servers show.</summary>
    public const string ApiKey = "the api key of the running game";

    private int players;
    private GameServerUnderTest? server;

    /// <summary>The server.</summary>
    public GameServerUnderTest Server => server ?? throw new InvalidOperationException("The server is not started yet.");

    /// <summary>
    /// <c>default</c> and the others: <c>trio</c> and <c>five</c> by their size; in <c>frost</c> the server holds frozen for two seconds;
    /// in <c>ranked</c> an attack needs a score of 10 and costs 4; in <c>hasty</c> nobody is waited for longer than a second; <c>brief</c>
    /// ends after two; <c>served</c> has battle servers. <c>duel</c>, <c>ranked</c> and <c>trio</c> wait long for those who dropped; in the
    /// others who leaves the queue without a word is soon forgotten.
    /// </summary>
    private static string[] Settings =>
    [
        "--GameServer:Edge:StatsCacheTime=0", // Tests look at the counts again and again until something is so.
        // A client of a test answers pings only while it reads, and a test may have something else to do for a while.
        "--GameServer:Edge:KeepAliveInterval=15", "--GameServer:Edge:KeepAliveTimeout=15",
        "--GameServer:Modes:default:QueueGrace=1", "--GameServer:Modes:five:QueueGrace=1",
        .. Patient("duel", 2), .. Patient("trio", 3), .. Patient("ranked", 2),
        "--GameServer:Modes:ranked:AttackThreshold=10", "--GameServer:Modes:ranked:AttackCost=4",
        "--GameServer:Modes:five:RoomSize=5",
        "--GameServer:Modes:frost:FreezeTime=2", "--GameServer:Modes:frost:QueueGrace=1",
        "--GameServer:Modes:hasty:BattleGrace=1", "--GameServer:Modes:hasty:QueueGrace=1",
        "--GameServer:Modes:brief:BattleLimit=2",
        "--GameServer:Modes:served:BattleServers=true", $"env:GameServer__BattleServers__TicketKey={TicketKey}",
        $"env:GameServer__BattleServers__ApiKey={ApiKey}",
        "--GameServer:BattleServers:Lease=120", // Nobody sends heartbeats while a test waits for a busy machine.
    ];

    /// <summary>Starts another server for a test that needs settings of its own: as few processes as the host can do with.</summary>
    public abstract Task<GameServerUnderTest> StartSmallAsync(params IReadOnlyList<string> settings);

    /// <summary>A number that no other player has.</summary>
    public int NextPlayer() => Interlocked.Increment(ref players);

    /// <inheritdoc/>
    public async Task InitializeAsync() => server = await StartAsync(Settings);

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        if (server is not null)
            await server.DisposeAsync();
    }

    /// <summary>Starts the server that all tests share, with all that the host has.</summary>
    protected abstract Task<GameServerUnderTest> StartAsync(IReadOnlyList<string> settings);

    private static string[] Patient(string mode, int size) =>
    [
        $"--GameServer:Modes:{mode}:RoomSize={size}",
        $"--GameServer:Modes:{mode}:BattleGrace=600",
        $"--GameServer:Modes:{mode}:QueueGrace=600",
    ];
}

/// <summary>A class of this suite.</summary>
[Collection(RunningGame.Collection)]
public abstract class BehaviourTest(RunningGame game) : IAsyncLifetime
{
    private readonly List<GameClient> clients = [];

    /// <summary>The server.</summary>
    protected GameServerUnderTest Server => game.Server;

    /// <summary>The fixture, for a test that needs a server of its own.</summary>
    protected RunningGame Game => game;

    /// <summary>Connects a player that no other test has. Its user id begins with this name.</summary>
    protected Task<GameClient> ConnectAsync(string name, Protocol version = Protocol.V1) =>
        ConnectAsAsync($"{name}-{game.NextPlayer()}", version);

    /// <summary>Connects the player of exactly this user id.</summary>
    protected async Task<GameClient> ConnectAsAsync(string? userId, Protocol version = Protocol.V1, bool resumesByItself = false)
    {
        var client = await GameClient.ConnectAsync(Server.NextGateway, userId, version, resumesByItself);
        clients.Add(client);
        return client;
    }

    /// <summary>Two players in a battle.</summary>
    protected async Task<(GameClient First, GameClient Second)> BattleAsync(Protocol version = Protocol.V1, string mode = "default")
    {
        var players = await BattleAsync(2, mode, version);
        return (players[0], players[1]);
    }

    /// <summary>So many players in a battle, in the order they joined; what they were told by then is read.</summary>
    protected async Task<GameClient[]> BattleAsync(int size, string mode, params Protocol[] versions)
    {
        var players = new GameClient[size];
        for (var i = 0; i < size; i++)
        {
            players[i] = await ConnectAsync($"p{i + 1}", versions[i % versions.Length]);
            await players[i].SendAsync($$"""{"action":"joinroom","mode":"{{mode}}"}""");
            Assert.Equal($"joinroom {players[0].UserId}_ROOM", await players[i].SeesAsync());
        }

        foreach (var player in players)
        {
            foreach (var peer in players.Where(other => other != player))
                Assert.Equal($"peer_player_id {peer.UserId}", await player.SeesAsync());
        }

        return players;
    }

    /// <inheritdoc/>
    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>Nobody of this test must be left when the next one begins.</summary>
    public async Task DisposeAsync()
    {
        clients.ForEach(client => client.Dispose());
        await Server.UntilConnectedAsync(0);
    }
}
