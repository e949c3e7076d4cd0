using System.Text.Json;

namespace GameServer.Behaviour;

/// <summary>Joining, leaving, and who meets whom.</summary>
public abstract class RoomTests(RunningGame game) : BehaviourTest(game)
{
    [ServerFact]
    public async Task First_in_is_first_out()
    {
        // Each pair that is complete is matched at once, so the order of joining alone says who meets whom.
        var players = new GameClient[8];
        for (var i = 0; i < players.Length; i++)
        {
            players[i] = await ConnectAsync("p", i % 3 == 0 ? Protocol.V2 : Protocol.V1);
            await players[i].SendAsync("""{"action":"joinroom"}""");
            Assert.Equal($"joinroom {players[i - i % 2].UserId}_ROOM", await players[i].SeesAsync());
        }

        for (var i = 0; i < players.Length; i++)
            Assert.Equal($"peer_player_id {players[i ^ 1].UserId}", await players[i].SeesAsync());
    }

    [ServerFact]
    public async Task Modes_have_queues_of_their_own()
    {
        var alice = await ConnectAsync("alice");
        var bob = await ConnectAsync("bob");
        await alice.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal($"joinroom {alice.UserId}_ROOM", await alice.SeesAsync());
        await bob.SendAsync("""{"action":"joinroom","mode":"frost"}""");
        Assert.Equal($"joinroom {bob.UserId}_ROOM", await bob.SeesAsync());
        await alice.SeesNothingMoreAsync();
        // Without a mode it is the default one.
        var carol = await ConnectAsync("carol");
        await carol.SendAsync("""{"action":"joinroom","mode":"default"}""");
        Assert.Equal($"joinroom {alice.UserId}_ROOM", await carol.SeesAsync());
        Assert.Equal($"peer_player_id {alice.UserId}", await carol.SeesAsync());
    }

    [ServerFact]
    public async Task Joining_again_while_waiting_answers_with_the_same_room_and_takes_no_second_place()
    {
        var alice = await ConnectAsync("alice");
        for (var i = 0; i < 3; i++)
        {
            await alice.SendAsync("""{"action":"joinroom"}""");
            Assert.Equal($"joinroom {alice.UserId}_ROOM", await alice.SeesAsync());
        }

        // Also with another mode: one room, one place.
        await alice.SendAsync("""{"action":"joinroom","mode":"trio"}""");
        Assert.Equal($"joinroom {alice.UserId}_ROOM", await alice.SeesAsync());
        await alice.SeesNothingMoreAsync(); // Never matched with oneself.

        var bob = await ConnectAsync("bob");
        await bob.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal($"peer_player_id {bob.UserId}", await alice.SeesAsync());
        await alice.SeesNothingMoreAsync();
    }

    [ServerTheory]
    [InlineData(Protocol.V1)]
    [InlineData(Protocol.V2)]
    public async Task Joining_again_in_a_battle_tells_again_where_one_is(Protocol version)
    {
        var (alice, bob) = await BattleAsync(version);
        await bob.SendAsync("""{"action":"syncscore","score":12}""");
        await alice.UntilAsync("player_syncscore");
        await alice.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal($"joinroom {alice.UserId}_ROOM", await alice.SeesAsync());
        Assert.Equal($"peer_player_id {bob.UserId}", await alice.SeesAsync());
        Assert.StartsWith("player_syncscore 12", await alice.SeesAsync(), StringComparison.Ordinal);
        await alice.SeesNothingMoreAsync();
        await bob.SeesNothingMoreAsync();
    }

