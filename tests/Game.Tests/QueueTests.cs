namespace GameServer.Game.Tests;

/// <summary>Waiting for opponents: protocol, section 2 and section 3, rules 1 and 2.</summary>
public sealed class QueueTests
{
    private static readonly GameRules TwoModes = new()
    {
        Modes = new Dictionary<string, ModeRules> { ["default"] = new(), ["trio"] = new() { RoomSize = 3 } },
    };

    [Fact]
    public void The_first_in_line_opens_a_room_and_waits()
    {
        var world = Connected("alice");
        Assert.Equal(["alice< joinroom alice_ROOM"], world.Do("alice", new JoinRoom(null)));
        Assert.Equal(["alice< error no_opponent syncscore"], world.Do("alice", new SyncScore(1)));
    }

    [Fact]
    public void Joining_again_while_waiting_answers_with_the_same_room_and_takes_no_second_place()
    {
        var world = Connected("alice", "bob");
        world.Do("alice", new JoinRoom(null));
        Assert.Equal(["alice< joinroom alice_ROOM"], world.Do("alice", new JoinRoom(null)));
        Assert.Equal(1, Queue(world).Waiting);
        Assert.Equal(["alice< joinroom alice_ROOM"], world.Do("alice", new JoinRoom("default")));
    }

    [Fact]
    public void A_player_on_two_connections_is_never_matched_with_itself()
    {
        var world = Connected("alice");
        world.Do("alice", new JoinRoom(null));
        var first = world.Connections["alice"];
        Assert.Equal(["alice< close 4001", "alice< joinroom alice_ROOM"], world.Connect("alice"));
        Assert.Equal(["alice< joinroom alice_ROOM"], world.Do("alice", new JoinRoom(null)));
        Assert.Equal(["alice< error unavailable joinroom"], world.Tell("alice", new Request(first, null, new JoinRoom(null))));
        Assert.Equal(1, Queue(world).Waiting);
    }

    [Fact]
    public void The_late_close_of_an_older_connection_does_not_disturb_the_newer_one()
    {
        var world = Connected("alice", "bob");
        world.Do("alice", new JoinRoom(null));
        var first = world.Connections["alice"];
        world.Connect("alice");
        Assert.Empty(world.Tell("alice", new Disconnect(first)));
        Assert.Contains("alice< peer_player_id bob", world.Do("bob", new JoinRoom(null)));
    }

    [Fact]
    public void Players_are_matched_in_the_order_they_joined()
    {
        var world = Connected("a", "b", "c", "d");
        world.Do("a", new JoinRoom(null));
        Assert.Equal(["b< joinroom a_ROOM", "b< peer_player_id a", "a< peer_player_id b"], world.Do("b", new JoinRoom(null)));
        world.Do("c", new JoinRoom(null));
        Assert.Equal(["d< joinroom c_ROOM", "d< peer_player_id c", "c< peer_player_id d"], world.Do("d", new JoinRoom(null)));
    }

    [Fact]
    public void Three_players_see_each_other_in_the_order_of_joining_and_the_last_one_first()
    {
        var world = Connected(TwoModes, "a", "b", "c");
        world.Do("a", new JoinRoom("trio"));
        Assert.Equal(["b< joinroom a_ROOM"], world.Do("b", new JoinRoom("trio")));
        Assert.Equal(
            [
                "c< joinroom a_ROOM", "c< peer_player_id a", "c< peer_player_id b",
                "b< peer_player_id a", "b< peer_player_id c", "a< peer_player_id b", "a< peer_player_id c",
            ],
            world.Do("c", new JoinRoom("trio")));
    }

    [Fact]
    public void Each_mode_has_a_queue_of_its_own()
    {
        var world = Connected(TwoModes, "a", "b");
        world.Do("a", new JoinRoom("trio"));
        Assert.Equal(["b< joinroom b_ROOM"], world.Do("b", new JoinRoom("default")));
    }

