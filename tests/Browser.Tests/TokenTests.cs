namespace GameServer.Browser.Tests;

/// <summary>The page against a server that wants tokens.</summary>
public sealed class TokenTests(Chromium chromium) : BrowserTest(chromium)
{
    protected override string[] Settings => ["--Auth:Mode=token", "env:Auth__Key=a key of the tests with more than 32 bytes"];

    [BrowserFact]
    public async Task A_new_name_plays_with_its_token_also_the_next_time()
    {
        var alice = await OpenAsync("alice", "?pace=4&autoplay=2");
        var bob = await OpenAsync("bob", "?pace=4&autoplay=1");
        await alice.EnterAsync();
        await alice.WaitForRoomAsync();
        await bob.EnterAsync();
        await alice.OnScreenAsync("settled");
        await alice.Page.Locator("#settled-leave").ClickAsync();
        await alice.OnScreenAsync("home");

        await alice.Page.ReloadAsync();
        await alice.UntilAsync("document.getElementById('name').value === 'alice'");
        await alice.Page.Locator("#play").ClickAsync();
        await alice.WaitForRoomAsync();
        Assert.Equal("alice", await alice.ReadAsync<string>("game.userId"));
    }

    [BrowserFact]
    public async Task A_token_that_is_void_and_can_be_renewed_is_no_trouble_for_its_player()
    {
        const string Token = "JSON.parse(localStorage.getItem('ringleap.players'))[0].token";
        var alice = await OpenAsync("alice");
        await alice.EnterAsync();
        await alice.WaitForRoomAsync();
        await alice.Page.Locator("#cancel").ClickAsync();
        await alice.OnScreenAsync("home");
        await alice.ListensAsync();

        // Renewed, and the answer lost on its way.
        var old = await alice.ReadAsync<string>(Token);
        Assert.True(await alice.ReadAsync<bool>(
            $"fetch('renew_token', {{ method: 'POST', headers: {{ Authorization: `Bearer ${{{Token}}}` }} }}).then(answer => answer.ok)"));
        await alice.Page.Locator("#play").ClickAsync();
        await alice.WaitForRoomAsync();
        Assert.NotEqual(old, await alice.ReadAsync<string>(Token));
    }

    [BrowserFact]
    public async Task Somebody_elses_name_and_a_guest_are_refused_with_the_reason()
    {
        var alice = await OpenAsync("alice");
        await alice.EnterAsync();
        await alice.WaitForRoomAsync();

        var thief = await OpenAsync("alice");
        await thief.EnterAsync();
        await thief.UntilAsync("game.screen === 'home' && /does not have its key/.test(document.getElementById('toast').textContent)");

        await thief.Page.ReloadAsync();
        await thief.Page.Locator("#guest").ClickAsync();
        await thief.UntilAsync("game.screen === 'home' && /players with a name/.test(document.getElementById('toast').textContent)");
        Assert.Equal("waiting", await alice.ReadAsync<string>("game.screen"));
    }
}