    [ServerTheory]
    [InlineData("exitroom")]
    [InlineData("destroyroom")]
    public async Task A_room_that_is_left_or_destroyed_while_it_waits_is_gone(string action)
    {
        var alice = await ConnectAsync("alice");
        await alice.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal($"joinroom {alice.UserId}_ROOM", await alice.SeesAsync());
        await alice.SendAsync($$"""{"action":"{{action}}"}""");
        Assert.Equal($"{action} {alice.UserId}_ROOM", await alice.SeesAsync());

        var bob = await ConnectAsync("bob");
        await bob.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal($"joinroom {bob.UserId}_ROOM", await bob.SeesAsync());
        await bob.SeesNothingMoreAsync();
        // Who left joins again like anybody else.
        await alice.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal($"joinroom {bob.UserId}_ROOM", await alice.SeesAsync());
        Assert.Equal($"peer_player_id {bob.UserId}", await alice.SeesAsync());
        Assert.Equal($"peer_player_id {alice.UserId}", await bob.SeesAsync());
    }

    [ServerFact]
    public async Task Leaving_a_battle_is_dying_and_one_may_join_again_at_once()
    {
        var (alice, bob) = await BattleAsync();
        await alice.SendAsync("""{"action":"syncscore","score":9}""");
        Assert.Equal("player_syncscore 9", await bob.SeesAsync());
        await alice.SendAsync("""{"action":"exitroom"}""");
        Assert.Equal($"exitroom {alice.UserId}_ROOM", await alice.SeesAsync());
        Assert.Equal($"player_died {alice.UserId}", await bob.SeesAsync());

        await alice.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal($"joinroom {alice.UserId}_ROOM", await alice.SeesAsync());
        var carol = await ConnectAsync("carol");
        await carol.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal($"peer_player_id {carol.UserId}", await alice.SeesAsync());

        // The old battle goes on without a word to alice, and its result comes to the record.
        await bob.SendAsync("""{"action":"syncscore","score":3}""");
        await bob.SendAsync("""{"action":"attack"}""");
        await bob.SendAsync("""{"action":"die"}""");
        Assert.Equal("battle_settlement LOSE", await bob.SeesAsync());
        await Server.BecomesAsync(alice.UserId, new(1, 0, 0));
        await alice.SeesNothingMoreAsync();
        await bob.SeesNothingMoreAsync();
    }

    [ServerFact]
    public async Task After_the_settlement_all_may_join_again()
    {
        var (alice, bob) = await BattleAsync();
        for (var round = 1; round <= 3; round++)
        {
            await alice.SendAsync("""{"action":"die"}""");
            Assert.Equal($"player_died {alice.UserId}", await bob.SeesAsync());
            await bob.SendAsync("""{"action":"die"}""");
            Assert.Equal("battle_settlement DRAW", await bob.SeesAsync());
            Assert.Equal("player_died all", await alice.SeesAsync());
            Assert.Equal("battle_settlement DRAW", await alice.SeesAsync());
            Assert.Equal(new(0, 0, round), await Server.RecordAsync(alice.UserId));
            await bob.SendAsync("""{"action":"joinroom"}""");
            Assert.Equal($"joinroom {bob.UserId}_ROOM", await bob.SeesAsync());
            await alice.SendAsync("""{"action":"joinroom"}""");
            Assert.Equal($"joinroom {bob.UserId}_ROOM", await alice.SeesAsync());
            Assert.Equal($"peer_player_id {bob.UserId}", await alice.SeesAsync());
            Assert.Equal($"peer_player_id {alice.UserId}", await bob.SeesAsync());
        }
    }
}

/// <summary>Battles of more than two.</summary>
public abstract class LargeRoomTests(RunningGame game) : BehaviourTest(game)
{
    [ServerFact]
    public async Task Who_waits_in_a_room_for_several_hears_how_many_are_there()
    {
        var alice = await ConnectAsync("alice", Protocol.V2);
        var bob = await ConnectAsync("bob", Protocol.V2);
        await alice.SendAsync("""{"action":"joinroom","mode":"trio"}""");
        Assert.Equal(1, (await alice.UntilAsync("waiting")).GetInt32());
        await bob.SendAsync("""{"action":"joinroom","mode":"trio"}""");
        Assert.Equal(2, (await alice.UntilAsync("waiting")).GetInt32());
        Assert.Equal(2, (await bob.UntilAsync("waiting")).GetInt32());
        await alice.SendAsync("""{"action":"exitroom"}""");
        Assert.Equal(1, (await bob.UntilAsync("waiting")).GetInt32());
    }