    [Fact]
    public void A_mode_that_does_not_exist_is_refused_by_name()
    {
        var world = Connected(TwoModes, "a");
        Assert.Equal(["a< error unknown_mode joinroom"], world.Do("a", new JoinRoom("chess")));
        Assert.Equal(["a< error not_in_room exitroom"], world.Do("a", new ExitRoom()));
    }

    [Fact]
    public void Who_leaves_the_queue_is_told_and_waits_no_longer()
    {
        var world = Connected("alice", "bob");
        world.Do("alice", new JoinRoom(null));
        Assert.Equal(["alice< exitroom alice_ROOM"], world.Do("alice", new ExitRoom()));
        Assert.Equal(["bob< joinroom bob_ROOM"], world.Do("bob", new JoinRoom(null)));
        Assert.Equal(["alice< error not_in_room exitroom"], world.Do("alice", new ExitRoom()));
    }

    [Fact]
    public void The_owner_destroys_the_waiting_room_and_those_left_wait_in_the_next_ones()
    {
        var world = Connected(TwoModes, "a", "b");
        world.Do("a", new JoinRoom("trio"));
        world.Do("b", new JoinRoom("trio"));
        Assert.Equal(["b< error not_room_owner destroyroom"], world.Do("b", new DestroyRoom()));
        Assert.Equal(["b< joinroom b_ROOM", "a< destroyroom a_ROOM"], world.Do("a", new DestroyRoom()).OrderDescending());
        Assert.Equal(["b< destroyroom b_ROOM"], world.Do("b", new DestroyRoom()));
    }

    [Fact]
    public void Outside_a_room_there_is_nothing_to_do_but_join()
    {
        var world = Connected("a");
        foreach (ClientAction action in new ClientAction[] { new ExitRoom(), new DestroyRoom(), new SyncScore(1), new Attack(null), new Die() })
            Assert.Equal([$"a< error not_in_room {action.Name}"], world.Do("a", action));
    }

    [Fact]
    public void While_waiting_there_is_nobody_to_fight()
    {
        var world = Connected("a");
        world.Do("a", new JoinRoom(null));
        foreach (ClientAction action in new ClientAction[] { new SyncScore(1), new Attack(null), new Die() })
            Assert.Equal([$"a< error no_opponent {action.Name}"], world.Do("a", action));
    }

    [Fact]
    public void Who_drops_is_passed_over_and_keeps_the_place_for_the_grace()
    {
        var world = Connected("a", "b", "c", "d");
        world.Do("a", new JoinRoom(null));
        world.Drop("a");
        Assert.Equal(["b< joinroom b_ROOM"], world.Do("b", new JoinRoom(null)));
        world.Pass(TimeSpan.FromSeconds(9.9));
        Assert.Equal(
            ["a< joinroom a_ROOM", "a< peer_player_id b", "b< joinroom a_ROOM", "b< peer_player_id a"], world.Connect("a").Order());
    }

    [Fact]
    public void Who_stays_away_longer_than_the_grace_loses_the_place()
    {
        var world = Connected("a", "b");
        world.Do("a", new JoinRoom(null));
        world.Drop("a");
        world.Pass(TimeSpan.FromSeconds(10));
        Assert.Equal(0, Queue(world).Waiting);
        Assert.Empty(world.Connect("a"));
        Assert.Equal(["b< joinroom b_ROOM"], world.Do("b", new JoinRoom(null)));
    }

    [Fact]
    public void A_version_2_client_that_resumes_is_told_that_it_lost_the_place()
    {
        var world = new World();
        world.Connect("a", ProtocolVersion.V2);
        world.Do("a", new JoinRoom(null));
        world.Drop("a");
        world.Pass(TimeSpan.FromSeconds(10));
        Assert.Equal(["a< welcome back", "a< exitroom a_ROOM"], world.Connect("a", ProtocolVersion.V2, resume: "token1", lastSeq: 1));
    }

    [Fact]
    public void Who_comes_back_while_waiting_hears_the_room_again()
    {
        var world = Connected("a");
        world.Do("a", new JoinRoom(null));
        world.Drop("a");
        Assert.Equal(["a< joinroom a_ROOM"], world.Connect("a"));
    }

