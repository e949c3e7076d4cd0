using System.Text.RegularExpressions;

namespace GameServer.Behaviour;

/// <summary>Coming, going and coming back.</summary>
public abstract partial class ConnectionTests(RunningGame game) : BehaviourTest(game)
{
    [ServerFact]
    public async Task Who_gives_no_name_is_a_guest_of_12_characters()
    {
        var guest = await ConnectAsAsync(null, Protocol.V2);
        Assert.Matches(GuestName(), guest.UserId);
        var other = await ConnectAsAsync("");
        await guest.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal($"joinroom {guest.UserId}_ROOM", await guest.SeesAsync());
        await other.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal($"joinroom {guest.UserId}_ROOM", await other.SeesAsync());
        var peer = (await guest.UntilAsync("peer_player_id")).GetString()!;
        Assert.Matches(GuestName(), peer);
        Assert.NotEqual(guest.UserId, peer);
    }

    [ServerFact]
    public async Task A_welcome_of_version_2_tells_who_one_is_and_what_the_limits_are()
    {
        var alice = await ConnectAsync("alice", Protocol.V2);
        Assert.NotEmpty(alice.Token);
        Assert.Equal(["user_id", "resume", "resumed", "heartbeat", "limits"], alice.Welcome.EnumerateObject().Select(field => field.Name));
        Assert.Equal(alice.UserId, alice.Welcome.GetProperty("user_id").GetString());
        Assert.True(alice.Welcome.GetProperty("heartbeat").GetDouble() > 0);
    }

    [ServerTheory]
    [InlineData(Protocol.V1)]
    [InlineData(Protocol.V2)]
    public async Task A_newer_connection_takes_over_and_the_older_ones_late_close_does_not_matter(Protocol version)
    {
        var (alice, bob) = await BattleAsync(version);
        // By every gateway in turn: also the one that the older connection is at.
        for (var turn = 0; turn < 3; turn++)
        {
            var newer = await alice.AgainAsync();
            Assert.Equal($"joinroom {alice.UserId}_ROOM", await newer.SeesAsync());
            Assert.Equal($"peer_player_id {bob.UserId}", await newer.SeesAsync());
            Assert.Equal(version == Protocol.V1 ? "player_syncscore 0" : $"player_syncscore 0 from {bob.UserId}", await newer.SeesAsync());
            // Version 2 gets a snapshot as well: it alone has one's own score.
            if (version == Protocol.V2)
                Assert.Equal("battle", (await newer.UntilAsync("snapshot")).GetProperty("state").GetString());
            Assert.Equal(4001, await alice.CloseCodeAsync());
            alice.Dispose(); // Only now does the older socket go.
            alice = newer;
        }

        await Server.UntilConnectedAsync(2);
        await bob.SendAsync("""{"action":"attack"}""");
        Assert.StartsWith("attacked FREEZE", await alice.SeesAsync(), StringComparison.Ordinal);
        await bob.SeesNothingMoreAsync();
        alice.Dispose();
    }

    [ServerFact]
    public async Task Who_is_taken_over_can_do_nothing_more()
    {
        var (alice, bob) = await BattleAsync();
        using var newer = await alice.AgainAsync();
        await newer.UntilAsync("player_syncscore");
        Assert.Equal(4001, await alice.CloseCodeAsync());
        await newer.SendAsync("""{"action":"syncscore","score":3}""");
        Assert.Equal("player_syncscore 3", await bob.SeesAsync());
    }

    [ServerTheory]
    [InlineData(Protocol.V1)]
    [InlineData(Protocol.V2)]
    public async Task Who_drops_while_waiting_keeps_the_place_but_is_not_matched_while_away(Protocol version)
    {
        var first = await ConnectAsync("first", version);
        await first.SendAsync("""{"action":"joinroom","mode":"duel"}""");
        Assert.Equal($"joinroom {first.UserId}_ROOM", await first.SeesAsync());
        first.Drop();
        await Server.UntilConnectedAsync(0);

        var second = await ConnectAsync("second", version);
        await second.SendAsync("""{"action":"joinroom","mode":"duel"}""");
        Assert.Equal($"joinroom {second.UserId}_ROOM", await second.SeesAsync());
        await second.SeesNothingMoreAsync();

        await first.ReconnectAsync();
        if (version == Protocol.V1)
            Assert.Equal($"joinroom {first.UserId}_ROOM", await first.SeesAsync());
        Assert.Equal($"peer_player_id {second.UserId}", await first.SeesAsync());
        Assert.Equal($"joinroom {first.UserId}_ROOM", await second.SeesAsync());
        Assert.Equal($"peer_player_id {first.UserId}", await second.SeesAsync());
    }

