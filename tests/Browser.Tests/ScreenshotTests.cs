using Microsoft.Playwright;

namespace GameServer.Browser.Tests;

/// <summary>The picture in the README: a battle at the moment of an attack, both players side by side.</summary>
public sealed class ScreenshotTests(Chromium chromium) : BrowserTest(chromium)
{
    private static readonly BrowserNewContextOptions Window = new()
    {
        ViewportSize = new() { Width = 500, Height = 720 }, DeviceScaleFactor = 2, ReducedMotion = ReducedMotion.NoPreference,
    };

    [BrowserFact]
    public async Task A_battle_looks_like_the_picture_in_the_readme()
    {
        var alice = await OpenAsync("alice", "?seed=11&pace=2&autoplay=500", Window);
        var mia = await OpenAsync("mia", "?seed=11&pace=2&autoplay=500", Window);
        await StandStillOnceAsync(alice, "game.score >= 13 && game.phase === 'ride'");
        await StandStillOnceAsync(mia, "game.score >= 12 && game.phase === 'ride'");
        await alice.EnterAsync();
        await alice.WaitForRoomAsync();
        await mia.EnterAsync();
        await Task.WhenAll(StandsStillAsync(alice), StandsStillAsync(mia));

        // The key works while the picture stands. Then half a second of ice, in which nobody can leap.
        await alice.Page.Keyboard.PressAsync("f");
        await mia.Page.WaitForFunctionAsync("() => game.frozen", null, new() { Timeout = PlayerPage.Patience, PollingInterval = 50 });
        await mia.Page.EvaluateAsync("() => goOn(() => game.frozen && document.getElementById('thaw').textContent <= '2.6')");
        await alice.Page.EvaluateAsync("() => goOn(() => document.getElementById('rival-state').textContent === 'frozen')");
        await Task.WhenAll(StandsStillAsync(alice), StandsStillAsync(mia));
        var both = await SideBySideAsync(await alice.Page.ScreenshotAsync(), await mia.Page.ScreenshotAsync());

        var update = Environment.GetEnvironmentVariable("UPDATE_SCREENSHOTS") == "1";
        var folder = Directory.CreateDirectory(update ? Chromium.Place("Images") : Path.Combine(AppContext.BaseDirectory, "screenshots"));
        await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "battle.png"), both);
        Assert.True(both.Length > 50_000, "A picture of a battle has more in it.");
    }

    /// <summary>The page draws no more frames from the first one on that shows this, until <c>goOn</c> gives it another goal.</summary>
    private static async Task StandStillOnceAsync(PlayerPage player, string expression) => await player.Page.EvaluateAsync($$"""
        () => {
          const next = requestAnimationFrame;
          let reached = () => {{expression}};
          let waiting = null;
          window.still = false;
          window.requestAnimationFrame = draw => {
            if (!reached()) return next(draw);
            [waiting, window.still] = [draw, true];
          };
          window.goOn = goal => {
            [reached, window.still] = [goal, false];
            next(waiting);
          };
        }
        """);

    private static async Task StandsStillAsync(PlayerPage player) =>
        await player.Page.WaitForFunctionAsync("() => window.still", null, new() { Timeout = PlayerPage.Patience, PollingInterval = 50 });

    private async Task<byte[]> SideBySideAsync(params byte[][] pictures)
    {
        var context = await Browser.NewContextAsync(new() { ViewportSize = new() { Width = 1032, Height = 744 }, DeviceScaleFactor = 2 });
        var page = await context.NewPageAsync();
        var images = string.Concat(pictures.Select(picture =>
            $"<img style=\"width:500px;border-radius:20px\" src=\"data:image/png;base64,{Convert.ToBase64String(picture)}\">"));
        await page.SetContentAsync($"<body style=\"margin:12px;display:flex;gap:8px;background:#fff\">{images}");
        var both = await page.ScreenshotAsync();
        await context.CloseAsync();
        return both;
    }
}
