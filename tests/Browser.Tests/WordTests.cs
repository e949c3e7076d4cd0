using Microsoft.Playwright;
using ZXing;
using ZXing.Common;
using ZXing.QrCode;

namespace GameServer.Browser.Tests;

/// <summary>Languages, rules, sound, and how a second player is told where to come.</summary>
public sealed class WordTests(Chromium chromium) : BrowserTest(chromium)
{
    [BrowserFact]
    public async Task The_browsers_language_is_spoken_and_another_one_can_be_chosen()
    {
        var alice = await OpenAsync("alice", "", new() { Locale = "zh-CN" });
        await alice.OnScreenAsync("home");
        Assert.Equal("zh", await alice.ReadAsync<string>("document.documentElement.lang"));
        Assert.Equal("开始", await alice.TextAsync("#play"));
        await alice.Page.Locator("#speak").ClickAsync();
        Assert.Equal("Play", await alice.TextAsync("#play"));
        Assert.Contains("10 rings", await alice.TextAsync("#home .rules"), StringComparison.Ordinal);
        await alice.Page.ReloadAsync();
        await alice.OnScreenAsync("home");
        Assert.Equal("Play", await alice.TextAsync("#play"));
    }

    [BrowserFact]
    public async Task What_is_on_the_screen_is_said_in_the_language_just_chosen()
    {
        var (alice, bob) = await BattleAsync("?pace=4&autoplay=3", "?pace=4&autoplay=1");
        await alice.OnScreenAsync("settled");
        await bob.OnScreenAsync("settled");
        await alice.Page.Locator("#speak").ClickAsync();
        Assert.Equal("你赢了", await alice.TextAsync("#result"));
        Assert.Equal("你爬得比 bob 高。", await alice.TextAsync("#result-text"));
        Assert.Equal("再玩一局", await alice.TextAsync("#again"));
    }

    [BrowserFact]
    public async Task Every_language_has_every_text_with_the_same_values()
    {
        var alice = await OpenAsync("alice");
        Assert.Equal("", await alice.Page.EvaluateAsync<string>("""
            async () => {
              const { languages } = await import('./texts.js');
              const values = text => (text.match(/\{\w+\}/g) ?? []).sort().join();
              const [first, ...others] = Object.values(languages);
              return others.flatMap(other => [...new Set([...Object.keys(first), ...Object.keys(other)])]
                .filter(key => !first[key] || !other[key] || values(first[key]) !== values(other[key]))).join();
            }
            """));
        // And every text that the page asks for is there.
        Assert.Equal("", await alice.Page.EvaluateAsync<string>("""
            async () => {
              const { languages } = await import('./texts.js');
              return [...document.querySelectorAll('[data-text], [data-label]')].flatMap(each => [each.dataset.text, each.dataset.label])
                .filter(key => key && !(key in languages.en)).join();
            }
            """));
    }

