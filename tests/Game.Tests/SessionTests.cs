namespace GameServer.Game.Tests;

/// <summary>Version 2's sequence numbers, replies and resume, and the user: protocol, sections 1, 4 and 5.</summary>
public sealed class SessionTests
{
    [Fact]
    public void A_version_2_client_hears_a_welcome_first()
    {
        var world = new World();
        Assert.Equal(["a< welcome"], world.Connect("a", ProtocolVersion.V2));
        Assert.Empty(world.Connect("b"));
    }

    [Fact]
    public void A_request_with_an_id_is_answered_once_it_took_effect_or_was_refused()
    {
        var world = Fight();
        Assert.Equal(["b< player_syncscore 5", "a< ok 1"], world.Do("a", new SyncScore(5), "1"));
        Assert.Equal(["a< error battle_in_progress destroyroom"], world.Do("a", new DestroyRoom(), "2"));
        Assert.Equal(["b< attacked FREEZE", "a< ok \"x\""], world.Do("a", new Attack(null), "\"x\""));
        Assert.Equal(["a< ok 3", "b< player_died a"], world.Do("a", new Die(), "3").Order());
    }

    [Fact]
    public void The_same_request_again_is_answered_the_same_and_does_nothing_more()
    {
        var world = Fight();
        world.Do("a", new SyncScore(5), "1");
        world.Do("a", new SyncScore(6), "2");
        Assert.Equal(["a< ok 1"], world.Do("a", new SyncScore(5), "1"));
        Assert.Equal(["a< error invalid_target attack"], world.Do("a", new Attack("a"), "3"));
        Assert.Equal(["a< error invalid_target attack"], world.Do("a", new Attack("b"), "3"));
        Assert.Equal(["b< player_died a", "a< ok 4"], world.Do("a", new Die(), "4").OrderDescending());
        Assert.Equal(["a< ok 4"], world.Do("a", new Die(), "4"));
    }

    [Fact]
    public void Pushes_are_numbered_without_gap_and_those_missed_come_again_in_order()
    {
        var world = Fight();
        world.Drop("a");
        world.Do("b", new SyncScore(1));
        world.Do("b", new SyncScore(2));
        world.Do("b", new Attack(null));
        Assert.Equal(
            ["a< welcome", "a< peer_player_id b", "a< player_syncscore 1", "a< player_syncscore 2", "a< attacked FREEZE"],
            world.Connect("a", ProtocolVersion.V2, resume: "token1", lastSeq: 1));
        Assert.Equal(["a< player_syncscore 3"], world.Do("b", new SyncScore(3)));
    }

    [Fact]
    public void The_last_256_pushes_are_kept_and_a_client_further_behind_gets_the_whole_state()
    {
        var world = Fight();
        world.Drop("a");
        for (var score = 1; score <= 256; score++)
            world.Do("b", new SyncScore(score));
        Assert.Equal(257, world.Connect("a", ProtocolVersion.V2, resume: "token1", lastSeq: 2).Length);
        world.Drop("a");
        world.Do("b", new SyncScore(1000));
        Assert.Equal(["a< welcome", "a< snapshot battle"], world.Connect("a", ProtocolVersion.V2, resume: "token1", lastSeq: 2));
    }

    [Fact]
    public void A_resume_of_nothing_known_begins_a_new_session_with_the_whole_state()
    {
        var world = Fight();
        Assert.Equal(
            ["a< close 4001", "a< welcome", "a< snapshot battle"], world.Connect("a", ProtocolVersion.V2, resume: "forged", lastSeq: 1));
    }

    [Fact]
    public void A_new_session_is_not_told_the_pushes_of_the_one_before()
    {
        var world = Fight();
        world.Connect("a", ProtocolVersion.V2);
        var connection = world.Connections["a"];
        Assert.DoesNotContain(
            "a< player_died b",
            world.Tell("a", new Connect(connection, ProtocolVersion.V2, "token9", null, null, null, Guest: false, Again: true)).Skip(1).Take(1));
        world.Do("a", new ExitRoom());
        world.Drop("a");
        Assert.Equal(["a< welcome"], world.Connect("a", ProtocolVersion.V2));
        connection = world.Connections["a"];
        Assert.Equal(
            ["a< welcome"], world.Tell("a", new Connect(connection, ProtocolVersion.V2, "x", null, null, null, Guest: false, Again: true)));
    }

    [Fact]
    public void A_session_that_nobody_resumes_is_forgotten()
    {
        var world = new World();
        world.Connect("a", ProtocolVersion.V2);
        world.Drop("a");
        Assert.Single(world.Actors);
        world.Pass(TimeSpan.FromMinutes(10));
        Assert.Empty(world.Actors);
    }

    [Fact]
    public void Version_2_hears_who_dropped_and_came_back_and_version_1_does_not()
    {
        var world = Fight();
        Assert.Equal(["a< peer_disconnected b"], world.Drop("b"));
        Assert.Equal("a< peer_reconnected b", world.Connect("b")[0]);
        Assert.DoesNotContain(world.Drop("a"), line => line.StartsWith("b<", StringComparison.Ordinal));
    }

    [Fact]
    public void A_guest_leaves_nothing_behind()
    {
        var world = new World();
        var connection = new ConnectionId("", 77);
        world.Connect("b");
        world.Connections["guest"] = connection;
        world.Tell("guest", new Connect(connection, ProtocolVersion.V1, "t", null, null, null, Guest: true));
        Assert.True(world.Ask<PlayerInfo>("guest", new GetRecord()).Known);
        world.Tell("guest", new Disconnect(connection));
        Assert.False(world.Actors.ContainsKey(new(ActorKind.Player, "guest")));
    }

