namespace GameServer.Behaviour;

/// <summary>What a mode may set.</summary>
public abstract class ModeTests(RunningGame game) : BehaviourTest(game)
{
    [ServerFact]
    public async Task Where_the_server_freezes_a_victims_score_and_attack_are_refused_until_the_time_is_over()
    {
        var (alice, bob) = await BattleAsync(mode: "frost");
        await bob.SendAsync("""{"action":"syncscore","score":2}""");
        Assert.Equal("player_syncscore 2", await alice.SeesAsync());
        await alice.SendAsync("""{"action":"attack"}""");
        Assert.Equal("attacked FREEZE", await bob.SeesAsync());
        await bob.SendAsync("""{"action":"syncscore","score":3}""");
        Assert.Equal("error frozen syncscore", await bob.SeesAsync());
        await bob.SendAsync("""{"action":"attack"}""");
        Assert.Equal("error frozen attack", await bob.SeesAsync());
        await alice.SeesNothingMoreAsync();
        // The attacker is not frozen.
        await alice.SendAsync("""{"action":"syncscore","score":5}""");
        Assert.Equal("player_syncscore 5", await bob.SeesAsync());

        // Tried until it is taken; the opponent sees it then, and once.
        var thawed = alice.SeesAsync();
        while (!thawed.IsCompleted)
        {
            await bob.SendAsync("""{"action":"syncscore","score":4}""");
            await Task.WhenAny(thawed, Task.Delay(50));
        }

        Assert.Equal("player_syncscore 4", await thawed);
        // A frozen player may die.
        await alice.SendAsync("""{"action":"attack"}""");
        await bob.UntilAsync("attacked");
        await bob.SendAsync("""{"action":"die"}""");
        while (await alice.SeesAsync() is var seen && seen != $"player_died {bob.UserId}")
            Assert.Equal("player_syncscore 4", seen);
        await alice.SendAsync("""{"action":"die"}""");
        Assert.Equal("battle_settlement WIN", await alice.SeesAsync());
        Assert.Equal("LOSE", (await bob.UntilAsync("battle_settlement")).GetString());
    }

    [ServerFact]
    public async Task In_the_shipped_mode_of_the_page_an_attack_is_earned_and_the_server_freezes()
    {
        var rules = (await Server.CallAsync("GET", "/modes")).Json.GetProperty("modes").GetProperty("climb");
        var charge = rules.GetProperty("attack_charge").GetInt32();
        Assert.True(charge > 0 && rules.GetProperty("freeze_seconds").GetDouble() > 0);

        var (alice, bob) = await BattleAsync(mode: "climb");
        await alice.SendAsync("""{"action":"attack"}""");
        Assert.Equal("error attack_not_ready attack", await alice.SeesAsync());
        await alice.SendAsync($$"""{"action":"syncscore","score":{{charge}}}""");
        Assert.Equal($"player_syncscore {charge}", await bob.SeesAsync());
        await alice.SendAsync("""{"action":"attack"}""");
        Assert.Equal("attacked FREEZE", await bob.SeesAsync());
        await bob.SendAsync("""{"action":"syncscore","score":1}""");
        Assert.Equal("error frozen syncscore", await bob.SeesAsync());
        await alice.SendAsync("""{"action":"attack"}""");
        Assert.Equal("error attack_not_ready attack", await alice.SeesAsync());
        await bob.SendAsync("""{"action":"die"}""");
        Assert.Equal($"player_died {bob.UserId}", await alice.SeesAsync());
        await alice.SendAsync("""{"action":"die"}""");
        Assert.Equal("battle_settlement WIN", await alice.SeesAsync());
    }

    [ServerFact]
    public async Task Without_a_freeze_time_the_client_alone_shows_it()
    {
        var (alice, bob) = await BattleAsync();
        await alice.SendAsync("""{"action":"attack"}""");
        Assert.Equal("attacked FREEZE", await bob.SeesAsync());
        await bob.SendAsync("""{"action":"syncscore","score":3}""");
        Assert.Equal("player_syncscore 3", await alice.SeesAsync());
    }

    [ServerFact]
    public async Task An_attack_needs_the_threshold_and_takes_its_cost_off_the_score()
    {
        var (alice, bob) = await BattleAsync(Protocol.V2, "ranked");
        await alice.SendAsync("""{"action":"attack","id":1}""");
        Assert.Equal("error attack_not_ready attack 1", await alice.SeesAsync());
        await alice.SendAsync("""{"action":"syncscore","score":9}""");
        Assert.Equal($"player_syncscore 9 from {alice.UserId}", await bob.SeesAsync());
        await alice.SendAsync("""{"action":"attack"}""");
        Assert.Equal("error attack_not_ready attack", await alice.SeesAsync());
        await alice.SendAsync("""{"action":"syncscore","score":12}""");
        Assert.Equal($"player_syncscore 12 from {alice.UserId}", await bob.SeesAsync());
        await alice.SendAsync("""{"action":"attack","id":2}""");
        Assert.Equal("ok 2", await alice.SeesAsync());
        Assert.Equal($"player_syncscore 8 from {alice.UserId}", await bob.SeesAsync());
        Assert.Equal($"attacked FREEZE from {alice.UserId}", await bob.SeesAsync());
        await alice.SendAsync("""{"action":"attack"}""");
        Assert.Equal("error attack_not_ready attack", await alice.SeesAsync());

        // The cost counts in the end.
        await bob.SendAsync("""{"action":"syncscore","score":8}""");
        Assert.Equal($"player_syncscore 8 from {bob.UserId}", await alice.SeesAsync());
        await bob.SendAsync("""{"action":"die"}""");
        Assert.Equal($"player_died {bob.UserId}", await alice.SeesAsync());
        await alice.SendAsync("""{"action":"die"}""");
        Assert.Equal("battle_settlement DRAW", await alice.SeesAsync());
    }

    [ServerFact]
    public async Task At_the_battles_limit_it_is_settled_by_score()
    {
        var (alice, bob) = await BattleAsync(mode: "brief");
        await alice.SendAsync("""{"action":"syncscore","score":1}""");
        Assert.Equal("player_syncscore 1", await bob.SeesAsync());
        foreach (var (player, result) in new[] { (alice, "WIN"), (bob, "LOSE") })
        {
            Assert.Equal("player_died all", await player.SeesAsync());
            Assert.Equal($"battle_settlement {result}", await player.SeesAsync());
            await player.SeesNothingMoreAsync();
        }

        Assert.Equal(new(1, 0, 0), await Server.RecordAsync(alice.UserId));
        Assert.Equal(new(0, 1, 0), await Server.RecordAsync(bob.UserId));
    }
}
