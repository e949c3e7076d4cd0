using System.Globalization;

namespace GameServer.Behaviour;

/// <summary>Version 2: numbers, answers, resume.</summary>
public abstract class ResumeTests(RunningGame game) : BehaviourTest(game)
{
    [ServerFact]
    public async Task A_request_is_answered_once_it_took_effect_and_again_without_a_second_effect()
    {
        var (alice, bob) = await BattleAsync(Protocol.V2);
        await alice.SendAsync("""{"action":"attack","id":"once"}""");
        Assert.Equal("ok once", await alice.SeesAsync());
        await alice.SendAsync("""{"action":"attack","id":"once"}""");
        Assert.Equal("ok once", await alice.SeesAsync());
        Assert.Equal($"attacked FREEZE from {alice.UserId}", await bob.SeesAsync());
        await bob.SeesNothingMoreAsync();
        await alice.SendAsync("""{"action":"attack","user_id":"x","id":7}""");
        Assert.Equal("error invalid_target attack 7", await alice.SeesAsync());
        await alice.SendAsync("""{"action":"attack","user_id":"x","id":7}""");
        Assert.Equal("error invalid_target attack 7", await alice.SeesAsync());
    }

    [ServerFact]
    public async Task A_request_sent_again_after_a_drop_has_no_second_effect()
    {
        var (alice, bob) = await BattleAsync(Protocol.V2);
        await alice.SendAsync("""{"action":"die","id":1}""");
        Assert.Equal("ok 1", await alice.SeesAsync());
        Assert.Equal($"player_died {alice.UserId}", await bob.SeesAsync());
        alice.Drop();
        Assert.Equal($"peer_disconnected {alice.UserId}", await bob.SeesAsync());
        await alice.ReconnectAsync();
        await alice.SendAsync("""{"action":"die","id":1}""");
        Assert.Equal("ok 1", await alice.SeesAsync());
        Assert.Equal($"peer_reconnected {alice.UserId}", await bob.SeesAsync());
        await bob.SeesNothingMoreAsync();
    }

    [ServerFact]
    public async Task A_client_that_counts_from_1_again_after_a_resume_is_not_told_ok_for_what_was_not_done()
    {
        var (alice, bob) = await BattleAsync(Protocol.V2);
        await alice.SendAsync("""{"action":"attack","id":1}""");
        Assert.Equal("ok 1", await alice.SeesAsync());
        Assert.Equal($"attacked FREEZE from {alice.UserId}", await bob.SeesAsync());
        alice.Drop();
        Assert.Equal($"peer_disconnected {alice.UserId}", await bob.SeesAsync());
        await alice.ReconnectAsync();
        Assert.Equal($"peer_reconnected {alice.UserId}", await bob.SeesAsync());
        await alice.SendAsync("""{"action":"syncscore","score":7,"id":1}""");
        Assert.Equal("error bad_message syncscore 1", await alice.SeesAsync());
        await alice.SendAsync("""{"action":"syncscore","score":7,"id":2}""");
        Assert.Equal("ok 2", await alice.SeesAsync());
        Assert.Equal($"player_syncscore 7 from {alice.UserId}", await bob.SeesAsync());
        await bob.SeesNothingMoreAsync();
    }

    [ServerFact]
    public async Task Each_resume_brings_a_new_token_and_the_old_one_is_good_until_the_new_one_was_used()
    {
        var (alice, _) = await BattleAsync(Protocol.V2);
        var first = alice.Token;
        await ResumesAsync(first, resumed: true);
        await ResumesAsync(first, resumed: true); // As if the welcome had been lost.
        var second = alice.Token;
        Assert.NotEqual(first, second);
        await ResumesAsync(second, resumed: true);
        await ResumesAsync(first, resumed: false);

        async Task ResumesAsync(string token, bool resumed)
        {
            alice.Drop();
            alice.Token = token;
            await alice.ReconnectAsync();
            Assert.Equal(resumed, alice.Welcome.GetProperty("resumed").GetBoolean());
        }
    }

    [ServerFact]
    public async Task Every_action_is_answered_with_ok()
    {
        var alice = await ConnectAsync("alice", Protocol.V2);
        var bob = await ConnectAsync("bob", Protocol.V2);
        await AskAsync(alice, "joinroom");
        await AskAsync(alice, "destroyroom");
        await AskAsync(alice, "joinroom");
        await AskAsync(alice, "exitroom");
        await AskAsync(alice, "joinroom");
        await AskAsync(bob, "joinroom");
        await alice.UntilAsync("peer_player_id");
        await bob.UntilAsync("peer_player_id");
        await AskAsync(bob, "joinroom");
        await AskAsync(bob, "syncscore");
        await AskAsync(bob, "attack");
        await AskAsync(bob, "die");
        await AskAsync(alice, "exitroom");
        Assert.Equal("WIN", (await bob.UntilAsync("battle_settlement")).GetString());

        static async Task AskAsync(GameClient player, string action)
        {
            var id = Guid.NewGuid().ToString();
            await player.SendAsync($$"""{"action":"{{action}}","score":1,"id":"{{id}}"}""");
            Assert.Equal($"ok {id}", await player.AnswerAsync(id));
        }
    }

