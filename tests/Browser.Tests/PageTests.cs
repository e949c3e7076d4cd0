using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;

namespace GameServer.Browser.Tests;

/// <summary>The page itself: hands, screens, names, and what it loads.</summary>
public sealed class PageTests(Chromium chromium) : BrowserTest(chromium)
{
    private static readonly BrowserNewContextOptions Phone = new()
    {
        ViewportSize = new() { Width = 360, Height = 640 }, DeviceScaleFactor = 2, HasTouch = true, IsMobile = true,
    };

    [BrowserTheory]
    [InlineData("space")]
    [InlineData("click")]
    [InlineData("tap")]
    public async Task A_key_a_click_and_a_tap_each_make_the_jumper_leap(string hand)
    {
        var alice = await OpenAsync("alice", "", Phone);
        var bob = await OpenAsync("bob", "?pace=4&autoplay=500");
        await alice.EnterAsync();
        await alice.WaitForRoomAsync();
        await bob.EnterAsync();
        await alice.OnScreenAsync("playing");
        await alice.ListensAsync();
        Assert.Equal("ride", await alice.ReadAsync<string>("game.phase"));
        await (hand switch
        {
            "space" => alice.Page.Keyboard.PressAsync("Space"),
            "click" => alice.Page.Mouse.ClickAsync(180, 300),
            _ => alice.Page.Touchscreen.TapAsync(180, 300),
        });
        await alice.UntilAsync("game.phase !== 'ride' || game.score > 0");
    }

    [BrowserFact]
    public async Task The_keyboard_alone_is_enough()
    {
        var alice = await OpenAsync("alice", "?pace=4&autoplay=500");
        var bob = await OpenAsync("bob", "?pace=4&autoplay=500");
        foreach (var player in new[] { alice, bob })
        {
            await player.UntilAsync("document.activeElement.id === 'name'"); // It has the focus when the page opens.
            await player.Page.Keyboard.TypeAsync(player.Name);
            await player.Page.Keyboard.PressAsync("Enter");
            await player.WaitForRoomAsync();
        }

        await alice.UntilAsync("game.canAttack");
        await alice.Page.Keyboard.PressAsync("f");
        await bob.UntilAsync("game.freezes === 1");
    }

    [BrowserFact]
    public async Task On_a_phone_everything_is_in_sight_and_nothing_scrolls()
    {
        var alice = await OpenAsync("alice", "?pace=2&autoplay=9", Phone);
        var bob = await OpenAsync("bob", "?autoplay=2", Phone);
        await alice.OnScreenAsync("home");
        await InSightAsync(alice, "#name", "#play", "#guest");
        await alice.EnterAsync();
        await alice.WaitForRoomAsync();
        await InSightAsync(alice, "#cancel");
        await bob.EnterAsync();
        await alice.OnScreenAsync("playing");
        await InSightAsync(alice, "#my-score", "#rival-score", "#leave", "#attack", "#attack-hint");
        await bob.OnScreenAsync("dead");
        await InSightAsync(bob, "#fallen-leave");
        await alice.OnScreenAsync("settled");
        await InSightAsync(alice, "#result", "#again", "#settled-leave");
    }

    [BrowserFact]
    public async Task On_a_phone_on_its_side_everything_is_in_sight_too()
    {
        BrowserNewContextOptions side = new() { ViewportSize = new() { Width = 640, Height = 320 }, HasTouch = true, IsMobile = true };
        var alice = await OpenAsync("alice", "?pace=2&autoplay=9", side);
        var bob = await OpenAsync("bob", "?autoplay=2", side);
        await alice.OnScreenAsync("home");
        await InSightAsync(alice, "#title", "#name", "#play", "#guest", "#speak", "#mute");
        await alice.EnterAsync();
        await alice.WaitForRoomAsync();
        await InSightAsync(alice, "#waiting-title", "#cancel", "#invite-text");
        await bob.EnterAsync();
        await alice.OnScreenAsync("playing");
        await InSightAsync(alice, "#my-score", "#rival-score", "#leave", "#attack", "#attack-hint");
        await bob.OnScreenAsync("dead");
        await InSightAsync(bob, "#fallen-title", "#fallen-leave");
        await alice.OnScreenAsync("settled");
        await InSightAsync(alice, "#result", "#result-text", "#again", "#settled-leave");
    }

