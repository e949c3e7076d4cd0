using System.Text;
using System.Text.Json;

namespace GameServer.Behaviour;

/// <summary>What an HTTP call was answered.</summary>
/// <param name="Status">The status.</param>
/// <param name="Body">The body.</param>
/// <param name="Headers">The headers, by name.</param>
public sealed record HttpAnswer(int Status, string Body, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The body as JSON.</summary>
    public JsonElement Json => JsonElement.Parse(Body);
}

/// <summary>A player's record.</summary>
/// <param name="Wins">Battles won.</param>
/// <param name="Losses">Battles lost.</param>
/// <param name="Draws">Battles drawn.</param>
public readonly record struct Record(int Wins, int Losses, int Draws);

/// <summary>
/// The game as real programs on this machine, whichever host it is. Players and calls are spread over all gateways: each goes to the next.
/// </summary>
public abstract class GameServerUnderTest : IAsyncDisposable
{
    /// <summary>How long anything that must happen may take: generous, because machines are busy.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient http = new() { Timeout = Patience };
    private int turn;

    /// <summary>Where it can be reached. The addresses stay the same for as long as it lives, crashes included.</summary>
    public abstract IReadOnlyList<Uri> Gateways { get; }

    /// <summary>The first of two ports that a battle server may have.</summary>
    public abstract int BattlePort { get; }

    /// <summary>
    /// SIGKILL to a process that holds the game. What is stored is there afterwards, and the game goes on: in the same process started
    /// again, or in another one. Completes when new connections are served.
    /// </summary>
    public abstract Task CrashAsync();

    /// <summary>
    /// SIGTERM to every process that players connect to; each must end with exit code 0 and be started again at its address. Completes when
    /// new connections are served.
    /// </summary>
    public abstract Task RestartAsync();

    /// <summary>The next gateway.</summary>
    public Uri NextGateway() => Gateways[(int)((uint)Interlocked.Increment(ref turn) % (uint)Gateways.Count)];

    /// <summary>Makes an HTTP call.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">Path and query.</param>
    /// <param name="json">The body, if there is one.</param>
    /// <param name="bearer">A token, if there is one.</param>
    /// <param name="gateway">Where; null: the next gateway.</param>
    public async Task<HttpAnswer> CallAsync(string method, string path, string? json = null, string? bearer = null, Uri? gateway = null)
    {
        using var request = new HttpRequestMessage(new(method), new Uri(gateway ?? NextGateway(), path));
        request.Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json");
        request.Headers.Authorization = bearer is null ? null : new("Bearer", bearer);
        using var answer = await http.SendAsync(request);
        return new(
            (int)answer.StatusCode, await answer.Content.ReadAsStringAsync(),
            answer.Headers.ToDictionary(header => header.Key, header => string.Join(',', header.Value), StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>A player's record.</summary>
    public async Task<Record> RecordAsync(string userId)
    {
        var answer = await CallAsync("GET", $"/players/{Uri.EscapeDataString(userId)}");
        if (answer.Status == 404)
            return default;
        Assert.Equal(200, answer.Status);
        return new(Count("wins"), Count("losses"), Count("draws"));

        int Count(string result) => answer.Json.GetProperty(result).GetInt32();
    }

    /// <summary>Waits until a record is this; whoever left a battle is not told when it is settled.</summary>
    public async Task BecomesAsync(string userId, Record expected)
    {
        using var patience = new CancellationTokenSource(Patience);
        var record = await RecordAsync(userId);
        while (record != expected && !patience.IsCancellationRequested)
        {
            await Task.Delay(20);
            record = await RecordAsync(userId);
        }

        Assert.Equal(expected, record);
    }

    /// <summary>Waits until so many connections are open, over all gateways, and the players of the others are known to be gone.</summary>
    public async Task UntilConnectedAsync(int connections)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var open = 0;
            foreach (var gateway in Gateways)
                open += (await CallAsync("GET", "/stats", gateway: gateway)).Json.GetProperty("connections").GetInt32();
            if (open == connections)
                return;
            Assert.False(patience.IsCancellationRequested, $"{open} connections are open; there should be {connections}.");
            await Task.Delay(5);
        }
    }

    /// <summary>Waits until a count of <c>/stats</c> is this; a cluster adds its counts up now and then.</summary>
    public Task UntilStatAsync(string name, double value) => UntilStatAsync(name, now => now == value, $"it should become {value}");

    /// <summary>Waits until a count of <c>/stats</c> is as it should be.</summary>
    public async Task UntilStatAsync(string name, Func<double, bool> right, string? should = null)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var stats = (await CallAsync("GET", "/stats")).Json;
            var now = stats.TryGetProperty(name, out var count) ? count.GetDouble() : 0;
            if (right(now))
                return;
            Assert.False(patience.IsCancellationRequested, $"{name} is {now}; {should ?? "that is not right"}.");
            await Task.Delay(20);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await StopAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends its processes and takes away what they stored.</summary>
    protected abstract Task StopAsync();
}