    [ServerFact]
    public async Task A_death_says_whether_the_player_left()
    {
        var players = await BattleAsync(3, "trio", Protocol.V2);
        var (a, b, c) = (players[0], players[1], players[2]);
        await b.SendAsync("""{"action":"die"}""");
        Assert.False((await DeathAsync(a)).TryGetProperty("left", out _));
        await c.SendAsync("""{"action":"exitroom"}""");
        Assert.True((await DeathAsync(a)).GetProperty("left").GetBoolean());

        static async Task<JsonElement> DeathAsync(GameClient player)
        {
            JsonElement frame;
            do
                frame = await player.NextAsync();
            while (frame.GetProperty("action").GetString() != "player_died");
            return frame;
        }
    }

    [ServerFact]
    public async Task Three_play_and_a_tie_at_the_top_is_a_draw_for_those_tied()
    {
        var players = await BattleAsync(3, "trio", Protocol.V1);
        var (a, b, c) = (players[0], players[1], players[2]);
        await a.SendAsync("""{"action":"syncscore","score":8}""");
        await AllSeeAsync("player_syncscore 8", b, c);
        await b.SendAsync("""{"action":"syncscore","score":8}""");
        await AllSeeAsync("player_syncscore 8", a, c);
        await c.SendAsync("""{"action":"syncscore","score":7}""");
        await AllSeeAsync("player_syncscore 7", a, b);

        await a.SendAsync("""{"action":"die"}""");
        await AllSeeAsync($"player_died {a.UserId}", b, c);
        await c.SendAsync("""{"action":"die"}""");
        await AllSeeAsync($"player_died {c.UserId}", a, b);
        await b.SendAsync("""{"action":"die"}""");
        await AllSeeAsync("player_died all", a, c);
        await AllSeeAsync("battle_settlement DRAW", a, b);
        await AllSeeAsync("battle_settlement LOSE", c);
        foreach (var player in players)
            await player.SeesNothingMoreAsync();
        Assert.Equal(new(0, 0, 1), await Server.RecordAsync(a.UserId));
        Assert.Equal(new(0, 0, 1), await Server.RecordAsync(b.UserId));
        Assert.Equal(new(0, 1, 0), await Server.RecordAsync(c.UserId));
    }

    [ServerFact]
    public async Task With_more_than_two_an_attack_needs_a_target_and_only_that_one_is_attacked()
    {
        var players = await BattleAsync(3, "trio", Protocol.V1, Protocol.V2);
        var (a, b, c) = (players[0], players[1], players[2]);
        await a.SendAsync("""{"action":"attack"}""");
        Assert.Equal("error invalid_target attack", await a.SeesAsync());
        foreach (var target in new[] { a.UserId, "nobody" })
        {
            await a.SendAsync($$"""{"action":"attack","user_id":"{{target}}"}""");
            Assert.Equal("error invalid_target attack", await a.SeesAsync());
        }

        await a.SendAsync($$"""{"action":"attack","user_id":"{{b.UserId}}"}""");
        Assert.Equal($"attacked FREEZE from {a.UserId}", await b.SeesAsync()); // Version 2 says who it was.
        await c.SeesNothingMoreAsync();
        await b.SendAsync($$"""{"action":"attack","user_id":"{{c.UserId}}"}""");
        Assert.Equal("attacked FREEZE", await c.SeesAsync());
        await a.SeesNothingMoreAsync();
    }