    [Fact]
    public void A_late_repeat_of_who_is_connected_brings_nobody_back()
    {
        var world = Connected("a", "b");
        world.Do("a", new JoinRoom(null));
        var join = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
        var queue = new ActorId(ActorKind.Matchmaker, "default");
        world.Drop("a");
        world.Connect("a");
        world.Drop("a");
        world.Send(queue, new QueuePresence("a", join, Present: true, Tag: 2));
        world.Send(queue, new Enqueue("a", join, null, Present: true));
        Assert.Equal(["b< joinroom b_ROOM"], world.Do("b", new JoinRoom(null)));
    }

    [Fact]
    public void A_queue_that_was_loaded_again_keeps_its_order_and_asks_who_is_there()
    {
        var queue = new Matchmaker("default", new());
        var effects = new Effects();
        queue.Handle(new Enqueue("a", 1, null, Present: true), default, effects);
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        queue.Save(bytes);

        var again = Matchmaker.Load("default", new(), bytes.WrittenSpan);
        effects.Clear();
        again.Handle(new Loaded(SessionsLost: false, ScoresLost: true), default, effects);
        Assert.Equal(new Whereabouts("default", 1), Assert.Single(effects.Messages).Message);

        effects.Clear();
        again.Handle(new Enqueue("b", 1, null, Present: true), default, effects);
        Assert.DoesNotContain(effects.Messages, m => m.Message is CreateBattle);
        effects.Clear();
        again.Handle(new QueuePresence("a", 1, Present: true, Tag: 1), default, effects);
        var create = Assert.IsType<CreateBattle>(Assert.Single(effects.Messages, m => m.Message is CreateBattle).Message);
        Assert.Equal(["a", "b"], create.Roster.Select(s => s.UserId));
        Assert.Equal([1L, 2L], create.Roster.Select(s => s.Number));
    }

    private static Matchmaker Queue(World world) => (Matchmaker)world.Actors[new(ActorKind.Matchmaker, "default")];

    private static World Connected(params string[] users) => Connected(new GameRules(), users);

    private static World Connected(GameRules rules, params string[] users)
    {
        var world = new World(rules);
        foreach (var user in users)
            world.Connect(user);
        return world;
    }

    [Fact]
    public void Of_a_crowd_that_joins_and_drops_only_the_last_ones_keep_their_places()
    {
        var world = new World();
        world.Connect("first");
        world.Do("first", new JoinRoom(null));
        world.Drop("first");
        var (last, kept) = (0, 0);
        for (; kept == last; kept = world.Actors.Values.OfType<Matchmaker>().Single().Waiting - 1)
        {
            last++;
            world.Pass(TimeSpan.FromMilliseconds(1));
            world.Connect($"u{last}");
            world.Do($"u{last}", new JoinRoom(null));
            world.Drop($"u{last}");
        }

        Assert.InRange(last, 200, 1_000);
        Assert.Equal([], world.Connect("first"));
        Assert.Equal(["u1< joinroom u1_ROOM"], world.Connect("u1"));
    }

    [Fact]
    public void No_more_than_a_bounded_number_of_requests_waits_for_a_matchmaker_that_does_not_answer()
    {
        var player = new Player("a", new());
        var effects = new Effects();
        ConnectionId connection = new("g", 1);
        player.Handle(new Connect(connection, ProtocolVersion.V2, "t", null, null, null, Guest: false), DateTimeOffset.UnixEpoch, effects);
        effects.Clear();
        for (var id = 0; id <= Player.MostJoining; id++)
            player.Handle(new Request(connection, new($"{id}"), new JoinRoom(null)), DateTimeOffset.UnixEpoch, effects);
        Assert.Equal("error rate_limited joinroom", World.Show(Assert.Single(effects.Frames).Frame));
        for (var i = 0; i <= Player.MostWaiting; i++)
            player.Handle(new Request(connection, null, new Die()), DateTimeOffset.UnixEpoch, effects);
        Assert.Equal("error rate_limited die", World.Show(effects.Frames[^1].Frame));
        Assert.Single(effects.Messages);
    }
}
