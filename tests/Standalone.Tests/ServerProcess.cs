using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using GameServer.Standalone.Loop;

namespace GameServer.Standalone.Tests;

/// <summary>The real program in a process of its own, on a free port of this machine.</summary>
internal sealed partial class ServerProcess : IDisposable
{
    private readonly Child child;

    // Read all the time: a process whose output nobody reads stops at the first full pipe.
    private readonly Task<string> output;
    private readonly Task<string> errors;

    private ServerProcess(Child child, Uri address)
    {
        this.child = child;
        Address = address;
        output = child.Output.ReadToEndAsync();
        errors = child.Errors.ReadToEndAsync();
    }

    public static string Assembly => typeof(GameLoop).Assembly.Location;

    public Uri Address { get; }

    public static async Task<ServerProcess> StartAsync(string data, params string[] settings)
    {
        var child = new Child(Assembly, ["--urls", "http://127.0.0.1:0", "--data", data, .. settings]);
        var lines = new StringBuilder();
        while (await child.Output.ReadLineAsync().WaitAsync(LoopFixture.Patience) is { } line)
        {
            lines.AppendLine(line);
            if (OpenLine().Match(line) is { Success: true } match)
                return new(child, new Uri(match.Groups[1].Value));
        }

        var why = await child.Errors.ReadToEndAsync();
        child.Dispose();
        throw new InvalidOperationException($"The server did not start: {lines}{why}");
    }

    public Task<HttpClientAnswer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, json: null);

    public Task<HttpClientAnswer> PostAsync(string path, string json) => SendAsync(HttpMethod.Post, path, json);

    public Task<HttpClientAnswer> PutAsync(string path, string json) => SendAsync(HttpMethod.Put, path, json);

    public void Kill() => child.Kill();

    /// <summary>SIGTERM.</summary>
    public async Task<(int ExitCode, string Output)> StopAsync()
    {
        Assert.True(Shell.Run("kill", "-TERM", $"{child.Id}"));
        var exitCode = await child.ExitAsync();
        return (exitCode, await output + await errors);
    }

    public void Dispose() => child.Dispose();

    private async Task<HttpClientAnswer> SendAsync(HttpMethod method, string path, string? json)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(method, new Uri(Address, path));
        request.Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await http.SendAsync(request).WaitAsync(LoopFixture.Patience);
        return new((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    [GeneratedRegex("^Open (http://[0-9.:]+)")]
    private static partial Regex OpenLine();
}

internal readonly record struct HttpClientAnswer(int Status, string Body);

/// <summary>A player's WebSocket.</summary>
internal sealed class GameClient : IDisposable
{
    private readonly ClientWebSocket socket = new();
    private readonly byte[] buffer = new byte[64 * 1024];

    private GameClient()
    {
    }

    /// <summary>The last push of version 2 that came.</summary>
    public long LastSeq { get; private set; }

    /// <summary>The resume token of version 2.</summary>
    public string Token { get; private set; } = "";

    public static async Task<GameClient> ConnectAsync(ServerProcess server, string user, bool v2 = false, string? resume = null, long lastSeq = 0)
    {
        var client = new GameClient();
        if (v2)
            client.socket.Options.AddSubProtocol("gameserver.v2");
        var query = $"ws?user_id={user}" + (resume is null ? "" : $"&resume={Uri.EscapeDataString(resume)}&last_seq={lastSeq}");
        var address = new UriBuilder(new Uri(server.Address, query)) { Scheme = "ws" }.Uri;
        await client.socket.ConnectAsync(address, CancellationToken.None).WaitAsync(LoopFixture.Patience);
        client.LastSeq = lastSeq;
        if (v2)
        {
            var welcome = await client.NextAsync();
            Assert.Equal("welcome", welcome.GetProperty("action").GetString());
            client.Token = welcome.GetProperty("data").GetProperty("resume").GetString()!;
        }

        return client;
    }

    public Task SendAsync(string json) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(json), WebSocketMessageType.Text, true, CancellationToken.None).WaitAsync(LoopFixture.Patience);

    /// <summary>The next frame; throws <see cref="WebSocketException"/> if the connection is gone.</summary>
    public async Task<JsonElement> NextAsync()
    {
        var length = 0;
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None).AsTask().WaitAsync(LoopFixture.Patience);
            if (received.MessageType == WebSocketMessageType.Close)
                throw new WebSocketException($"Closed with {(int?)socket.CloseStatus}.");
            length += received.Count;
            if (received.EndOfMessage)
                break;
        }

        var frame = JsonElement.Parse(buffer.AsSpan(0, length));
        if (frame.TryGetProperty("seq", out var seq))
        {
            Assert.Equal(LastSeq + 1, seq.GetInt64());
            LastSeq = seq.GetInt64();
        }

        return frame;
    }

    /// <summary>The next frame as <c>action data</c>.</summary>
    public async Task<string> NextLineAsync()
    {
        var frame = await NextAsync();
        return $"{frame.GetProperty("action")} {frame.GetProperty("data")}";
    }

    /// <summary>Reads until the answer to a request with this id, and returns it.</summary>
    public async Task<JsonElement> AnswerAsync(string id)
    {
        while (true)
        {
            var frame = await NextAsync();
            if (frame.TryGetProperty("id", out var answered) && answered.ToString() == id)
                return frame;
        }
    }

    public int? CloseCode => (int?)socket.CloseStatus;

    public void Dispose() => socket.Dispose();
}
