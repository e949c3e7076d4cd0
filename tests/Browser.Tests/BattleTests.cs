namespace GameServer.Browser.Tests;

/// <summary>Battles played in two browsers against the real server.</summary>
public sealed class BattleTests(Chromium chromium) : BrowserTest(chromium)
{
    [BrowserFact]
    public async Task Two_players_get_from_the_first_click_to_the_settlement()
    {
        var (alice, bob) = await BattleAsync("?autoplay=9", "?pace=4&autoplay=2");
        Assert.Equal("alice_ROOM", await bob.ReadAsync<string>("game.room"));
        Assert.Equal("bob", await alice.Page.Locator("#rival-name").TextContentAsync());
        Assert.Equal(await alice.ReadAsync<long>("game.seed"), await bob.ReadAsync<long>("game.seed"));

        await bob.OnScreenAsync("dead");
        await alice.OnScreenAsync("settled");
        await bob.OnScreenAsync("settled");

        Assert.Equal("You win", await alice.TextAsync("#result"));
        Assert.Equal("You lose", await bob.TextAsync("#result"));
        foreach (var player in new[] { alice, bob })
        {
            Assert.Equal(["alice 9", "bob 2"], await player.ReadAsync<string[]>("game.standings.map(s => `${s.userId} ${s.score}`)"));
            Assert.Equal(["alice", "bob"], await player.Page.Locator("#standings b").AllInnerTextsAsync());
            Assert.Equal(["9", "2"], await player.Page.Locator("#standings output").AllInnerTextsAsync());
            await player.UntilAsync("game.record");
        }

        Assert.Equal("1 won · 0 lost · 0 drawn", await alice.TextAsync("#record"));
        Assert.Equal("0 won · 1 lost · 0 drawn", await bob.TextAsync("#record"));
    }

    [BrowserFact]
    public async Task The_same_score_is_a_draw()
    {
        var (alice, bob) = await BattleAsync("?pace=4&autoplay=2", "?pace=4&autoplay=2");
        await alice.OnScreenAsync("settled");
        await bob.OnScreenAsync("settled");
        Assert.Equal("Draw", await alice.TextAsync("#result"));
        Assert.Equal("Draw", await bob.TextAsync("#result"));
    }

    [BrowserFact]
    public async Task An_attack_lights_at_ten_points_and_freezes_the_rival()
    {
        var (alice, bob) = await BattleAsync("?pace=4&autoplay=500", "?pace=4&autoplay=500");
        Assert.True(await alice.Page.Locator("#attack").IsDisabledAsync());
        await alice.Page.EvaluateAsync("""
            () => {
              const look = () => {
                window.seenIced ||= document.getElementById('rival-state').textContent === 'frozen';
                requestAnimationFrame(look);
              };
              look();
            }
            """);
        await bob.Page.EvaluateAsync("""
            () => {
              window.seenFrozen = [];
              const look = () => {
                if (game.frozen) seenFrozen.push({ ...game.jumper, sign: !document.getElementById('frozen').hidden });
                requestAnimationFrame(look);
              };
              look();
            }
            """);
        await alice.UntilAsync("game.score >= 10 && !document.getElementById('attack').disabled");
        await alice.ListensAsync();
        var before = await alice.ReadAsync<int>("game.score");

        await alice.Page.Locator("#attack").ClickAsync();

        await bob.UntilAsync("game.freezes === 1");
        await alice.UntilAsync("window.seenIced");
        Assert.True(await alice.ReadAsync<bool>($"game.score >= {before}"));
        Assert.Equal(1, await alice.ReadAsync<int>("game.attacks"));
        Assert.Equal((10, 3000), (await alice.ReadAsync<int>("game.rules.charge"), await alice.ReadAsync<int>("game.rules.freeze")));
        await bob.UntilAsync("!game.frozen");

        // While it lasted nothing moved, and the sign was up. The first frame may be the one that is about to show it.
        Assert.Equal(1, await bob.ReadAsync<int>("new Set(seenFrozen.map(seen => `${seen.x} ${seen.y}`)).size"));
        Assert.True(await bob.ReadAsync<bool>("seenFrozen.length > 2 && seenFrozen.slice(1).every(seen => seen.sign)"));
        var frozenAt = await bob.ReadAsync<int>("game.score");
        await bob.UntilAsync($"game.score > {frozenAt}");
    }

    [BrowserFact]
    public async Task A_player_who_is_frozen_cannot_leap()
    {
        var (alice, bob) = await BattleAsync("?pace=4&autoplay=500", "");
        await alice.UntilAsync("game.canAttack");
        await bob.UntilAsync("game.phase === 'ride'");
        var tried = bob.Page.EvaluateAsync<string>("""
            () => new Promise(done => {
              const look = () => {
                if (!game.frozen) return requestAnimationFrame(look);
                dispatchEvent(new KeyboardEvent('keydown', { code: 'Space' }));
                document.getElementById('stage').dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
                done(`${game.freezes} ${game.phase}`);
              };
              look();
            })
            """);
        await alice.Page.Keyboard.PressAsync("f");
        Assert.Equal("1 ride", await tried);
        await bob.UntilAsync("!game.frozen");
        await bob.Page.Keyboard.PressAsync("Space");
        await bob.UntilAsync("game.phase !== 'ride' || game.score > 0");
    }