    [ServerFact]
    public async Task Who_drops_while_waiting_and_stays_away_loses_the_place()
    {
        // A server of its own: elsewhere somebody else may hold a place that another test left behind.
        await using var server = await Game.StartSmallAsync("--GameServer:Modes:default:QueueGrace=1");
        using var first = await GameClient.ConnectAsync(server.NextGateway, "first");
        await first.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal("joinroom first_ROOM", await first.SeesAsync());
        await server.UntilStatAsync("waiting", 1);
        first.Drop();
        await server.UntilStatAsync("waiting", 0);
        await first.ReconnectAsync();
        await first.SendAsync("""{"action":"exitroom"}""");
        Assert.Equal("error not_in_room exitroom", await first.SeesAsync());
    }

    [ServerFact]
    public async Task Who_drops_in_a_battle_and_comes_back_is_told_all_of_it_unasked()
    {
        var (alice, bob) = await BattleAsync();
        await bob.SendAsync("""{"action":"syncscore","score":7}""");
        Assert.Equal("player_syncscore 7", await alice.SeesAsync());
        alice.Drop();
        await Server.UntilConnectedAsync(1);
        await bob.SendAsync("""{"action":"syncscore","score":9}""");
        await bob.SendAsync("""{"action":"attack"}""");
        await bob.SendAsync("""{"action":"die"}""");
        await bob.SeesNothingMoreAsync();

        await alice.ReconnectAsync();
        Assert.Equal($"joinroom {alice.UserId}_ROOM", await alice.SeesAsync());
        Assert.Equal($"peer_player_id {bob.UserId}", await alice.SeesAsync());
        Assert.Equal("player_syncscore 9", await alice.SeesAsync());
        Assert.Equal($"player_died {bob.UserId}", await alice.SeesAsync());
        await alice.SendAsync("""{"action":"syncscore","score":8}""");
        Assert.Equal("player_syncscore 8", await bob.SeesAsync());
        await alice.SendAsync("""{"action":"die"}""");
        Assert.Equal("battle_settlement LOSE", await alice.SeesAsync());
        Assert.Equal("player_died all", await bob.SeesAsync());
        Assert.Equal("battle_settlement WIN", await bob.SeesAsync());
    }

    [ServerFact]
    public async Task Who_drops_in_a_battle_and_stays_away_is_dead_with_the_score_so_far_and_hears_of_the_end_at_the_next_connect()
    {
        var (alice, bob) = await BattleAsync(mode: "hasty");
        await alice.SendAsync("""{"action":"syncscore","score":5}""");
        Assert.Equal("player_syncscore 5", await bob.SeesAsync());
        alice.Drop();
        Assert.Equal($"player_died {alice.UserId}", await bob.SeesAsync());
        await bob.SendAsync("""{"action":"syncscore","score":4}""");
        await bob.SendAsync("""{"action":"die"}""");
        Assert.Equal("battle_settlement LOSE", await bob.SeesAsync());

        await alice.ReconnectAsync();
        Assert.Equal("battle_settlement WIN", await alice.SeesAsync());
        await alice.SeesNothingMoreAsync();
        // Told once.
        alice.Drop();
        await Server.UntilConnectedAsync(1);
        await alice.ReconnectAsync();
        await alice.SeesNothingMoreAsync();
        Assert.Equal(new(1, 0, 0), await Server.RecordAsync(alice.UserId));
        Assert.Equal(new(0, 1, 0), await Server.RecordAsync(bob.UserId));
    }

    [ServerFact]
    public async Task Both_stay_away_and_both_hear_of_the_end_at_the_next_connect()
    {
        var (alice, bob) = await BattleAsync(mode: "hasty");
        alice.Drop();
        bob.Drop();
        await Server.BecomesAsync(alice.UserId, new(0, 0, 1));
        await alice.ReconnectAsync();
        await bob.ReconnectAsync();
        Assert.Equal("battle_settlement DRAW", await alice.SeesAsync());
        Assert.Equal("battle_settlement DRAW", await bob.SeesAsync());
    }

    [GeneratedRegex("^[A-Z0-9]{12}$")]
    private static partial Regex GuestName();
}
