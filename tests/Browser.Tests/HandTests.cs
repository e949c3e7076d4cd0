namespace GameServer.Browser.Tests;

/// <summary>A change of the screen swallows what was meant for the one before.</summary>
public sealed class HandTests(Chromium chromium) : BrowserTest(chromium)
{
    [BrowserFact]
    public async Task Who_still_presses_Space_at_the_moment_of_death_sees_the_result()
    {
        var (alice, bob) = await BattleAsync("?pace=4&autoplay=1", "?pace=2&autoplay=4");
        while (await alice.ReadAsync<string>("game.screen") == "playing")
            await alice.Page.Keyboard.PressAsync("Space");
        for (var i = 0; i < 12; i++)
            await alice.Page.Keyboard.PressAsync("Space");
        Assert.Contains(await alice.ReadAsync<string>("game.screen"), new[] { "dead", "settled" });
        await alice.OnScreenAsync("settled");
        for (var i = 0; i < 12; i++)
            await alice.Page.Keyboard.PressAsync("Space");
        Assert.Equal("settled", await alice.ReadAsync<string>("game.screen"));
        await bob.OnScreenAsync("settled");

        // With its own rhythm it is deaf to Space also later; by Tab and Enter the way on is open.
        await alice.ListensAsync();
        await alice.Page.Keyboard.PressAsync("Space");
        Assert.Equal("settled", await alice.ReadAsync<string>("game.screen"));
        await alice.Page.Keyboard.PressAsync("Tab");
        await alice.Page.Keyboard.PressAsync("Enter");
        await alice.OnScreenAsync("waiting");
    }

    [BrowserFact]
    public async Task Enter_twice_in_the_name_field_keeps_the_place_in_the_queue()
    {
        var alice = await OpenAsync("alice");
        await alice.OnScreenAsync("home");
        await alice.Page.Locator("#name").FillAsync("alice");
        await alice.Page.Keyboard.PressAsync("Enter");
        await alice.Page.Keyboard.PressAsync("Enter");
        await alice.WaitForRoomAsync();
        await alice.Page.Keyboard.PressAsync("Enter");
        await alice.ListensAsync();
        await alice.Page.Keyboard.PressAsync("Enter");
        Assert.Equal("waiting", await alice.ReadAsync<string>("game.screen"));
        Assert.Equal("alice_ROOM", await alice.ReadAsync<string>("game.room"));
    }

    [BrowserFact]
    public async Task A_tap_that_comes_with_the_new_screen_presses_nothing_on_it()
    {
        var (alice, bob) = await BattleAsync("?pace=4&autoplay=1", "?pace=4&autoplay=500");
        await alice.Page.EvaluateAsync("""
            () => {
              const tap = () => {
                if (game.screen !== 'dead') return requestAnimationFrame(tap);
                const { x, y, width, height } = document.getElementById('fallen-leave').getBoundingClientRect();
                const under = document.elementFromPoint(x + width / 2, y + height / 2);
                window.tapped = { button: under?.closest('button')?.id ?? null, listens: game.listens };
              };
              tap();
            }
            """);
        await alice.UntilAsync("window.tapped");
        Assert.Null(await alice.ReadAsync<string?>("tapped.button"));
        Assert.False(await alice.ReadAsync<bool>("tapped.listens"));
        await alice.Page.Locator("#fallen-leave").ClickAsync(); // Once the hands were still, it is there.
        await alice.OnScreenAsync("home");
        await bob.LeaveAsync();
    }

    [BrowserFact]
    public async Task A_double_click_on_leave_does_not_answer_its_own_question()
    {
        var (alice, bob) = await BattleAsync("?autoplay=500", "?autoplay=500");
        await alice.ListensAsync();
        await alice.Page.Locator("#leave").DblClickAsync();
        await alice.ListensAsync();
        Assert.Equal("playing", await alice.ReadAsync<string>("game.screen"));
        Assert.Equal("Give up?", await alice.TextAsync("#leave"));
        await bob.LeaveAsync();
    }
}
