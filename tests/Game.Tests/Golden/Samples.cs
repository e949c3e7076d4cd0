using System.Buffers;
using System.Text.Json.Nodes;

namespace GameServer.Game.Tests.Golden;

/// <summary>One of each thing that is stored or sent between processes, always the same.</summary>
internal static class Samples
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly BattleServerEndpoint Server = new("default-7", "acc.example", ["1.2.3.4", "1.2.3.5"], 10010, "tcp");

    /// <summary>Every message that actors send each other, with every field set, and the pushes it can carry.</summary>
    public static IEnumerable<Message> Messages()
    {
        yield return new Enqueue("alice", 11, 3, Present: true);
        yield return new LeaveQueue("alice", 11);
        yield return new QueuePresence("alice", 11, Present: true, Tag: 5);
        yield return new Ticketed("default", 11, 3, "alice_ROOM", Owner: true);
        yield return new TicketGone(11);
        yield return new Whereabouts("default", 11);
        yield return new CreateBattle("default", Rules, "alice_ROOM", [new("alice", 11, 3), new("bob", 12, 4)]);
        yield return new Offer("default-7", 11, 3);
        yield return new SeatTaken("alice", Present: true);
        yield return new SeatDeclined("alice");
        yield return new Unseated("default-7");
        yield return new BattleStarted("default-7", "alice_ROOM", ["bob"]);
        yield return new ScoreCommand("alice", (1L << 32) + 2, WantsOutcome: true, 20, new(15, (1L << 32) + 1));
        yield return new AttackCommand("alice", 3, WantsOutcome: true, "bob");
        yield return new DieCommand("alice", 4, WantsOutcome: true, new(20, 2));
        yield return new ExitCommand("alice", 5, new(20, 2));
        yield return new PresenceCommand("alice", 6, WantsOutcome: true, Present: true, View: true, new(20, 2));
        foreach (var push in Pushes())
            yield return new BattleEvent("default-7", (1L << 33) + 1, push);
        yield return new BattleView("default-7", 9, "alice_ROOM", "default", Alice, [Bob], Server);
        foreach (var code in Enum.GetValues<ErrorCode>())
            yield return new Outcome("default-7", 2, "syncscore", new(code, "why"), 15);
        yield return new RoomRecovered("default-7");
        yield return new NoSuchBattle("default-7");
        foreach (var result in Enum.GetValues<BattleResult>())
            yield return new Settled("default-7", result, 20, At, ShowAllDied: true, LastTag: 4);
        yield return new SettlementTaken("alice");
        yield return new AllocateServer("default-7");
        yield return new ReleaseServer("default-7");
        yield return new ServerAllocated(2, Server);
        yield return new NoServerFree(2);
        yield return new PortsMapped("battle-1", 3, [new(8080, "acc.example", ["1.2.3.4"], 10010)]);
        yield return new PortsNotMapped("battle-1", 3, "why", Final: true);
        yield return new PortsClosed("battle-1", 3);
    }

    private static ModeRules Rules => new()
    {
        RoomSize = 3,
        QueueGrace = TimeSpan.FromSeconds(1),
        BattleGrace = TimeSpan.FromSeconds(2),
        BattleLimit = TimeSpan.FromSeconds(3),
        AttackThreshold = 4,
        AttackCost = 5,
        FreezeTime = TimeSpan.FromSeconds(6),
        BattleServers = true,
    };

    private static BattlePlayer Alice => new("alice", 20, Alive: true, Connected: true, At);

    private static BattlePlayer Bob => new("bob", 25, Alive: false, Connected: false, At);

    /// <summary>Every kind of push.</summary>
    private static IEnumerable<Push> Pushes() => Enum.GetValues<PushKind>().Select(kind => kind switch
    {
        PushKind.PlayerSyncScore => new Push(kind) { Number = 20, From = "alice" },
        PushKind.BattleServer => new Push(kind) { Server = Server },
        PushKind.PeerDisconnected or PushKind.PeerReconnected => new Push(kind) { Text = "bob", Until = At },
        PushKind.Error => new Push(kind) { Error = new(ErrorCode.Unavailable, "why") },
        PushKind.Snapshot => new Push(kind)
        {
            Snapshot = new()
            {
                UserId = "alice",
                State = "battle",
                Room = "alice_ROOM",
                Mode = "default",
                You = Alice,
                Peers = [Bob],
                BattleServer = Server,
                Record = new() { Wins = 1, Losses = 2, Draws = 3, Last = new("default-6", BattleResult.Draw, 9, At) },
            },
        },
        _ => new Push(kind) { Text = "text", From = "alice" },
    });

    /// <summary>Players, queues and rooms at many moments of a game, and a registry, as they are stored.</summary>
    public static IEnumerable<JsonObject> States()
    {
        var world = new World(new()
        {
            Modes = new Dictionary<string, ModeRules>
            {
                ["default"] = new() { FreezeTime = TimeSpan.FromSeconds(2) },
                ["three"] = new() { RoomSize = 3, BattleServers = true },
            },
        });
        string[] users = ["alice", "bob", "carol", "dave", "erin"];
        var steps = new (string Moment, Action Step)[]
        {
            ("connected", () =>
            {
                foreach (var user in users)
                    world.Connect(user, user == "bob" ? ProtocolVersion.V1 : ProtocolVersion.V2);
            }),
            ("registered", () => world.Ask("alice", new CreateUser("registration"))),
            ("waiting", () => world.Do("alice", new JoinRoom(null), "1")),
            ("in battle", () => world.Do("bob", new JoinRoom(null))),
            ("scored", () => world.Do("alice", new SyncScore(20), "2")),
            ("attacked", () => world.Do("bob", new Attack(null))),
            ("refused while frozen", () => world.Do("alice", new SyncScore(21), "3")),
            ("waiting for three", () =>
            {
                world.Do("carol", new JoinRoom("three"), "\"c\"");
                world.Do("dave", new JoinRoom("three"));
            }),
            ("dropped", () => world.Drop("dave")),
            ("three in battle", () =>
            {
                world.Connect("dave", ProtocolVersion.V2);
                world.Do("erin", new JoinRoom("three"), "\"e\"");
            }),
            ("one dead", () => world.Do("bob", new Die())),
            ("a server allocated", () =>
            {
                foreach (var room in world.Actors.Values.OfType<Room>().ToList())
                    world.Send(room.Id, new ServerAllocated(1, Server));
            }),
            ("dropped in battle", () => world.Drop("alice")),
            ("left", () => world.Do("carol", new ExitRoom(), "9")),
            ("settled by grace", () => world.Pass(TimeSpan.FromSeconds(31))),
            ("gone", () => world.Drop("erin")),
        };
        foreach (var (moment, step) in steps)
        {
            step();
            foreach (var actor in world.Actors.Values.OrderBy(actor => actor.Id.ToString(), StringComparer.Ordinal))
                yield return Stored(moment, actor);
        }

        var registry = new BattleServerRegistry("default", new());
        Message[] told =
        [
            new RegisterServer("battle-1", "subnet-1", "10.0.0.4", [8080, 8081]), new PortsMapped(
                "battle-1", 1, [new(8080, "acc.example", ["1.2.3.4"], 10010), new(8081, "acc.example", ["1.2.3.4"], 10011)]),
            new ServerHeartbeat("battle-1", 1, new Dictionary<int, int> { [8080] = 2 }), new AllocateServer("default-7"), new AllocateServer("default-8"),
            new AllocateServer("default-9"), new RegisterServer("battle-2", "subnet-1", "10.0.0.5", [8080]), new PortsNotMapped("battle-2", 2, "why", Final: false),
            new ReleaseServer("default-7"), new DrainServer("battle-1"),
        ];
        foreach (var message in told)
        {
            registry.Handle(message, At, new Effects());
            yield return Stored(message.GetType().Name, registry);
        }
    }

    /// <summary>The actor from what was stored of it.</summary>
    public static Actor Load(JsonObject stored)
    {
        var id = ((string)stored["actor"]!).Split('/', 2);
        var state = System.Text.Encoding.UTF8.GetBytes(stored["state"]!.ToJsonString());
        var tail = stored["tail"]!.AsArray().Select(entry => new TailEntry(
            (int)entry!["slot"]!, System.Text.Encoding.UTF8.GetBytes(entry["entry"]!.ToJsonString())));
        return Enum.Parse<ActorKind>(id[0]) switch
        {
            ActorKind.Player => Player.Load(id[1], new(), state, tail),
            ActorKind.Matchmaker => Matchmaker.Load(id[1], new(), state),
            ActorKind.Room => Room.Load(id[1], new(), state),
            _ => BattleServerRegistry.Load(new(ActorKind.BattleServerRegistry, id[1]), state),
        };
    }

    /// <summary>The actor as it is stored.</summary>
    public static JsonObject Stored(string moment, Actor actor)
    {
        var buffer = new ArrayBufferWriter<byte>();
        actor.Save(buffer);
        return new()
        {
            ["moment"] = moment,
            ["actor"] = actor.Id.ToString(),
            ["state"] = JsonNode.Parse(buffer.WrittenSpan),
            ["tail"] = new JsonArray([.. actor.Tail(int.MaxValue).Select(entry => (JsonNode)new JsonObject
            {
                ["slot"] = entry.Slot,
                ["entry"] = JsonNode.Parse(entry.Utf8),
            })]),
        };
    }
}