    [BrowserFact]
    public async Task Playing_again_is_a_new_battle_with_whoever_waits_and_says_so()
    {
        var (alice, bob) = await BattleAsync("?pace=4&autoplay=3", "?pace=4&autoplay=1");
        await alice.OnScreenAsync("settled");
        await bob.OnScreenAsync("settled");

        Assert.Equal("Against whoever is waiting next.", await bob.TextAsync("#again-hint"));
        await bob.Page.Locator("#again").ClickAsync();
        await bob.WaitForRoomAsync();
        await alice.Page.Locator("#again").ClickAsync();
        await alice.UntilAsync("game.room === 'bob_ROOM' && game.screen === 'settled'");
        await bob.OnScreenAsync("settled");

        await alice.UntilAsync("game.record?.wins === 2 && game.record.losses === 0");
        await bob.UntilAsync("game.record?.losses === 2 && game.record.wins === 0");
    }

    [BrowserFact]
    public async Task Leaving_a_battle_asks_first_and_counts_as_a_fall()
    {
        var (alice, bob) = await BattleAsync("?pace=4&autoplay=500", "?pace=4&autoplay=3");
        await alice.Page.Locator("#leave").ClickAsync();
        Assert.Equal("Give up?", await alice.TextAsync("#leave"));
        Assert.Equal("playing", await alice.ReadAsync<string>("game.screen"));
        await alice.Page.Locator("#leave").ClickAsync();
        await alice.OnScreenAsync("home");
        await bob.OnScreenAsync("settled");
        Assert.NotNull(await bob.ReadAsync<string>("game.result"));
    }

    [BrowserFact]
    public async Task A_rival_who_left_is_said_to_have_left_and_one_who_fell_to_have_fallen()
    {
        var (alice, bob) = await BattleAsync("?pace=2&autoplay=500", "");
        await alice.UntilAsync("game.score >= 1");
        await bob.LeaveAsync();
        await alice.UntilAsync("document.getElementById('rival-state').textContent === 'left'");
        await alice.Page.Locator("#finish").ClickAsync();
        await alice.OnScreenAsync("settled");
        Assert.Equal("bob left the battle.", await alice.TextAsync("#result-text"));

        await alice.Page.Locator("#again").ClickAsync();
        await alice.WaitForRoomAsync();
        var carol = await OpenAsync("carol", "?pace=4&autoplay=1");
        await carol.EnterAsync();
        await alice.UntilAsync("document.getElementById('rival-state').textContent === 'fell'");
    }

    [BrowserFact]
    public async Task Who_leads_when_the_rivals_are_out_may_take_the_win_at_once()
    {
        var (alice, bob) = await BattleAsync("?pace=2&autoplay=500", "?pace=4&autoplay=1");
        await bob.OnScreenAsync("dead");
        await alice.Page.Locator("#finish").ClickAsync();
        await alice.OnScreenAsync("settled");
        await bob.OnScreenAsync("settled");
        Assert.Equal("You win", await alice.TextAsync("#result"));
        Assert.Equal("bob", await alice.ReadAsync<string>("game.standings[1].userId"));
        await alice.UntilAsync("game.record?.wins === 1");
    }

    [BrowserFact]
    public async Task Cancelling_gives_the_place_in_the_queue_back()
    {
        var alice = await OpenAsync("alice", "?pace=4&autoplay=1");
        await alice.EnterAsync();
        await alice.WaitForRoomAsync();
        await alice.Page.Locator("#cancel").ClickAsync();
        await alice.OnScreenAsync("home");

        var bob = await OpenAsync("bob", "?pace=4&autoplay=1");
        await bob.EnterAsync();
        await bob.WaitForRoomAsync();
        Assert.Equal("bob_ROOM", await bob.ReadAsync<string>("game.room"));
        Assert.Equal("waiting", await bob.ReadAsync<string>("game.screen"));

        await alice.EnterAsync();
        await alice.OnScreenAsync("settled");
        await bob.OnScreenAsync("settled");
    }

    [BrowserFact]
    public async Task Guests_play_under_the_names_they_are_given()
    {
        var first = await OpenAsync("guest", "?pace=4&autoplay=2");
        var second = await OpenAsync("guest", "?pace=4&autoplay=1");
        await first.Page.Locator("#guest").ClickAsync();
        await first.WaitForRoomAsync();
        await second.Page.Locator("#guest").ClickAsync();
        await second.WaitForRivalAsync();
        Assert.Matches("^[A-Z0-9]{12}$", await second.ReadAsync<string>("game.rivals[0].userId"));
        await first.OnScreenAsync("settled");
        Assert.Equal("You win", await first.TextAsync("#result"));
    }
}
