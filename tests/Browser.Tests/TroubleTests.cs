namespace GameServer.Browser.Tests;

/// <summary>What a player is told when the server or the network is slow, silent, or not there at all.</summary>
public sealed class TroubleTests(Chromium chromium) : BrowserTest(chromium)
{
    protected override string[] Patience => [];

    [BrowserFact]
    public async Task A_dead_network_is_told_to_both_and_costs_nothing_but_the_time()
    {
        var (alice, bob) = await BattleAsync("?pace=2&autoplay=9", "?pace=2&autoplay=12");
        await bob.UntilAsync("game.score >= 1");
        WireOf(bob).Stall();
        await bob.UntilAsync("!document.getElementById('reconnecting').hidden");
        Assert.Equal("Reconnecting…", await bob.TextAsync("#reconnecting-title"));
        await alice.UntilAsync("game.rivals[0].connected === false");
        WireOf(bob).Mend();
        await bob.UntilAsync("document.getElementById('reconnecting').hidden");
        await alice.OnScreenAsync("settled");
        await bob.OnScreenAsync("settled");
        Assert.Equal(["bob 12", "alice 9"], await alice.ReadAsync<string[]>("game.standings.map(s => `${s.userId} ${s.score}`)"));
    }

    [BrowserFact]
    public async Task Play_answers_at_once_however_slow_the_server_is()
    {
        var alice = await OpenAsync("alice");
        await alice.OnScreenAsync("home");
        await alice.UntilAsync("game.rules");
        WireOf(alice).Stall();
        await alice.Page.Locator("#name").FillAsync("alice");
        await alice.Page.Locator("#play").ClickAsync();
        await alice.UntilAsync("document.getElementById('play').textContent === 'Connecting…' && document.getElementById('play').disabled");
        WireOf(alice).Mend();
        await alice.WaitForRoomAsync();
        Assert.Equal("Looking for a rival", await alice.TextAsync("#waiting-title"));
    }

    [BrowserTheory]
    [InlineData("#guest")]
    [InlineData("#play")]
    public async Task A_server_that_never_was_there_is_told_as_it_is_and_the_words_end_with_the_trouble(string way)
    {
        var alice = await OpenAsync("alice");
        await alice.OnScreenAsync("home");
        WireOf(alice).Cut();
        await alice.Page.Locator("#name").FillAsync("alice");
        await alice.Page.Locator(way).ClickAsync();
        await alice.UntilAsync("!document.getElementById('toast').hidden");
        Assert.Equal("The server does not answer. Try again.", await alice.TextAsync("#toast"));
        Assert.Equal("home", await alice.ReadAsync<string>("game.screen"));
        Assert.False(await alice.SeesAsync("#reconnecting"));

        WireOf(alice).Mend();
        await alice.Page.Locator(way).ClickAsync();
        await alice.WaitForRoomAsync();
        Assert.False(await alice.SeesAsync("#toast"));
    }

    [BrowserFact]
    public async Task A_first_connection_that_fails_is_not_called_a_reconnect()
    {
        var alice = await OpenAsync("alice");
        await alice.Page.EvaluateAsync("""
            () => {
              const Whole = WebSocket;
              window.WebSocket = class extends Whole { constructor(url, protocol) { super(new URL('/nowhere', url), protocol); } };
              window.mend = () => { window.WebSocket = Whole; };
            }
            """);
        await alice.Page.Locator("#guest").ClickAsync();
        await alice.UntilAsync("!document.getElementById('reconnecting').hidden");
        Assert.Equal("The server does not answer", await alice.TextAsync("#reconnecting-title"));
        Assert.DoesNotContain("place is kept", await alice.TextAsync("#reconnecting"), StringComparison.Ordinal);
        await alice.Page.EvaluateAsync("() => mend()");
        await alice.WaitForRoomAsync();
        await alice.UntilAsync("document.getElementById('reconnecting').hidden");
    }

    [BrowserFact]
    public async Task The_words_about_a_missing_name_end_when_one_is_typed()
    {
        var alice = await OpenAsync("alice");
        await alice.OnScreenAsync("home");
        await alice.Page.Locator("#play").ClickAsync();
        Assert.True(await alice.SeesAsync("#toast"));
        await alice.Page.Keyboard.TypeAsync("a");
        Assert.False(await alice.SeesAsync("#toast"));
    }
}