    [BrowserFact]
    public async Task Any_legal_name_is_shown_as_it_was_typed()
    {
        const string name = "<b>Zoë \"🙂\" \\n & 龍';--</b>";
        var odd = await OpenAsync(name, "?pace=4&autoplay=1");
        var bob = await OpenAsync("bob", "?pace=4&autoplay=2");
        await odd.EnterAsync();
        await odd.WaitForRoomAsync();
        Assert.Equal(name + "_ROOM", await odd.ReadAsync<string>("game.room"));
        await bob.EnterAsync();
        await bob.UntilAsync("document.getElementById('rival-name').textContent !== ''");
        Assert.Equal(name, await bob.Page.Locator("#rival-name").TextContentAsync());
        await bob.OnScreenAsync("settled");
        Assert.Equal(["bob", name], await bob.Page.Locator("#standings b").AllTextContentsAsync());
        await odd.UntilAsync("game.record?.losses === 1");
    }

    [BrowserFact]
    public async Task The_name_is_remembered_and_its_record_shown()
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
        await alice.UntilAsync("document.getElementById('home-record').textContent === '1 won · 0 lost · 0 drawn'");
    }

    [BrowserFact]
    public async Task Play_pressed_before_the_remembered_name_is_there_plays_under_it()
    {
        var alice = await OpenAsync("alice");
        await alice.EnterAsync();
        await alice.WaitForRoomAsync();
        await alice.Page.Locator("#cancel").ClickAsync();
        await alice.OnScreenAsync("home");
        await alice.Page.AddInitScriptAsync("""
            addEventListener('load', () => {
              window.early = document.getElementById('name').value;
              document.getElementById('play').click();
            });
            """);
        await alice.Page.ReloadAsync();
        await alice.WaitForRoomAsync();
        Assert.Equal(["", "alice_ROOM"], await alice.ReadAsync<string[]>("[window.early, game.room]"));
    }

    [BrowserFact]
    public async Task A_name_that_is_too_long_is_refused_in_words_for_a_player()
    {
        var alice = await OpenAsync("alice");
        await alice.Page.EvaluateAsync("() => document.getElementById('name').removeAttribute('maxlength')");
        await alice.Page.Locator("#name").FillAsync(new string('x', 65));
        await alice.Page.Locator("#play").ClickAsync();
        await alice.UntilAsync("!document.getElementById('toast').hidden");
        Assert.Equal("That name is too long: 64 letters at most, fewer with emoji.", await alice.TextAsync("#toast"));
        Assert.Equal("home", await alice.ReadAsync<string>("game.screen"));
    }

    [BrowserFact]
    public async Task An_unknown_mode_is_told_and_leads_home()
    {
        var alice = await OpenAsync("alice", "?mode=nowhere");
        await alice.EnterAsync();
        await alice.UntilAsync("game.screen === 'home' && !document.getElementById('toast').hidden");
        Assert.Equal("This server has no mode “nowhere”.", await alice.TextAsync("#toast"));
    }

    [BrowserFact]
    public async Task The_page_loads_from_its_own_server_alone()
    {
        var context = await Browser.NewContextAsync();
        var page = await context.NewPageAsync();
        List<string> asked = [];
        List<string> failed = [];
        page.Request += (_, request) => asked.Add(request.Url);
        page.Response += (_, response) => { if (response.Status >= 400) failed.Add(response.Url); };
        var home = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Server.Port}/");
        await page.GotoAsync(home, new() { WaitUntil = WaitUntilState.NetworkIdle });
        await page.GotoAsync(home + "stats.html");
        await page.WaitForFunctionAsync("() => document.getElementById('state').textContent === 'live'");
        Assert.All(asked, address => Assert.StartsWith(home, address, StringComparison.Ordinal));
        Assert.Contains(asked, address => address.EndsWith("fredoka.woff2", StringComparison.Ordinal));
        Assert.Empty(failed);
        await context.CloseAsync();
    }

    [BrowserFact]
    public async Task The_statistics_show_who_is_here()
    {
        var alice = await OpenAsync("alice");
        await alice.EnterAsync();
        await alice.WaitForRoomAsync();
        var operators = await OpenAsync("operator", "stats.html");
        await operators.UntilAsync("[...document.querySelectorAll('#counts div')].some(each => each.textContent === 'connections1')");
        await operators.UntilAsync("[...document.querySelectorAll('#counts div')].some(each => each.textContent === 'waiting1')");
    }

    private static async Task InSightAsync(PlayerPage player, params string[] selectors)
    {
        foreach (var selector in selectors)
        {
            // A panel may still be sliding in.
            await player.UntilAsync($$"""
                (place => place.width > 0 && place.left >= 0 && place.top >= 0 && place.right <= innerWidth && place.bottom <= innerHeight)
                  (document.querySelector({{JsonSerializer.Serialize(selector)}}).getBoundingClientRect())
                """);
        }

        const string fits = "(page => page.scrollHeight <= innerHeight && page.scrollWidth <= innerWidth)(document.documentElement)";
        Assert.True(await player.ReadAsync<bool>(fits));
    }
}
