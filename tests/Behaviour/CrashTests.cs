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
            await GameClient.MatchAsync(alice, bob);
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
            await alice.SendAsync("""{"action":"die","id":4}""");
            await UntilAllSeenAsync(alice, "ok 4", "battle_settlement WIN");
            Assert.Equal("LOSE", (await bob.UntilAsync("battle_settlement")).GetString());
            await alice.SeesNothingMoreAsync();
            await bob.SeesNothingMoreAsync();
            Assert.Equal(new(1, 0, 0), await Server.RecordAsync(alice.UserId));
            Assert.Equal(new(0, 1, 0), await Server.RecordAsync(bob.UserId));
            var last = (await Server.CallAsync("GET", $"/players/{alice.UserId}")).Json.GetProperty("last");
            Assert.Equal(42, last.GetProperty("score").GetInt32());
        }));
    }

    /// <summary>One crash for four stories: starting processes again costs seconds.</summary>
    [ServerFact]
    public async Task Settlements_places_and_those_who_are_away_survive_SIGKILL()
    {
        // Settled: it was pushed, so it stays true, and counts once.
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

        // Both away: nobody asks, so the server itself must remember that their battle ends with the grace.
        var (carol, dave) = await BattleAsync(mode: "hasty");
        await dave.SendAsync("""{"action":"syncscore","score":7}""");
        Assert.Equal("player_syncscore 7", await carol.SeesAsync());
        carol.Drop();
        dave.Drop();

        // Waiting.
        var erin = await ResumingAsync("erin");
        await erin.SendAsync("""{"action":"joinroom","mode":"duel"}""");
        Assert.Equal($"joinroom {erin.UserId}_ROOM", await erin.SeesAsync());

        await Server.CrashAsync();

        await Server.BecomesAsync(dave.UserId, new(1, 0, 0));
        await Server.BecomesAsync(carol.UserId, new(0, 1, 0));
        await carol.ReconnectAsync();
        Assert.Equal("battle_settlement LOSE", await carol.SeesAsync());

        Assert.Equal("ok again", await AskAsync(erin, """{"action":"joinroom","mode":"duel","id":"again"}""", "again"));
        var frank = await ResumingAsync("frank");
        await frank.SendAsync("""{"action":"joinroom","mode":"duel","id":1}""");
        Assert.Equal(frank.UserId, (await erin.UntilAsync("peer_player_id")).GetString());
        Assert.Equal(erin.UserId, (await frank.UntilAsync("peer_player_id")).GetString());

        foreach (var player in settled)
        {
            Assert.Equal(new(0, 0, 1), await Server.RecordAsync(player.UserId));
            using var again = await player.AgainAsync();
            await again.SendAsync("""{"action":"exitroom"}""");
            var seen = await again.SeesAsync();
            if (seen == "battle_settlement DRAW")
                seen = await again.SeesAsync(); // The crash may have lost that it was seen: told once more, it counts once all the same.
            Assert.Equal("error not_in_room exitroom", seen);
        }
    }

    private Task<GameClient> ResumingAsync(string name) =>
        ConnectAsAsync($"{name}-{Game.NextPlayer()}", Protocol.V2, resumesByItself: true);

    /// <summary>Reads until each of these has come, in whatever order.</summary>
    private static async Task UntilAllSeenAsync(GameClient player, params string[] lines)
    {
        var missing = lines.ToHashSet();
        while (missing.Count > 0)
            missing.Remove(await player.SeesAsync());
    }

    private static async Task<string> AskAsync(GameClient player, string json, string id)
    {
        await player.SendAsync(json);
        return await player.AnswerAsync(id);
    }
}
