namespace GameServer.Browser.Tests;

/// <summary>What the page does when the network, the server or the page itself goes away in the middle of a battle.</summary>
public sealed class ConnectionTests(Chromium chromium) : BrowserTest(chromium)
{
    [BrowserFact]
    public async Task A_dropped_connection_is_resumed_and_nothing_is_lost()
    {
        var (alice, bob) = await BattleAsync("?pace=2&autoplay=9", "?pace=2&autoplay=12");
        await bob.UntilAsync("game.score >= 1");

        WireOf(bob).Cut();
        await bob.UntilAsync("!document.getElementById('reconnecting').hidden");
        var standing = await bob.ReadAsync<string>("JSON.stringify(game.jumper)");
        await alice.UntilAsync("game.rivals[0].connected === false");
        await alice.UntilAsync("/offline/.test(document.getElementById('rival-state').textContent)");
        var seen = await alice.ReadAsync<int>("game.score");
        await alice.UntilAsync($"game.score >= {Math.Min(9, seen + 2)}");
        Assert.Equal(standing, await bob.ReadAsync<string>("JSON.stringify(game.jumper)"));

        WireOf(bob).Mend();
        await bob.UntilAsync("game.connection === 'open' && document.getElementById('reconnecting').hidden");
        Assert.Equal(1, await bob.ReadAsync<int>("game.reconnects"));
        await alice.UntilAsync("game.rivals[0].connected || game.screen === 'settled'");
        await alice.OnScreenAsync("settled");
        await bob.OnScreenAsync("settled");
        foreach (var player in new[] { alice, bob })
            Assert.Equal(["bob 12", "alice 9"], await player.ReadAsync<string[]>("game.standings.map(s => `${s.userId} ${s.score}`)"));
        Assert.Equal("You win", await bob.TextAsync("#result"));
    }

    [BrowserFact]
    public async Task A_fall_while_the_connection_is_down_is_told_afterwards()
    {
        var (alice, bob) = await BattleAsync("?autoplay=2", "?autoplay=3");
        await bob.UntilAsync("game.score === 3");
        WireOf(bob).Cut();
        await bob.UntilAsync("!document.getElementById('reconnecting').hidden");
        WireOf(bob).Mend();
        await bob.OnScreenAsync("settled");
        await alice.OnScreenAsync("settled");
        Assert.Equal(["bob 3", "alice 2"], await alice.ReadAsync<string[]>("game.standings.map(s => `${s.userId} ${s.score}`)"));
    }

    [BrowserFact]
    public async Task A_battle_goes_on_after_the_server_was_killed()
    {
        var (alice, bob) = await BattleAsync("?pace=2&autoplay=8", "?pace=2&autoplay=6");
        await alice.UntilAsync("game.score >= 2");
        await bob.UntilAsync("game.score >= 2");

        await Server.KillAsync();
        await alice.UntilAsync("!document.getElementById('reconnecting').hidden");
        await bob.UntilAsync("!document.getElementById('reconnecting').hidden");
        await Server.StartAgainAsync();

        await alice.OnScreenAsync("settled");
        await bob.OnScreenAsync("settled");
        foreach (var player in new[] { alice, bob })
            Assert.Equal(["alice 8", "bob 6"], await player.ReadAsync<string[]>("game.standings.map(s => `${s.userId} ${s.score}`)"));
        Assert.Equal("You win", await alice.TextAsync("#result"));
        Assert.Equal("You lose", await bob.TextAsync("#result"));
        await alice.UntilAsync("game.record?.wins === 1");
    }

    [BrowserFact]
    public async Task A_reload_in_a_battle_goes_on_where_it_was()
    {
        var (alice, bob) = await BattleAsync("?pace=2&autoplay=12", "?pace=2&autoplay=4");
        await alice.UntilAsync("game.score >= 2");
        var seed = await alice.ReadAsync<long>("game.seed");
        var score = await alice.ReadAsync<int>("game.score");

        await alice.Page.ReloadAsync();
        await alice.UntilAsync("game.connection === 'open'");

        Assert.Equal("playing", await alice.ReadAsync<string>("game.screen"));
        Assert.Equal(seed, await alice.ReadAsync<long>("game.seed"));
        Assert.True(await alice.ReadAsync<bool>($"game.score >= {score}"));
        await alice.OnScreenAsync("settled");
        await bob.OnScreenAsync("settled");
        Assert.Equal(["alice 12", "bob 4"], await bob.ReadAsync<string[]>("game.standings.map(s => `${s.userId} ${s.score}`)"));
        Assert.Equal("You win", await alice.TextAsync("#result"));
    }

    [BrowserFact]
    public async Task A_battle_goes_on_in_a_page_that_was_opened_anew()
    {
        var (alice, bob) = await BattleAsync("?pace=2&autoplay=12", "?pace=2&autoplay=4");
        await alice.UntilAsync("game.score >= 2");
        var score = await alice.ReadAsync<int>("game.score");
        await alice.Page.CloseAsync();

        var again = await OpenAsync("alice", "?pace=2&autoplay=12");
        await again.EnterAsync();
        await again.UntilAsync($"game.screen === 'playing' && game.score >= {score}");
        await again.OnScreenAsync("settled");
        await bob.OnScreenAsync("settled");
        Assert.Equal(["alice 12", "bob 4"], await bob.ReadAsync<string[]>("game.standings.map(s => `${s.userId} ${s.score}`)"));
        Assert.Equal("You win", await again.TextAsync("#result"));
    }

    [BrowserFact]
    public async Task A_reload_while_waiting_keeps_the_place()
    {
        var alice = await OpenAsync("alice", "?autoplay=1");
        await alice.EnterAsync();
        await alice.WaitForRoomAsync();
        await alice.Page.ReloadAsync();
        await alice.UntilAsync("game.connection === 'open' && game.room === 'alice_ROOM'");
        Assert.Equal("waiting", await alice.ReadAsync<string>("game.screen"));

        var bob = await OpenAsync("bob", "?autoplay=1");
        await bob.EnterAsync();
        await bob.WaitForRivalAsync();
        Assert.Equal("alice_ROOM", await bob.ReadAsync<string>("game.room"));
        await alice.OnScreenAsync("settled");
    }

    [BrowserFact]
    public async Task The_same_player_elsewhere_takes_over_and_can_be_taken_back()
    {
        var here = await OpenAsync("alice", "?autoplay=1");
        await here.EnterAsync();
        await here.WaitForRoomAsync();
        var there = await OpenAsync("alice", "?autoplay=1");
        await there.EnterAsync();
        await there.WaitForRoomAsync();
        await here.OnScreenAsync("replaced");
        Assert.True(await here.SeesAsync("#take-over"));
        Assert.Equal("ended", await here.ReadAsync<string>("game.connection"));

        await here.Page.Locator("#take-over").ClickAsync();
        await there.OnScreenAsync("replaced");
        await here.UntilAsync("game.connection === 'open' && game.screen === 'waiting'");

        var bob = await OpenAsync("bob", "?autoplay=1");
        await bob.EnterAsync();
        await here.OnScreenAsync("settled");
        await bob.OnScreenAsync("settled");
    }
}
