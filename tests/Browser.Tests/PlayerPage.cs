using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace GameServer.Browser.Tests;

/// <summary>A player at the page. What it shows is read from <c>window.game</c> and from what is on the screen.</summary>
public sealed class PlayerPage(IPage page, string name)
{
    /// <summary>In milliseconds; longer than anything here takes on a slow machine, where a climb goes slower too.</summary>
    public const float Patience = 60_000;

    /// <summary>The page.</summary>
    public IPage Page => page;

    /// <summary>The player's name.</summary>
    public string Name => name;

    /// <summary>Exceptions that no code of the page caught.</summary>
    public ConcurrentQueue<string> Errors { get; } = new();

    /// <summary>Types the name and presses Play.</summary>
    public async Task EnterAsync()
    {
        await OnScreenAsync("home");
        await ListensAsync();
        await page.Locator("#name").FillAsync(name);
        await page.Locator("#play").ClickAsync();
    }

    /// <summary>Waits until the server has put the player into a room.</summary>
    public Task WaitForRoomAsync() => UntilAsync("game.room");

    /// <summary>Waits until the battle has begun; it may be over by then.</summary>
    public Task WaitForRivalAsync() => UntilAsync("game.rivals.length > 0 && game.seed !== null");

    public Task OnScreenAsync(string screen) => UntilAsync($"game.screen === '{screen}'");

    /// <summary>Waits until the page listens again: for a moment after each change of the screen it does not.</summary>
    public Task ListensAsync() => UntilAsync("game.listens");

    /// <summary>Leaves a battle, and answers the question whether that is meant.</summary>
    public async Task LeaveAsync()
    {
        await page.Locator("#leave").ClickAsync();
        await page.Locator("#leave.sure").ClickAsync();
        await OnScreenAsync("home");
    }

    /// <summary>Waits until an expression of the page is true.</summary>
    public async Task UntilAsync(string expression)
    {
        try
        {
            await page.WaitForFunctionAsync($"() => {expression}", null, new() { Timeout = Patience, PollingInterval = 50 });
        }
        catch (TimeoutException e)
        {
            var state = await ReadAsync<string>(
                "JSON.stringify(Object.getOwnPropertyNames(window.game ?? {}).map(name => [name, game[name]]))");
            throw new TimeoutException($"{name} never saw: {expression}. The page says {state}", e);
        }
    }

    public Task<T> ReadAsync<T>(string expression) => page.EvaluateAsync<T>($"() => {expression}");

    /// <summary>The text on the screen of an element.</summary>
    public Task<string> TextAsync(string selector) => page.Locator(selector).InnerTextAsync();

    public Task<bool> SeesAsync(string selector) => page.Locator(selector).IsVisibleAsync();
}
