using System.Reflection;
using Microsoft.Playwright;

namespace GameServer.Browser.Tests;

/// <summary>
/// One Chromium for all tests of a class, so that classes run side by side; each player gets a context of its own, which is like a browser
/// of its own.
/// </summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync",
    ];

    private IPlaywright? playwright;

    /// <summary>The browser.</summary>
    public IBrowser Browser { get; private set; } = null!;

    /// <summary>
    /// Where Chromium is: <c>CHROMIUM</c>, or where Linux distributions put it; null if there is none. The headless shell is the same browser
    /// without a window around the page, and takes half of the processor.
    /// </summary>
    public static string? Path { get; } =
        new[] { Environment.GetEnvironmentVariable("CHROMIUM"), "/usr/bin/chromium-headless-shell", "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }
            .FirstOrDefault(path => path is not null && File.Exists(path));

    /// <summary>Why tests are skipped; null if they are not.</summary>
    public static string? Missing => Path is null ? "Chromium is not installed (apt-get install chromium-headless-shell, or set CHROMIUM)." : null;

    /// <summary>What the build wrote down about the repository's folders.</summary>
    public static string Place(string key) => System.IO.Path.GetFullPath(
        typeof(Chromium).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(place => place.Key == key).Value!);

    public async Task InitializeAsync()
    {
        if (Path is null)
            return;
        playwright = await Playwright.CreateAsync();
        Browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Path, Args = Arguments });
    }

    public async Task DisposeAsync()
    {
        if (playwright is null)
            return;
        await Browser.DisposeAsync();
        playwright.Dispose();
    }
}

/// <summary>A test that needs Chromium; without it, it is skipped and says so.</summary>
public sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = Chromium.Missing;
}

/// <summary>Like <see cref="BrowserFactAttribute"/>, with data.</summary>
public sealed class BrowserTheoryAttribute : TheoryAttribute
{
    public BrowserTheoryAttribute() => Skip = Chromium.Missing;
}
