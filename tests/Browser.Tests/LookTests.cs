using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Playwright;

namespace GameServer.Browser.Tests;

/// <summary>Whether what the page shows can be read, by anybody, with any name.</summary>
public sealed class LookTests(Chromium chromium) : BrowserTest(chromium)
{
    private static readonly BrowserNewContextOptions Phone = new()
    {
        ViewportSize = new() { Width = 360, Height = 640 }, HasTouch = true, IsMobile = true,
    };

    /// <summary>
    /// Every text on the screen with its contrast (WCAG 2): its colour against the nearest ground behind it, as far as that is not
    /// transparent. What stands on the sky itself has no ground and counts as 0, unless it has an outline of its own.
    /// </summary>
    private const string Contrasts = """
        () => {
          const part = value => { const v = value / 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
          const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
          const color = text => { const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number); return { rgb: [r, g, b], a }; };
          const ground = element => {
            for (let at = element; at; at = at.parentElement) {
              for (const layer of [getComputedStyle(at, '::before'), getComputedStyle(at)]) {
                if (layer.content === 'none' && layer !== getComputedStyle(at) && layer.position === 'static') continue;
                const { rgb, a } = color(layer.backgroundColor);
                if (a >= 0.75) return rgb;
              }
            }
            return null;
          };
          const seen = [];
          for (const element of document.querySelectorAll('body *')) {
            if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
            const own = [...element.childNodes].filter(node => node.nodeType === 3 && node.data.trim()).map(node => node.data).join('');
            const style = getComputedStyle(element);
            const outlined = [element, element.parentElement].some(each => parseFloat(getComputedStyle(each).webkitTextStrokeWidth) > 3);
            if (!own || outlined || element.closest('.unseen, [aria-hidden=true], noscript')) continue;
            const behind = ground(element);
            const [a, b] = behind ? [light(color(style.color).rgb), light(behind)] : [0, 0];
            seen.push({ text: own, id: element.id, ratio: behind ? (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) : 0 });
          }
          return JSON.stringify(seen);
        }
        """;

    [BrowserFact]
    public async Task Every_text_has_the_contrast_to_be_read()
    {
        var (alice, bob) = await BattleAsync("?pace=4&autoplay=500", "?pace=2&autoplay=2");
        await AllReadableAsync(alice);
        await alice.UntilAsync("game.canAttack || game.rivals[0].alive === false");
        await AllReadableAsync(alice);
        await bob.OnScreenAsync("dead");
        await AllReadableAsync(bob);
        await alice.UntilAsync("!document.getElementById('finish').hidden");
        await AllReadableAsync(alice);
        await alice.Page.Locator("#finish").ClickAsync();
        await alice.OnScreenAsync("settled");
        await AllReadableAsync(alice);
        await bob.OnScreenAsync("settled");
        await AllReadableAsync(bob);
        await bob.Page.Locator("#settled-leave").ClickAsync();
        await bob.OnScreenAsync("home");
        await AllReadableAsync(bob);
        await alice.Page.Locator("#again").ClickAsync();
        await alice.WaitForRoomAsync();
        await AllReadableAsync(alice);

        var operators = await OpenAsync("operator", "stats.html");
        await operators.UntilAsync("document.querySelectorAll('#counts .first').length > 0");
        await AllReadableAsync(operators);
    }

    [BrowserFact]
    public async Task The_keyboard_sees_where_it_is_also_on_the_climb()
    {
        var (alice, bob) = await BattleAsync("", "?pace=4&autoplay=500");
        await alice.ListensAsync();
        await alice.Page.Keyboard.PressAsync("Tab"); // By key, so it is to be seen.
        await alice.Page.EvaluateAsync("() => document.getElementById('stage').focus()");
        Assert.True(await alice.ReadAsync<bool>("document.getElementById('stage').matches(':focus-visible')"));
        await alice.UntilAsync("""
            [document.getElementById('stage'), document.getElementById('frost')].map(each => getComputedStyle(each)).some(
              style => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 3 && style.opacity === '1')
            """);
        await bob.LeaveAsync();
    }

    [BrowserTheory]
    [InlineData("W")]
    [InlineData("🙂")]
    [InlineData("م")]
    public async Task The_longest_name_breaks_nothing(string letter)
    {
        var name = string.Concat(Enumerable.Repeat(letter, letter.Length == 1 && letter[0] < 128 ? 64 : letter.Length == 1 ? 60 : 32));
        var alice = await OpenAsync(name, "?pace=4&autoplay=500", Phone);
        var bob = await OpenAsync("bob", "?pace=4&autoplay=1", Phone);
        await alice.EnterAsync();
        await alice.WaitForRoomAsync();
        await NothingSticksOutAsync(alice);
        await bob.EnterAsync();
        await bob.OnScreenAsync("playing");
        await NothingSticksOutAsync(bob);
        await bob.OnScreenAsync("dead");
        await NothingSticksOutAsync(bob);
        await alice.Page.Locator("#finish").ClickAsync();
        await alice.OnScreenAsync("settled");
        await NothingSticksOutAsync(alice);
        Assert.Equal([name, "bob"], await alice.Page.Locator("#standings bdi").AllTextContentsAsync());
    }

