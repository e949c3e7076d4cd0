namespace GameServer.Behaviour;

/// <summary>SIGKILL to a process that holds the game, in the middle of battles.</summary>
public abstract class CrashTests(RunningGame game) : BehaviourTest(game)
{
    [ServerFact]
    public async Task Battles_go_on_after_SIGKILL_by_clients_that_resume_by_themselves_and_are_settled_once_and_right()
    {
        // As many pairs that whatever dies holds some of them.
        var pairs = new List<(GameClient Alice, GameClient Bob)>();
        for (var i = 0; i < 6; i++)
        {
            var (alice, bob) = (await ResumingAsync("alice"), await ResumingAsync("bob"));
            await JoinAsync(alice, bob);
            Assert.Equal("ok 1", await AskAsync(alice, """{"action":"syncscore","score":41,"id":1}""", "1"));
            Assert.Equal("ok 1", await AskAsync(bob, """{"action":"syncscore","score":40,"id":1}""", "1"));
            Assert.Equal("ok 2", await AskAsync(bob, """{"action":"die","id":2}""", "2"));
            pairs.Add((alice, bob));
        }

        // The crash meets a request of each that is not answered yet.
        foreach (var (alice, _) in pairs)
            await alice.SendAsync("""{"action":"syncscore","score":42,"id":3}""");
        await Server.CrashAsync();

        await Task.WhenAll(pairs.Select(async pair =>
        {
            var (alice, bob) = pair;
            Assert.Equal("ok 3", await alice.AnswerAsync("3"));
            // What was answered before the crash stays so, and has no second effect; the dead stay dead.
            Assert.Equal("ok 2", await AskAsync(bob, """{"action":"die","id":2}""", "2"));
            Assert.Equal("error dead syncscore 3", await AskAsync(bob, """{"action":"syncscore","score":99,"id":3}""", "3"));
            Assert.Equal("ok 4", await AskAsync(alice, """{"action":"die","id":4}""", "4"));
            Assert.Equal("LOSE", (await bob.UntilAsync("battle_settlement")).GetString());
            Assert.Equal("WIN", (await alice.UntilAsync("battle_settlement")).GetString());
            await alice.SeesNothingMoreAsync();
            await bob.SeesNothingMoreAsync();
            Assert.Equal(new(1, 0, 0), await Server.RecordAsync(alice.UserId));
            Assert.Equal(new(0, 1, 0), await Server.RecordAsync(bob.UserId));
            var last = (await Server.CallAsync("GET", $"/players/{alice.UserId}")).Json.GetProperty("last");
            Assert.Equal(42, last.GetProperty("score").GetInt32());
        }));
    }

    [ServerFact]
    public async Task A_settlement_that_was_pushed_survives_SIGKILL_and_counts_once()
    {
        var settled = new List<GameClient>();
        for (var i = 0; i < 4; i++)
        {
            var (alice, bob) = await BattleAsync();
            await alice.SendAsync("""{"action":"die"}""");
            Assert.Equal($"player_died {alice.UserId}", await bob.SeesAsync());
            await bob.SendAsync("""{"action":"die"}""");
            Assert.Equal("battle_settlement DRAW", await bob.SeesAsync());
            settled.AddRange([alice, bob]);
        }

        await Server.CrashAsync();
        foreach (var player in settled)
            await Server.BecomesAsync(player.UserId, new(0, 0, 1));
        // None of them is in a battle any more.
        foreach (var player in settled)
        {
            using var again = await player.AgainAsync();
            await again.SeesNothingMoreAsync();
        }
    }

    [ServerFact]
    public async Task After_SIGKILL_who_does_not_come_back_is_dead_when_the_grace_ends()
    {
        var (alice, bob) = await BattleAsync(mode: "hasty");
        await bob.SendAsync("""{"action":"syncscore","score":7}""");
        Assert.Equal("player_syncscore 7", await alice.SeesAsync());
        bob.Drop();
        alice.Drop();
        await Server.CrashAsync();
        // Both are away, and nobody asks: the server itself must remember that the battle is to end.
        await Server.BecomesAsync(bob.UserId, new(1, 0, 0));
        await Server.BecomesAsync(alice.UserId, new(0, 1, 0));
        await alice.ReconnectAsync();
        Assert.Equal("battle_settlement LOSE", await alice.SeesAsync());
    }

    [ServerFact]
    public async Task A_place_in_the_queue_is_kept_over_SIGKILL()
    {
        var alice = await ResumingAsync("alice");
        await alice.SendAsync("""{"action":"joinroom","mode":"duel"}""");
        Assert.Equal($"joinroom {alice.UserId}_ROOM", await alice.SeesAsync());
        await Server.CrashAsync();
        Assert.Equal("ok again", await AskAsync(alice, """{"action":"joinroom","mode":"duel","id":"again"}""", "again"));

        var bob = await ResumingAsync("bob");
        await bob.SendAsync("""{"action":"joinroom","mode":"duel","id":1}""");
        Assert.Equal(bob.UserId, (await alice.UntilAsync("peer_player_id")).GetString());
        Assert.Equal(alice.UserId, (await bob.UntilAsync("peer_player_id")).GetString());
    }

    private Task<GameClient> ResumingAsync(string name) => ConnectAsAsync($"{name}-{Game.NextPlayer()}", Protocol.V2, resumesByItself: true);

    private static async Task JoinAsync(GameClient first, GameClient second)
    {
        await first.SendAsync("""{"action":"joinroom"}""");
        await first.UntilAsync("joinroom");
        await second.SendAsync("""{"action":"joinroom"}""");
        await first.UntilAsync("peer_player_id");
        await second.UntilAsync("peer_player_id");
    }

    private static async Task<string> AskAsync(GameClient player, string json, string id)
    {
        await player.SendAsync(json);
        return await player.AnswerAsync(id);
    }
}
