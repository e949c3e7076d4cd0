namespace GameServer.Browser.Tests;

/// <summary>Several windows of one browser are several players.</summary>
public sealed class WindowTests(Chromium chromium) : BrowserTest(chromium)
{
    [BrowserFact]
    public async Task A_second_window_is_a_second_player()
    {
        var alice = await OpenAsync("alice", "?pace=4&autoplay=3");
        await alice.EnterAsync();
        await alice.WaitForRoomAsync();

        var second = await OpenWindowAsync(alice, "bob", "?pace=4&autoplay=1");
        await second.UntilAsync("game.screen === 'home' && document.activeElement.id === 'name'");
        Assert.Equal("", await second.Page.Locator("#name").InputValueAsync());
        await second.EnterAsync();
        await alice.OnScreenAsync("settled");
        await second.OnScreenAsync("settled");
        Assert.Equal(["alice 3", "bob 1"], await alice.ReadAsync<string[]>("game.standings.map(s => `${s.userId} ${s.score}`)"));
    }

    [BrowserFact]
    public async Task A_name_that_plays_in_another_window_is_not_taken_from_it()
    {
        var alice = await OpenAsync("alice", "?autoplay=1");
        await alice.EnterAsync();
        await alice.WaitForRoomAsync();

        var second = await OpenWindowAsync(alice, "alice");
        await second.EnterAsync();
        await second.UntilAsync("/another window/.test(document.getElementById('toast').textContent)");
        Assert.Equal("home", await second.ReadAsync<string>("game.screen"));
        Assert.Equal("waiting open", await alice.ReadAsync<string>("`${game.screen} ${game.connection}`"));

        // Once it is free, it can be had.
        await alice.Page.Locator("#cancel").ClickAsync();
        await alice.OnScreenAsync("home");
        await second.Page.Locator("#play").ClickAsync();
        await second.WaitForRoomAsync();
        Assert.Equal("alice", await second.ReadAsync<string>("game.userId"));
    }

    [BrowserFact]
    public async Task A_duplicated_tab_does_not_take_the_session_of_the_first_one()
    {
        var alice = await OpenAsync("alice", "?autoplay=1");
        await alice.EnterAsync();
        await alice.WaitForRoomAsync();

        // A window that a page opens gets a copy of what the page keeps for its session, as a duplicated tab does.
        var copied = await alice.Page.RunAndWaitForPopupAsync(() => alice.Page.EvaluateAsync("() => { window.open(location.href); }"));
        PlayerPage copy = new(copied, "copy");
        await copy.UntilAsync("window.game?.screen === 'home'");
        Assert.Equal("waiting open", await alice.ReadAsync<string>("`${game.screen} ${game.connection}`"));
    }

    [BrowserFact]
    public async Task The_players_of_a_browser_come_back_to_their_windows()
    {
        var alice = await OpenAsync("alice");
        await alice.EnterAsync();
        await alice.WaitForRoomAsync();
        var bob = await OpenWindowAsync(alice, "bob");
        await bob.Page.Locator("#name").FillAsync("bob");
        await bob.Page.Locator("#play").ClickAsync();
        await bob.WaitForRivalAsync();
        await bob.LeaveAsync();
        await bob.Page.CloseAsync();

        var again = await OpenWindowAsync(alice, "bob");
        await again.UntilAsync("document.getElementById('name').value === 'bob'"); // Not alice, who is playing.
    }
}