    [ServerFact]
    public async Task Five_play_one_leaves_one_drops_and_the_rest_see_it_through()
    {
        var players = await BattleAsync(5, "five", Protocol.V2, Protocol.V1);
        var (a, b, c, d, e) = (players[0], players[1], players[2], players[3], players[4]); // a, c, e: version 2.
        await b.SendAsync("""{"action":"syncscore","score":50}""");
        await AllSeeAsync($"player_syncscore 50 from {b.UserId}", a, c, e);
        await AllSeeAsync("player_syncscore 50", d);
        await b.SendAsync("""{"action":"exitroom"}""");
        Assert.Equal($"exitroom {a.UserId}_ROOM", await b.SeesAsync());
        await AllSeeAsync($"player_died {b.UserId}", a, c, d, e);

        d.Drop();
        await AllSeeAsync($"peer_disconnected {d.UserId}", a, c, e);
        await a.SendAsync("""{"action":"syncscore","score":50}""");
        await AllSeeAsync($"player_syncscore 50 from {a.UserId}", c, e);
        await a.SendAsync("""{"action":"die"}""");
        await AllSeeAsync($"player_died {a.UserId}", c, e);
        await d.ReconnectAsync();
        await AllSeeAsync($"peer_reconnected {d.UserId}", a, c, e);
        // Version 1 is told everything again, in the order the others joined.
        string[] all =
        [
            $"joinroom {a.UserId}_ROOM",
            $"peer_player_id {a.UserId}", $"peer_player_id {b.UserId}", $"peer_player_id {c.UserId}", $"peer_player_id {e.UserId}",
            "player_syncscore 50", $"player_died {a.UserId}", "player_syncscore 50", $"player_died {b.UserId}",
            "player_syncscore 0", "player_syncscore 0",
        ];
        foreach (var line in all)
            Assert.Equal(line, await d.SeesAsync());

        await e.SendAsync("""{"action":"die"}""");
        await AllSeeAsync($"player_died {e.UserId}", a, c, d);
        await d.SendAsync("""{"action":"die"}""");
        await AllSeeAsync($"player_died {d.UserId}", a, c, e);
        await c.SendAsync("""{"action":"die"}""");
        await AllSeeAsync("player_died all", a, d, e);
        await AllSeeAsync("battle_settlement DRAW", a);
        await AllSeeAsync("battle_settlement LOSE", c, d, e);
        foreach (var player in players)
            await player.SeesNothingMoreAsync();
        await Server.BecomesAsync(b.UserId, new(0, 0, 1));
    }

    [ServerFact]
    public async Task When_the_owner_of_a_waiting_room_leaves_the_next_in_line_owns_it()
    {
        var a = await ConnectAsync("a");
        var b = await ConnectAsync("b");
        var c = await ConnectAsync("c");
        var d = await ConnectAsync("d");
        await a.SendAsync("""{"action":"joinroom","mode":"trio"}""");
        await AllSeeAsync($"joinroom {a.UserId}_ROOM", a);
        await b.SendAsync("""{"action":"joinroom","mode":"trio"}""");
        await AllSeeAsync($"joinroom {a.UserId}_ROOM", b);
        await a.SendAsync("""{"action":"destroyroom"}""");
        await AllSeeAsync($"destroyroom {a.UserId}_ROOM", a);
        await AllSeeAsync($"joinroom {b.UserId}_ROOM", b);
        await c.SendAsync("""{"action":"joinroom","mode":"trio"}""");
        await AllSeeAsync($"joinroom {b.UserId}_ROOM", c);
        await d.SendAsync("""{"action":"joinroom","mode":"trio"}""");
        await AllSeeAsync($"joinroom {b.UserId}_ROOM", d);
        await AllSeeAsync($"peer_player_id {b.UserId}", c, d);
        await AllSeeAsync($"peer_player_id {c.UserId}", b);
        await AllSeeAsync($"peer_player_id {d.UserId}", b, c);
        await AllSeeAsync($"peer_player_id {c.UserId}", d);
    }

    private static async Task AllSeeAsync(string line, params GameClient[] players)
    {
        foreach (var player in players)
            Assert.Equal((player.UserId, line), (player.UserId, await player.SeesAsync()));
    }
}