    [BrowserFact]
    public async Task A_name_stands_alone_whichever_way_it_runs()
    {
        const string name = "ليلى 1";
        var alice = await OpenAsync(name, "?pace=4&autoplay=3");
        var bob = await OpenAsync("bob", "?pace=4&autoplay=1");
        await alice.EnterAsync();
        await alice.WaitForRoomAsync();
        await bob.EnterAsync();
        await bob.OnScreenAsync("settled");
        // Wherever the name is on the page, it is all there is in an element of its own.
        Assert.True(await bob.ReadAsync<bool>($$"""
            (name => [...document.querySelectorAll('body *')].flatMap(each => [...each.childNodes])
              .filter(node => node.nodeType === 3 && node.data.includes(name)).every(node => node.parentElement.matches('bdi') && node.data === name))
              ({{JsonSerializer.Serialize(name)}})
            """));
        await bob.UntilAsync("document.querySelectorAll('#standings bdi').length === 2");
    }

    [BrowserFact]
    public async Task Nothing_of_the_protocol_is_on_a_players_screen()
    {
        var (alice, bob) = await BattleAsync("?pace=4&autoplay=3", "?pace=4&autoplay=1");
        await NoJargonAsync(alice);
        await alice.OnScreenAsync("settled");
        await NoJargonAsync(alice);
        await alice.Page.Locator("#again").ClickAsync();
        await alice.WaitForRoomAsync();
        await NoJargonAsync(alice);
        await bob.Page.Locator("#settled-leave").ClickAsync();
        await bob.OnScreenAsync("home");
        await bob.ListensAsync();
        await bob.Page.EvaluateAsync("() => document.getElementById('name').removeAttribute('maxlength')");
        foreach (var refused in new[] { new string('x', 65), "\u0007", "\ud83d\ude42\u0007" })
        {
            await bob.Page.Locator("#name").FillAsync(refused);
            await bob.Page.Locator("#play").ClickAsync();
            await bob.UntilAsync("!document.getElementById('toast').hidden");
            await NoJargonAsync(bob);
        }
    }

    [BrowserFact]
    public async Task The_page_needs_nothing_that_its_own_strict_policy_forbids()
    {
        var context = await Browser.NewContextAsync(); // Under the policy, so only what needs no evaluation can be asked here.
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(PlayerPage.Patience);
        ConcurrentQueue<string> told = [];
        page.Console += (_, message) =>
        {
            if (message.Text.Contains("Content Security Policy", StringComparison.OrdinalIgnoreCase))
                told.Enqueue(message.Text);
        };
        var home = new Uri($"http://127.0.0.1:{Server.Port}/");
        await page.GotoAsync(home + "?pace=4&autoplay=3");
        await page.Locator("#name").FillAsync("alice");
        await page.Locator("#play").ClickAsync();
        await page.Locator("#waiting #cancel").WaitForAsync();
        var bob = await OpenAsync("bob", "?pace=4&autoplay=1");
        await bob.EnterAsync();
        await page.Locator("#hud").WaitForAsync();
        await page.Locator("#settled #again").WaitForAsync();
        await page.GotoAsync(home + "stats.html");
        await page.Locator("#counts .first").First.WaitForAsync();
        Assert.Empty(told);
        await context.CloseAsync();
    }

    private static async Task AllReadableAsync(PlayerPage player)
    {
        var seen = JsonSerializer.Deserialize<List<Seen>>(await player.Page.EvaluateAsync<string>(Contrasts), JsonSerializerOptions.Web)!;
        Assert.NotEmpty(seen);
        Assert.DoesNotContain(seen, text => text.Ratio < 4.5);
    }

    private static async Task NothingSticksOutAsync(PlayerPage player) => await player.UntilAsync("""
        [...document.querySelectorAll('body :not(bdi)')].filter(each => each.checkVisibility({ opacityProperty: true }) && !each.closest('canvas, .unseen, #frost'))
          .map(each => each.getBoundingClientRect()).every(place => place.left >= -1 && place.right <= innerWidth + 1)
          && [...document.querySelectorAll('.panel, .sheet')].every(each => each.scrollWidth <= each.clientWidth)
        """);

    private static async Task NoJargonAsync(PlayerPage player)
    {
        var words = await player.TextAsync("body");
        Assert.DoesNotContain("_ROOM", words, StringComparison.Ordinal);
        Assert.DoesNotContain("user_id", words, StringComparison.Ordinal);
    }

    private sealed record Seen(string Text, string Id, double Ratio);
}