    [BrowserFact]
    public async Task The_rules_are_on_the_first_screen_and_are_the_servers()
    {
        var alice = await OpenAsync("alice");
        await alice.UntilAsync("game.screen === 'home' && game.rules");
        var rules = await alice.TextAsync("#home .rules");
        Assert.Contains("Space", rules, StringComparison.Ordinal);
        Assert.Contains("Every 10 rings", rules, StringComparison.Ordinal);
        Assert.Contains("frozen for 3 seconds", rules, StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task It_sounds_after_the_first_touch_and_not_before_and_can_be_muted_for_good()
    {
        var (alice, bob) = await BattleAsync("?pace=4&autoplay=500", "?pace=4&autoplay=500");
        await alice.UntilAsync("window.heard > 3");
        Assert.Equal(1, await alice.ReadAsync<int>("contexts"));
        await alice.Page.Keyboard.PressAsync("m");
        await alice.UntilAsync("document.getElementById('mute').getAttribute('aria-pressed') === 'true'");
        var heard = await alice.ReadAsync<int>("heard");
        var score = await alice.ReadAsync<int>("game.score");
        await alice.UntilAsync($"game.score > {score} + 1");
        Assert.Equal(heard, await alice.ReadAsync<int>("heard"));
        await bob.LeaveAsync();

        await alice.Page.ReloadAsync();
        await alice.UntilAsync("window.game");
        Assert.Equal(0, await alice.ReadAsync<int>("contexts")); // Nothing was touched yet.
        Assert.Equal("true", await alice.Page.Locator("#mute").GetAttributeAsync("aria-pressed"));
    }

    [BrowserFact]
    public async Task Who_waits_at_a_server_of_this_machine_alone_is_told_of_a_second_window()
    {
        var alice = await OpenAsync("alice");
        await alice.EnterAsync();
        await alice.UntilAsync("/second window/.test(document.getElementById('invite-text').textContent)");
        Assert.False(await alice.SeesAsync("#invite-address"));
        Assert.False(await alice.SeesAsync("#invite-code"));
    }

    [BrowserFact]
    public async Task Who_waits_at_a_server_that_others_reach_is_told_its_address_also_as_a_code()
    {
        var alice = await OpenAsync("alice");
        await alice.Page.RouteAsync("**/addresses", route => route.FulfillAsync(new() { Json = new { addresses = new[] { "http://192.0.2.7:8080/" } } }));
        await alice.EnterAsync();
        await alice.UntilAsync("!document.getElementById('invite-code').hidden");
        Assert.Equal("http://192.0.2.7:8080/", await alice.TextAsync("#invite-address"));
        var side = await alice.ReadAsync<int>("document.getElementById('invite-code').width");
        var pixels = await alice.ReadAsync<int[]>("""
            (canvas => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data].filter((_, i) => i % 4 === 0))
              (document.getElementById('invite-code'))
            """);
        Assert.Equal("http://192.0.2.7:8080/", Decode(side, (x, y) => pixels[y * side + x] < 128));
    }

    [BrowserFact]
    public async Task A_code_of_any_length_can_be_read()
    {
        var alice = await OpenAsync("alice");
        foreach (var length in new[] { 1, 14, 15, 26, 27, 42, 43, 62, 63, 84, 85, 106 })
        {
            var text = "http://example.org/?mode=".PadRight(106, 'x')[..length];
            var rows = await alice.Page.EvaluateAsync<bool[][]>("async text => (await import('./qr.js')).qrCode(text)", text);
            Assert.Equal(text, Decode(rows.Length + 8, (x, y) =>
                x >= 4 && y >= 4 && x < rows.Length + 4 && y < rows.Length + 4 && rows[y - 4][x - 4]));
        }

        Assert.True(await alice.Page.EvaluateAsync<bool>("async () => (await import('./qr.js')).qrCode('x'.repeat(107)) === null"));
    }

    protected override Task PrepareAsync(IBrowserContext context) => context.AddInitScriptAsync("""
        window.contexts = window.heard = 0;
        window.AudioContext = class extends AudioContext { constructor(...all) { super(...all); window.contexts++; } };
        for (const source of [OscillatorNode, AudioBufferSourceNode]) {
          const { start } = source.prototype;
          source.prototype.start = function (...all) { window.heard++; return start.apply(this, all); };
        }
        """);

    /// <summary>What a reader makes of a code; each module is drawn as a square of four pixels, as no camera sees less.</summary>
    private static string? Decode(int side, Func<int, int, bool> dark)
    {
        const int scale = 4;
        var pixels = new byte[side * scale * side * scale];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = dark(i % (side * scale) / scale, i / (side * scale) / scale) ? (byte)0 : (byte)255;
        RGBLuminanceSource source = new(pixels, side * scale, side * scale, RGBLuminanceSource.BitmapFormat.Gray8);
        return new QRCodeReader().decode(new BinaryBitmap(new HybridBinarizer(source)))?.Text;
    }
}