    [ServerFact]
    public async Task What_was_missed_comes_again_in_order_and_without_a_gap()
    {
        var (alice, bob) = await BattleAsync(Protocol.V2);
        await bob.SendAsync("""{"action":"syncscore","score":1}""");
        Assert.Equal($"player_syncscore 1 from {bob.UserId}", await alice.SeesAsync());
        alice.Drop();
        Assert.Equal($"peer_disconnected {alice.UserId}", await bob.SeesAsync());
        for (var i = 2; i <= 20; i++)
            await bob.SendAsync($$"""{"action":"syncscore","score":{{i}},"id":{{i}}}""");
        await bob.SendAsync("""{"action":"attack"}""");
        await bob.SendAsync("""{"action":"die","id":"dead"}""");
        Assert.Equal("ok dead", await bob.AnswerAsync("dead"));

        // The client itself sees to it that the numbers go on without a gap, here and in every other test.
        await alice.ReconnectAsync();
        for (var i = 2; i <= 20; i++)
            Assert.Equal($"player_syncscore {i} from {bob.UserId}", await alice.SeesAsync());
        Assert.Equal($"attacked FREEZE from {bob.UserId}", await alice.SeesAsync());
        Assert.Equal($"player_died {bob.UserId}", await alice.SeesAsync());
        await alice.SeesNothingMoreAsync();
        Assert.Equal($"peer_reconnected {alice.UserId}", await bob.SeesAsync());
    }

    [ServerFact]
    public async Task A_settlement_while_away_comes_with_the_rest_at_the_resume()
    {
        var (alice, bob) = await BattleAsync(Protocol.V2);
        await alice.SendAsync("""{"action":"die","id":1}""");
        Assert.Equal("ok 1", await alice.SeesAsync());
        alice.Drop();
        await bob.UntilAsync("peer_disconnected");
        await bob.SendAsync("""{"action":"die"}""");
        Assert.Equal("battle_settlement DRAW", await bob.SeesAsync());
        await alice.ReconnectAsync();
        Assert.Equal("player_died all", await alice.SeesAsync());
        Assert.Equal("battle_settlement DRAW", await alice.SeesAsync());
        await alice.SeesNothingMoreAsync();
        // A resume does not bring again what was seen.
        alice.Drop();
        await Server.UntilConnectedAsync(1);
        await alice.ReconnectAsync();
        await alice.SeesNothingMoreAsync();
    }

    [ServerFact]
    public async Task What_is_too_long_ago_comes_as_one_snapshot()
    {
        var (alice, bob) = await BattleAsync(Protocol.V2);
        await alice.SendAsync("""{"action":"syncscore","score":4,"id":1}""");
        Assert.Equal("ok 1", await alice.SeesAsync());
        alice.Drop();
        await bob.UntilAsync("peer_disconnected");
        // More than the 256 pushes that are kept for sure, one after the other: not faster than a player may.
        for (var i = 1; i <= 600; i++)
        {
            await bob.SendAsync($$"""{"action":"syncscore","score":{{i}},"id":{{i}}}""");
            var answer = await bob.AnswerAsync(i.ToString(CultureInfo.InvariantCulture));
            if (answer.StartsWith("error rate_limited", StringComparison.Ordinal))
                await Task.Delay(TimeSpan.FromSeconds(1));
        }

        await bob.SendAsync("""{"action":"syncscore","score":1000,"id":"last"}""");
        Assert.Equal("ok last", await bob.AnswerAsync("last"));

        await alice.ReconnectAsync();
        var frame = await alice.NextAsync();
        Assert.Equal("snapshot", frame.GetProperty("action").GetString());
        var data = frame.GetProperty("data");
        Assert.Equal(alice.UserId, data.GetProperty("user_id").GetString());
        Assert.Equal("battle", data.GetProperty("state").GetString());
        Assert.Equal($"{alice.UserId}_ROOM", data.GetProperty("room").GetString());
        Assert.Equal("default", data.GetProperty("mode").GetString());
        Assert.Equal(4, data.GetProperty("you").GetProperty("score").GetInt32());
        Assert.True(data.GetProperty("you").GetProperty("alive").GetBoolean());
        var peer = Assert.Single(data.GetProperty("peers").EnumerateArray());
        Assert.Equal((bob.UserId, 1000), (peer.GetProperty("user_id").GetString(), peer.GetProperty("score").GetInt32()));
        Assert.True(peer.GetProperty("alive").GetBoolean());
        await alice.SeesNothingMoreAsync();

        await bob.SendAsync("""{"action":"attack"}""");
        Assert.Equal($"attacked FREEZE from {bob.UserId}", await alice.SeesAsync());
    }

    [ServerFact]
    public async Task Presence_is_pushed_to_version_2_and_not_to_version_1()
    {
        var players = await BattleAsync(3, "trio", Protocol.V1, Protocol.V2, Protocol.V1);
        var (old, watcher, dropper) = (players[0], players[1], players[2]);
        dropper.Drop();
        var gone = await watcher.UntilAsync("peer_disconnected");
        Assert.Equal(dropper.UserId, gone.GetProperty("user_id").GetString());
        Assert.True(gone.GetProperty("until").GetDateTimeOffset() > DateTimeOffset.UtcNow);
        await dropper.ReconnectAsync();
        Assert.Equal($"peer_reconnected {dropper.UserId}", await watcher.SeesAsync());
        await dropper.UntilAsync("player_syncscore");
        await old.SeesNothingMoreAsync();
    }

    [ServerFact]
    public async Task A_resume_with_anothers_token_or_none_of_ours_is_refused_before_the_upgrade()
    {
        var alice = await ConnectAsync("alice", Protocol.V2);
        var token = Uri.EscapeDataString(alice.Token);
        foreach (var query in new[]
        {
            $"user_id=x&resume={token}", $"user_id={alice.UserId}&resume=x", $"user_id={alice.UserId}&last_seq=1",
        })
            Assert.Equal(400, (await Server.CallAsync("GET", $"/ws?{query}")).Status);
        await alice.SeesNothingMoreAsync();
    }
}
