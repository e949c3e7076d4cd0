using Microsoft.Playwright;

namespace GameServer.Browser.Tests;

/// <summary>What every test here has: a server, and players whose pages must not throw.</summary>
public abstract class BrowserTest(Chromium chromium) : IClassFixture<Chromium>, IAsyncLifetime
{
    /// <summary>
    /// A screen of 12 frames a second, enough for a climb to go at its own pace. Several browsers that draw 60 without a graphics card take all
    /// of a small machine.
    /// </summary>
    private const string SlowScreen = "window.requestAnimationFrame = draw => setTimeout(() => draw(performance.now()), 83);";

    private readonly List<(PlayerPage Player, IBrowserContext Context, Wire Wire)> players = [];

    protected ServerProcess Server { get; private set; } = null!;

    protected IBrowser Browser => chromium.Browser;

    public async Task InitializeAsync() => Server = await ServerProcess.StartAsync([.. Patience, .. Settings]);

    /// <summary>Settings of the server, as on its command line.</summary>
    protected virtual string[] Settings => [];

    /// <summary>
    /// How soon the server takes a network for dead. Several browsers that draw without a graphics card make a machine so busy that a page may
    /// say nothing for longer than the server's default; tests of just that have the default.
    /// </summary>
    protected virtual string[] Patience => ["--GameServer:Edge:KeepAliveInterval=10", "--GameServer:Edge:KeepAliveTimeout=10"];

    public async Task DisposeAsync()
    {
        foreach (var (_, context, wire) in players)
        {
            await context.CloseAsync();
            await wire.DisposeAsync();
        }

        await Server.DisposeAsync();
        Assert.Empty(players.SelectMany(opened => opened.Player.Errors));
    }

    /// <summary>Opens the page in a browser of its own.</summary>
    /// <param name="name">Who plays.</param>
    /// <param name="query">What follows the page's address.</param>
    /// <param name="options">Screen and touch.</param>
    protected async Task<PlayerPage> OpenAsync(string name, string query = "", BrowserNewContextOptions? options = null)
    {
        Wire wire = new(Server.Port);
        options ??= new() { ViewportSize = new() { Width = 420, Height = 760 } };
        options.BypassCSP = true; // To wait for an expression, the test evaluates it in the page.
        options.Locale ??= "en-US";
        options.ReducedMotion ??= ReducedMotion.Reduce; // What only moves takes the machine from the game.
        var context = await Browser.NewContextAsync(options);
        await context.AddInitScriptAsync(SlowScreen);
        await PrepareAsync(context);
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(PlayerPage.Patience);
        PlayerPage player = new(page, name);
        page.PageError += (_, error) => player.Errors.Enqueue($"{name}: {error}");
        players.Add((player, context, wire));
        await page.GotoAsync(wire.Address + query);
        return player;
    }

    /// <summary>A second window of a player's browser.</summary>
    /// <param name="player">Whose browser.</param>
    /// <param name="name">Who plays in it.</param>
    /// <param name="query">What follows the page's address.</param>
    protected async Task<PlayerPage> OpenWindowAsync(PlayerPage player, string name, string query = "")
    {
        var (_, context, wire) = players.Single(opened => opened.Player == player);
        var page = await context.NewPageAsync();
        page.PageError += (_, error) => player.Errors.Enqueue($"{name}: {error}");
        await page.GotoAsync(wire.Address + query);
        return new(page, name);
    }

    /// <summary>What a test wants to be there before the page is.</summary>
    protected virtual Task PrepareAsync(IBrowserContext context) => Task.CompletedTask;

    /// <summary>Two players in a battle; the first one opened the room.</summary>
    protected async Task<(PlayerPage First, PlayerPage Second)> BattleAsync(string firstQuery, string secondQuery)
    {
        var first = await OpenAsync("alice", firstQuery);
        var second = await OpenAsync("bob", secondQuery);
        await first.EnterAsync();
        await first.WaitForRoomAsync();
        await second.EnterAsync();
        await first.WaitForRivalAsync();
        await second.WaitForRivalAsync();
        return (first, second);
    }

    protected Wire WireOf(PlayerPage player) => players.Single(opened => opened.Player == player).Wire;
}
