namespace GameServer.Game.Tests;

/// <summary>The battle and its end: protocol, section 3, rules 3 to 8.</summary>
public sealed class BattleTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(16)]
    public void Any_number_of_players_fight_and_the_highest_score_wins(int size)
    {
        var world = Fight(new() { RoomSize = size });
        for (var i = 0; i < size; i++)
        {
            var seen = world.Do(Name(i), new SyncScore(10 * i));
            Assert.Equal(Others(size, i).Select(o => $"{o}< player_syncscore {10 * i}"), seen);
        }

        for (var i = 0; i < size - 1; i++)
            Assert.Equal(Others(size, i).Select(o => $"{o}< player_died {Name(i)}"), world.Do(Name(i), new Die()));

        var end = world.Do(Name(size - 1), new Die());
        Assert.Equal($"{Name(size - 1)}< battle_settlement WIN", end[0]);
        Assert.Equal(Others(size, size - 1).SelectMany(o => new[] { $"{o}< player_died all", $"{o}< battle_settlement LOSE" }), end[1..]);
        for (var i = 0; i < size; i++)
            Assert.Equal((i == size - 1 ? 1 : 0, i == size - 1 ? 0 : 1, 0), Record(world, Name(i)));
        Assert.DoesNotContain(world.Actors.Values, actor => actor is Room);
    }

    [Fact]
    public void A_tie_at_the_top_is_a_draw_for_those_tied_and_a_loss_below()
    {
        var world = Fight(new() { RoomSize = 3 });
        world.Do("p0", new SyncScore(5));
        world.Do("p1", new SyncScore(5));
        world.Do("p2", new SyncScore(4));
        world.Do("p0", new Die());
        world.Do("p1", new Die());
        Assert.Equal(
            ["p2< battle_settlement LOSE", "p0< player_died all", "p0< battle_settlement DRAW", "p1< player_died all", "p1< battle_settlement DRAW"],
            world.Do("p2", new Die()));
    }

    [Fact]
    public void Nobody_scored_is_a_draw()
    {
        var world = Fight();
        world.Do("p0", new Die());
        Assert.Equal(["p1< battle_settlement DRAW", "p0< player_died all", "p0< battle_settlement DRAW"], world.Do("p1", new Die()));
    }

    [Fact]
    public void A_score_may_go_down()
    {
        var world = Fight();
        world.Do("p0", new SyncScore(50));
        world.Do("p1", new SyncScore(40));
        Assert.Equal(["p1< player_syncscore 30"], world.Do("p0", new SyncScore(30)));
        world.Do("p0", new Die());
        Assert.Contains("p1< battle_settlement WIN", world.Do("p1", new Die()));
    }

    [Fact]
    public void The_dead_do_nothing_more_and_their_score_stands()
    {
        var world = Fight();
        world.Do("p0", new SyncScore(7));
        world.Do("p0", new Die());
        foreach (ClientAction action in new ClientAction[] { new SyncScore(100), new Attack(null), new Die() })
            Assert.Equal([$"p0< error dead {action.Name}"], world.Do("p0", action));
        world.Do("p1", new SyncScore(8));
        Assert.Contains("p0< battle_settlement LOSE", world.Do("p1", new Die()));
    }

    [Fact]
    public void A_room_in_battle_cannot_be_destroyed()
    {
        var world = Fight();
        Assert.Equal(["p0< error battle_in_progress destroyroom"], world.Do("p0", new DestroyRoom()));
    }

    [Fact]
    public void Joining_in_a_battle_resumes_it()
    {
        var world = Fight();
        world.Do("p0", new SyncScore(3));
        Assert.Equal(["p1< joinroom p0_ROOM", "p1< peer_player_id p0", "p1< player_syncscore 3"], world.Do("p1", new JoinRoom(null)));
    }

    // Attack -------------------------------------------------------------------------------------------------------------------

    [Fact]
    public void An_attack_names_its_target_where_there_is_a_choice()
    {
        var world = Fight(new() { RoomSize = 3 });
        Assert.Equal(["p0< error invalid_target attack"], world.Do("p0", new Attack(null)));
        Assert.Equal(["p0< error invalid_target attack"], world.Do("p0", new Attack("p0")));
        Assert.Equal(["p0< error invalid_target attack"], world.Do("p0", new Attack("nobody")));
        Assert.Equal(["p2< attacked FREEZE"], world.Do("p0", new Attack("p2")));
    }

    [Fact]
    public void With_one_opponent_the_target_may_be_named_but_only_rightly()
    {
        var world = Fight();
        Assert.Equal(["p1< attacked FREEZE"], world.Do("p0", new Attack("p1")));
        Assert.Equal(["p0< error invalid_target attack"], world.Do("p0", new Attack("p0")));
    }

    [Fact]
    public void An_attack_needs_the_score_and_takes_its_cost()
    {
        var world = Fight(new() { AttackThreshold = 10, AttackCost = 4 });
        Assert.Equal(["p0< error attack_not_ready attack"], world.Do("p0", new Attack(null)));
        world.Do("p0", new SyncScore(10));
        Assert.Equal(["p1< player_syncscore 6", "p1< attacked FREEZE"], world.Do("p0", new Attack(null)));
        Assert.Equal(["p0< error attack_not_ready attack"], world.Do("p0", new Attack(null)));
    }

    [Fact]
    public void Each_attack_uses_up_its_charge_and_leaves_the_score_as_it_is()
    {
        var world = Fight(new() { AttackCharge = 10 });
        world.Do("p0", new SyncScore(9));
        Assert.Equal(["p0< error attack_not_ready attack"], world.Do("p0", new Attack(null)));
        world.Do("p0", new SyncScore(20));
        Assert.Equal(["p1< attacked FREEZE"], world.Do("p0", new Attack(null)));
        Assert.Equal(["p1< attacked FREEZE"], world.Do("p0", new Attack(null)));
        Assert.Equal(["p0< error attack_not_ready attack"], world.Do("p0", new Attack(null)));
        world.Do("p0", new SyncScore(29));
        Assert.Equal(["p0< error attack_not_ready attack"], world.Do("p0", new Attack(null)));
        world.Do("p0", new SyncScore(30));
        Assert.Equal(["p1< attacked FREEZE"], world.Do("p0", new Attack(null)));
    }

    [Fact]
    public void Charge_is_counted_for_each_player_and_without_overflow()
    {
        var world = Fight(new() { AttackCharge = int.MaxValue });
        world.Do("p0", new SyncScore(int.MaxValue));
        Assert.Equal(["p1< attacked FREEZE"], world.Do("p0", new Attack(null)));
        Assert.Equal(["p0< error attack_not_ready attack"], world.Do("p0", new Attack(null)));
        world.Do("p1", new SyncScore(int.MaxValue));
        Assert.Equal(["p0< attacked FREEZE"], world.Do("p1", new Attack(null)));
    }

    [Fact]
    public void A_frozen_player_neither_scores_nor_attacks_until_the_time_is_over()
    {
        var world = Fight(new() { FreezeTime = TimeSpan.FromSeconds(2) });
        world.Do("p0", new Attack(null));
        Assert.Equal(["p1< error frozen syncscore"], world.Do("p1", new SyncScore(1)));
        Assert.Equal(["p1< error frozen attack"], world.Do("p1", new Attack(null)));
        world.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(["p0< player_syncscore 1"], world.Do("p1", new SyncScore(1)));
    }

    [Fact]
    public void Without_a_freeze_time_the_client_alone_shows_the_attack()
    {
        var world = Fight();
        world.Do("p0", new Attack(null));
        Assert.Equal(["p0< player_syncscore 1"], world.Do("p1", new SyncScore(1)));
    }

    // Leaving ------------------------------------------------------------------------------------------------------------------

    [Fact]
    public void Who_leaves_a_battle_is_dead_in_it_hears_no_more_and_may_join_at_once()
    {
        var world = Fight();
        world.Do("p0", new SyncScore(9));
        Assert.Equal(["p0< exitroom p0_ROOM", "p1< player_died p0"], world.Do("p0", new ExitRoom()));
        Assert.Equal(["p0< joinroom p0_ROOM"], world.Do("p0", new JoinRoom(null)));
        Assert.Equal([], world.Do("p1", new SyncScore(5)));
        Assert.Equal(["p1< battle_settlement LOSE"], world.Do("p1", new Die()));
        Assert.Equal((1, 0, 0), Record(world, "p0"));
        Assert.DoesNotContain(world.Actors.Values, actor => actor is Room);
    }

    [Fact]
    public void Who_drops_and_comes_back_in_time_is_told_everything_and_goes_on()
    {
        var world = Fight(new() { RoomSize = 3 });
        world.Drop("p0");
        world.Do("p1", new SyncScore(4));
        world.Do("p2", new Die());
        world.Pass(TimeSpan.FromSeconds(29));
        Assert.Equal(
            [
                "p0< joinroom p0_ROOM", "p0< peer_player_id p1", "p0< peer_player_id p2", "p0< player_syncscore 4", "p0< player_syncscore 0",
                "p0< player_died p2",
            ],
            world.Connect("p0"));
        Assert.Equal(["p1< player_syncscore 6", "p2< player_syncscore 6"], world.Do("p0", new SyncScore(6)));
        Assert.Empty(world.Pass(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public void Who_does_not_come_back_in_time_is_dead_with_the_score_so_far()
    {
        var world = Fight();
        world.Do("p0", new SyncScore(9));
        world.Drop("p0");
        Assert.Equal(["p1< player_died p0"], world.Pass(TimeSpan.FromSeconds(30)));
        Assert.Equal(["p1< battle_settlement LOSE"], world.Do("p1", new Die()));
        Assert.Equal(["p0< battle_settlement WIN"], world.Connect("p0"));
    }

    [Fact]
    public void A_settlement_is_told_at_the_next_connection_until_it_was_written()
    {
        var world = Fight();
        world.Drop("p0");
        world.Drop("p1");
        world.Pass(TimeSpan.FromSeconds(30));
        Assert.Equal(["p0< battle_settlement DRAW"], world.Connect("p0"));
        world.Drop("p0");
        Assert.Equal(["p0< battle_settlement DRAW"], world.Connect("p0"));
        world.Tell("p0", new PushWritten(world.Connections["p0"], long.MaxValue));
        world.Drop("p0");
        Assert.Empty(world.Connect("p0"));
    }

    [Fact]
    public void The_limit_settles_a_battle_by_score()
    {
        var world = Fight();
        world.Do("p1", new SyncScore(1));
        Assert.Empty(world.Pass(TimeSpan.FromHours(1) - TimeSpan.FromSeconds(1)));
        Assert.Equal(
            ["p0< player_died all", "p0< battle_settlement LOSE", "p1< player_died all", "p1< battle_settlement WIN"], world.Pass(TimeSpan.FromSeconds(1)));
        Assert.Equal(["p0< joinroom p0_ROOM"], world.Do("p0", new JoinRoom(null)));
    }

    // Records ------------------------------------------------------------------------------------------------------------------

    [Fact]
    public void Every_battle_counts_once_however_often_its_settlement_comes()
    {
        var world = Fight();
        var battle = world.Actors.Keys.Single(id => id.Kind == ActorKind.Room).Key;
        world.Do("p0", new SyncScore(1));
        world.Do("p0", new Die());
        world.Do("p1", new Die());
        var last = world.Ask<PlayerInfo>("p0", new GetRecord()).Record.Last!;
        Assert.Equal(battle, last.BattleId);
        for (var i = 0; i < 3; i++)
            Assert.Empty(world.Tell("p0", new Settled(battle, BattleResult.Win, 1, last.At, ShowAllDied: true, LastTag: 9)));
        Assert.Equal((1, 0, 0), Record(world, "p0"));
    }

    [Fact]
    public void A_late_message_of_the_last_battle_cannot_touch_the_next()
    {
        var world = Fight();
        var battle = world.Actors.Keys.Single(id => id.Kind == ActorKind.Room);
        world.Do("p0", new Die());
        world.Do("p1", new Die());
        world.Do("p0", new JoinRoom(null));
        world.Do("p1", new JoinRoom(null));
        world.Send(battle, new ScoreCommand("p0", long.MaxValue, false, 99, Last: null));
        world.Send(battle, new DieCommand("p0", long.MaxValue, false, null));
        Assert.Empty(world.Tell("p0", new BattleEvent(battle.Key, long.MaxValue, new(PushKind.PlayerDied) { Text = "p1" })));
        Assert.Equal(["p0< player_syncscore 1"], world.Do("p1", new SyncScore(1)));
    }

    [Fact]
    public void A_battle_that_is_announced_again_after_its_end_is_offered_and_taken_by_nobody()
    {
        var world = Fight();
        var id = world.Actors.Keys.Single(i => i.Kind == ActorKind.Room);
        world.Do("p0", new Die());
        world.Do("p1", new Die());
        var seats = new[] { new Seat("p0", 1, 1), new Seat("p1", 1, 2) };
        Assert.Empty(world.Send(id, new CreateBattle("default", new(), "p0_ROOM", seats)));
        Assert.DoesNotContain(world.Actors.Values, actor => actor is Room);
    }

    [Fact]
    public void A_seat_not_taken_in_time_ends_the_forming_and_the_others_return_to_their_places()
    {
        var room = new Room("b", new());
        var effects = new Effects();
        var now = DateTimeOffset.UnixEpoch;
        room.Handle(new CreateBattle("default", new(), "a_ROOM", [new("a", 1, 1), new("b", 1, 2)]), now, effects);
        room.Handle(new SeatTaken("a", Present: true), now, effects);
        effects.Clear();
        room.Handle(new Wake(), now + Room.SeatTime, effects);
        Assert.Equal(new Envelope(new(ActorKind.Player, "a"), new Unseated("b"), Durable: true), Assert.Single(effects.Messages));
        Assert.True(room.Erased);
    }

    [Fact]
    public void A_settlement_is_told_again_until_everybody_has_confirmed_it()
    {
        var room = new Room("b", new());
        var effects = new Effects();
        var now = DateTimeOffset.UnixEpoch;
        room.Handle(new CreateBattle("default", new(), "a_ROOM", [new("a", 1, 1), new("b", 1, 2)]), now, effects);
        foreach (var user in new[] { "a", "b" })
            room.Handle(new SeatTaken(user, Present: true), now, effects);
        foreach (var user in new[] { "a", "b" })
            room.Handle(new DieCommand(user, 1, false, null), now, effects);
        room.Handle(new SettlementTaken("a"), now, effects);
        effects.Clear();
        room.Handle(new Wake(), now + Room.RetellTime, effects);
        Assert.Equal("b", Assert.Single(effects.Messages).To.Key);
        room.Handle(new SettlementTaken("b"), now, effects);
        Assert.True(room.Erased);
    }

    [Fact]
    public void A_room_that_was_loaded_again_takes_newer_scores_from_its_players_before_the_limit_settles_it()
    {
        var rules = new GameRules();
        var room = new Room("b", rules);
        var effects = new Effects();
        var now = DateTimeOffset.UnixEpoch;
        room.Handle(new CreateBattle("default", new(), "a_ROOM", [new("a", 1, 1), new("b", 1, 2)]), now, effects);
        foreach (var user in new[] { "a", "b" })
            room.Handle(new SeatTaken(user, Present: true), now, effects);
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        room.Save(bytes);
        room = Room.Load("b", rules, bytes.WrittenSpan);
        now += TimeSpan.FromHours(1);

        effects.Clear();
        room.Handle(new Loaded(SessionsLost: false, ScoresLost: true), now, effects);
        Assert.Equal(2, effects.Messages.Count(m => m.Message is RoomRecovered));
        room.Handle(new AttackCommand("a", 8, false, null), now, effects);
        effects.Clear();
        room.Handle(new PresenceCommand("a", 9, false, Present: true, View: false, new(40, Tag: 7)), now, effects);
        Assert.DoesNotContain(effects.Messages, m => m.Message is Settled);
        room.Handle(new PresenceCommand("b", 9, false, Present: true, View: false, null), now, effects);
        room.Handle(new Wake(), now, effects);
        Assert.Equal(40, effects.Messages.Select(m => m.Message).OfType<Settled>().Max(s => s.Score));
    }

    // Crashes ------------------------------------------------------------------------------------------------------------------

    [Fact]
    public void A_score_before_a_refused_one_stands_and_is_known_to_the_player_too()
    {
        var world = Fight(new() { FreezeTime = TimeSpan.FromSeconds(3) });
        var room = world.Actors.Values.OfType<Room>().Single();
        var lost = Copy(room);
        world.Do("p0", new SyncScore(20));
        world.Do("p1", new Attack(null));
        Assert.Equal(["p0< error frozen syncscore"], world.Do("p0", new SyncScore(21)));

        // The room is lost with all it had not saved, and the player hands in what stands.
        world.Actors[room.Id] = lost;
        Assert.Contains("p1< player_syncscore 20", world.Send(room.Id, new Loaded(SessionsLost: false, ScoresLost: true)));
        world.Do("p0", new Die());
        Assert.Contains("p0< battle_settlement WIN", world.Do("p1", new Die()));
        Assert.Equal(20, world.Ask<PlayerInfo>("p0", new GetRecord()).Record.Last!.Score);
    }

    [Fact]
    public void What_an_attack_has_cost_is_not_given_back_when_the_gateway_hands_in_the_last_score()
    {
        var world = Fight(new() { AttackCost = 10 });
        var player = (Player)world.Actors[new(ActorKind.Player, "p0")];
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        player.Save(bytes);
        world.Do("p0", new SyncScore(20));
        Assert.Equal(["p1< player_syncscore 10", "p1< attacked FREEZE"], world.Do("p0", new Attack(null)));

        world.Actors[player.Id] = Player.Load("p0", new(), bytes.WrittenSpan, []);
        world.Tell("p0", new Loaded(SessionsLost: false, ScoresLost: true));
        var again = new Connect(
            world.Connections["p0"], ProtocolVersion.V1, "t", null, LastSeq: 2, LastScore: 20, Guest: false, Again: true);
        Assert.DoesNotContain("p1< player_syncscore 20", world.Tell("p0", again));
        world.Do("p0", new Die());
        world.Do("p1", new Die());
        Assert.Equal(10, world.Ask<PlayerInfo>("p0", new GetRecord()).Record.Last!.Score);
    }

    [Fact]
    public void The_settlement_answers_what_is_not_answered_yet()
    {
        var player = new Player("a", new());
        var effects = new Effects();
        var now = DateTimeOffset.UnixEpoch;
        ConnectionId connection = new("g", 1);
        void Tell(Message message) => player.Handle(message, now, effects);
        Tell(new Connect(connection, ProtocolVersion.V2, "t", null, null, null, Guest: false));
        Tell(new Request(connection, null, new JoinRoom(null)));
        var join = effects.Messages.Select(m => m.Message).OfType<Enqueue>().Single().JoinId;
        Tell(new Ticketed("default", join, 1, "a_ROOM", Owner: true));
        Tell(new Offer("b", join, 1));
        Tell(new BattleStarted("b", "a_ROOM", ["x"]));
        effects.Clear();

        // Of three requests the room took two before the player was dead; no outcome came.
        foreach (var (id, action) in new (string, ClientAction)[] { ("1", new SyncScore(5)), ("2", new Die()), ("3", new SyncScore(6)) })
            Tell(new Request(connection, new(id), action));
        var death = effects.Messages.Select(m => m.Message).OfType<DieCommand>().Single().Tag;
        effects.Clear();
        Tell(new Settled("b", BattleResult.Win, 5, now, ShowAllDied: true, LastTag: death));
        Assert.Equal(
            ["ok 1", "ok 2", "error dead syncscore", "player_died all", "battle_settlement WIN"], effects.Frames.Select(f => World.Show(f.Frame)));

        // The gateway missed that, and hands the last one in again: it is answered the same, and does nothing in the next battle.
        effects.Clear();
        Tell(new Request(connection, new("3"), new SyncScore(6), Again: true));
        Tell(new Request(connection, new("4"), new SyncScore(7), Again: true));
        Assert.Equal(["error dead syncscore", "error not_in_room syncscore"], effects.Frames.Select(f => World.Show(f.Frame)));
        Assert.Empty(effects.Messages);
    }

    // Battle servers -----------------------------------------------------------------------------------------------------------

    [Fact]
    public void Players_are_told_their_server_another_when_it_moves_and_once_that_there_is_none()
    {
        var world = Fight(new() { BattleServers = true });
        var room = world.Actors.Values.OfType<Room>().Single().Id;
        string[] Both(string what) => [$"p0< {what}", $"p1< {what}"];
        Assert.Equal(Both("error Unavailable"), world.Send(room, new NoServerFree(1)));
        Assert.Empty(world.Send(room, new NoServerFree(1)));
        Assert.Equal(Both("battle_server 1001"), world.Send(room, Server(fence: 2, port: 1001)));
        Assert.Empty(world.Send(room, Server(fence: 2, port: 1001)));
        Assert.Equal(Both("battle_server 1002"), world.Send(room, Server(fence: 3, port: 1002)));
        Assert.Empty(world.Send(room, Server(fence: 2, port: 1001)));
        Assert.Contains("p0< battle_server 1002", world.Do("p0", new JoinRoom(null)));

        // The server is lost and there is no other: nobody is sent to it any more.
        Assert.Equal(Both("error Unavailable"), world.Send(room, new NoServerFree(4)));
        Assert.DoesNotContain(world.Do("p0", new JoinRoom(null)), line => line.Contains("battle_server", StringComparison.Ordinal));
        Assert.Empty(world.Send(room, Server(fence: 3, port: 1002)));
        Assert.Equal(Both("battle_server 1003"), world.Send(room, Server(fence: 5, port: 1003)));
    }

    [Fact]
    public void A_room_without_a_server_asks_again_until_it_has_one()
    {
        var world = Fight(new() { BattleServers = true });
        var room = world.Actors.Values.OfType<Room>().Single();
        Assert.Equal(1, world.ServersAskedFor);
        world.Pass(Room.AskServerTime);
        Assert.Equal(2, world.ServersAskedFor);
        world.Send(room.Id, Server(fence: 1, port: 1001));
        world.Pass(Room.AskServerTime);
        Assert.Equal(2, world.ServersAskedFor);
        world.Send(room.Id, new NoServerFree(2));
        world.Pass(Room.AskServerTime);
        Assert.Equal(3, world.ServersAskedFor);
    }

    private static ServerAllocated Server(long fence, int port) => new(fence, new("b", "localhost", ["127.0.0.1"], port, "tcp") { Place = new("s1", 8080, 7) });

    private static Room Copy(Room room)
    {
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        room.Save(bytes);
        return Room.Load(room.Id.Key, new(), bytes.WrittenSpan);
    }

    private static string Name(int i) => $"p{i}";

    private static IEnumerable<string> Others(int size, int but) => Enumerable.Range(0, size).Where(i => i != but).Select(Name);

    private static World Fight(ModeRules? mode = null)
    {
        mode ??= new();
        var world = new World(new() { Modes = new Dictionary<string, ModeRules> { ["default"] = mode } });
        for (var i = 0; i < mode.RoomSize; i++)
            world.Connect(Name(i));
        for (var i = 0; i < mode.RoomSize; i++)
            world.Do(Name(i), new JoinRoom(null));
        return world;
    }

    private static (int Wins, int Losses, int Draws) Record(World world, string user) =>
        world.Ask<PlayerInfo>(user, new GetRecord()).Record is var r ? (r.Wins, r.Losses, r.Draws) : default;
}
