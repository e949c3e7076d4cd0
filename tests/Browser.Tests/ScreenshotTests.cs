using Microsoft.Playwright;

namespace GameServer.Browser.Tests;

/// <summary>The picture in the README: a battle at the moment of an attack, both players side by side.</summary>
public sealed class ScreenshotTests(Chromium chromium) : BrowserTest(chromium)
{
    private static readonly BrowserNewContextOptions Window = new()
    {
        ViewportSize = new() { Width = 500, Height = 720 }, DeviceScaleFactor = 2,
    };

    [BrowserFact]
    public async Task A_battle_looks_like_the_picture_in_the_readme()
    {
        var alice = await OpenAsync("alice", "?seed=11&autoplay=500", Window);
        var mia = await OpenAsync("mia", "?seed=11&autoplay=500", Window);
        await alice.EnterAsync();
        await alice.WaitForRoomAsync();
        await mia.EnterAsync();
        // Beside each other, if they come to be; in any case with enough points.
        await alice.UntilAsync("game.canAttack && game.phase === 'ride' && (game.rivals[0].score === game.score - 1 || game.score >= 18)");
        await StandStillOnceAsync(alice, "game.rivals[0].frozen && game.phase === 'ride'");
        await StandStillOnceAsync(mia, "game.frozen && document.body.classList.contains('frozen')");
        await alice.Page.Locator("#attack").ClickAsync();
        await Task.WhenAll(StandsStillAsync(alice), StandsStillAsync(mia));
        var both = await SideBySideAsync(await alice.Page.ScreenshotAsync(), await mia.Page.ScreenshotAsync());

        var update = Environment.GetEnvironmentVariable("UPDATE_SCREENSHOTS") == "1";
        var folder = Directory.CreateDirectory(update ? Chromium.Place("Images") : Path.Combine(AppContext.BaseDirectory, "screenshots"));
        await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "battle.png"), both);
        Assert.True(both.Length > 50_000, "A picture of a battle has more in it.");
    }

    /// <summary>The page draws no more frames from the first one on that shows this.</summary>
    private static Task StandStillOnceAsync(PlayerPage player, string expression) => player.Page.EvaluateAsync($$"""
        () => {
          const next = requestAnimationFrame;
          window.requestAnimationFrame = draw => {{expression}} ? (window.still = true, 0) : next(draw);
        }
        """);

    private static Task StandsStillAsync(PlayerPage player) =>
        player.Page.WaitForFunctionAsync("() => window.still", null, new() { Timeout = PlayerPage.Patience, PollingInterval = 50 });

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