    [Fact]
    public void A_user_is_created_once_and_deleted_once()
    {
        var world = new World();
        Assert.True(world.Ask<bool>("a", new CreateUser("r1")));
        Assert.False(world.Ask<bool>("a", new CreateUser("r2")));
        Assert.True(world.Ask<PlayerInfo>("a", new GetRecord()).Registered);
        Assert.True(world.Ask<bool>("a", new DeleteUser(null)));
        Assert.False(world.Ask<bool>("a", new DeleteUser(null)));
        Assert.Empty(world.Actors);
    }

    [Fact]
    public void A_registration_asked_for_twice_is_one_and_opens_nothing_once_the_name_has_another_owner()
    {
        var world = new World();
        Assert.True(world.Ask<bool>("a", new CreateUser("first")));
        Assert.True(world.Ask<bool>("a", new CreateUser("first")));
        Assert.Empty(world.Connect("a", registration: "first"));
        Assert.Equal(["a< close 4002"], world.Tell("a", new DeleteUser("first")));
        Assert.True(world.Ask<bool>("a", new CreateUser("second")));

        Assert.Equal(["a< close 4002"], world.Connect("a", registration: "first"));
        Assert.False(world.Ask<bool>("a", new DeleteUser("first")));
        Assert.False(world.Ask<bool>("a", new RenewRegistration("first", "third")));
        Assert.Empty(world.Connect("a", registration: "second"));
        Assert.True(world.Ask<PlayerInfo>("a", new GetRecord()).Registered);
    }

    [Fact]
    public void A_connection_of_a_void_registration_leaves_the_owners_alone()
    {
        var world = new World();
        world.Ask<bool>("a", new CreateUser("second"));
        world.Connect("a", registration: "second");
        var owners = world.Connections["a"];

        Assert.Equal(["a< close 4002"], world.Connect("a", registration: "first"));

        world.Connections["a"] = owners;
        Assert.Equal(["a< joinroom a_ROOM"], world.Do("a", new JoinRoom(null)));
    }

    [Fact]
    public void A_renewed_registration_is_void_but_for_renewing_again_until_the_new_one_is_used()
    {
        var world = new World();
        world.Ask<bool>("a", new CreateUser("r1"));
        Assert.True(world.Ask<bool>("a", new RenewRegistration("r1", "r2")));
        Assert.True(world.Ask<bool>("a", new RenewRegistration("r1", "r2"))); // The question came twice.
        Assert.Equal(["a< close 4002"], world.Connect("a", registration: "r1"));
        Assert.True(world.Ask<bool>("a", new RenewRegistration("r1", "r3"))); // The answer was lost.
        Assert.Equal(["a< close 4002"], world.Connect("a", registration: "r2"));
        Assert.Empty(world.Connect("a", registration: "r3"));
        Assert.False(world.Ask<bool>("a", new RenewRegistration("r1", "r4")));
        Assert.False(world.Ask<bool>("a", new RenewRegistration("r2", "r4")));
        Assert.True(world.Ask<bool>("a", new RenewRegistration("r3", "r4")));
    }

    [Fact]
    public void A_user_of_a_version_without_registrations_is_held_by_its_token_until_it_is_deleted()
    {
        var rules = new GameRules();
        var player = Player.Load("a", rules, """{"Registered":true}"""u8, []);
        var effects = new Effects();
        player.Handle(new RenewRegistration("", "r1"), default, effects);
        Assert.True((bool)effects.TakeAnswer()!);
        player.Handle(new DeleteUser(""), default, effects);
        Assert.False((bool)effects.TakeAnswer()!);
        player.Handle(new DeleteUser("r1"), default, effects);
        Assert.True((bool)effects.TakeAnswer()!);
        player.Handle(new RenewRegistration("", "r2"), default, effects);
        Assert.False((bool)effects.TakeAnswer()!);
    }

    [Fact]
    public void A_deleted_user_leaves_the_battle_and_is_shown_out()
    {
        var world = Fight();
        world.Ask<bool>("a", new CreateUser("r1"));
        Assert.Equal(["a< close 4002", "b< player_died a"], world.Tell("a", new DeleteUser(null)));
        Assert.Equal(["b< battle_settlement DRAW"], world.Do("b", new Die()));
        Assert.False(world.Ask<PlayerInfo>("a", new GetRecord()).Known);
        Assert.DoesNotContain(world.Actors.Values, actor => actor is Room);
    }

    /// <summary>a speaks version 2, b version 1.</summary>
    [Fact]
    public void A_client_that_begins_anew_in_a_battle_is_told_everything_and_its_own_score()
    {
        var world = Fight();
        world.Do("a", new SyncScore(7));
        world.Drop("a");
        Assert.Equal(
            ["a< welcome", "a< joinroom a_ROOM", "a< peer_player_id b", "a< player_syncscore 0", "a< snapshot battle"],
            world.Connect("a", ProtocolVersion.V2));
    }

    private static World Fight()
    {
        var world = new World();
        world.Connect("a", ProtocolVersion.V2);
        world.Connect("b");
        world.Do("a", new JoinRoom(null));
        world.Do("b", new JoinRoom(null));
        return world;
    }
}
