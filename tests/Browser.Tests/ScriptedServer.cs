using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace GameServer.Browser.Tests;

/// <summary>
/// A server that does what a test tells it, right or wrong: it serves the client module, and hands each connection to the test.
/// </summary>
public sealed class ScriptedServer : IAsyncDisposable
{
    private readonly HttpListener listener = new();
    private readonly Channel<ScriptedConnection> connections = Channel.CreateUnbounded<ScriptedConnection>();
    private readonly Task serving;

    public ScriptedServer()
    {
        using TcpListener free = new(IPAddress.Loopback, 0);
        free.Start();
        Address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/");
        free.Stop();
        listener.Prefixes.Add(Address);
        listener.Start();
        serving = ServeAsync();
    }

    public string Address { get; }

    /// <summary>What every upgrade is refused with; null: none is.</summary>
    public int? Refuses { get; set; }

    /// <summary>The token that has expired, and the one it is renewed for; null: tokens are not looked at.</summary>
    public (string Old, string New)? Renewal { get; set; }

    /// <summary>The next connection.</summary>
    public Task<ScriptedConnection> AcceptAsync() => connections.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    /// <summary>Whether a connection came that nobody has accepted yet.</summary>
    public bool HasAnother => connections.Reader.TryPeek(out _);

    public async ValueTask DisposeAsync()
    {
        listener.Close();
        await serving;
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return; // Disposed of.
            }

            if (context.Request.Url!.AbsolutePath == "/ws")
                await ConnectAsync(context);
            else if (context.Request.Url.AbsolutePath == "/renew_token")
                await RenewAsync(context);
            else
                await FileAsync(context);
        }
    }

    private async Task ConnectAsync(HttpListenerContext context)
    {
        int? refuses = Renewal is { } renewal && context.Request.QueryString["token"] != renewal.New ? 401 : Refuses;
        if (refuses is not null || !context.Request.IsWebSocketRequest)
        {
            context.Response.StatusCode = refuses ?? 426;
            var refusal = """{"code":"unauthorized","message":"the token is another user's"}"""u8.ToArray();
            await context.Response.OutputStream.WriteAsync(refusal);
            context.Response.Close();
            return;
        }

        var socket = await context.AcceptWebSocketAsync("gameserver.v2");
        var query = context.Request.QueryString;
        connections.Writer.TryWrite(new(socket.WebSocket, query["user_id"], query["resume"], query["last_seq"]));
    }

    private async Task RenewAsync(HttpListenerContext context)
    {
        var known = Renewal is { } renewal && context.Request.Headers["Authorization"] == $"Bearer {renewal.Old}";
        context.Response.StatusCode = known ? 200 : 401;
        await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(
            known ? $$"""{"msg":"renew token success","token":"{{Renewal!.Value.New}}"}""" : """{"code":"unauthorized","message":"the token is void"}"""));
        context.Response.Close();
    }

    private static async Task FileAsync(HttpListenerContext context)
    {
        var script = context.Request.Url!.AbsolutePath == "/gameserver.js";
        context.Response.ContentType = script ? "text/javascript" : "text/html";
        var content = script
            ? await File.ReadAllBytesAsync(Path.Combine(Chromium.Place("Page"), "gameserver.js"))
            : "<!doctype html><link rel=icon href=data:,>"u8.ToArray();
        await context.Response.OutputStream.WriteAsync(content);
        context.Response.Close();
    }
}

/// <summary>One connection of the client, in the hands of a test.</summary>
public sealed class ScriptedConnection(WebSocket socket, string? userId, string? resume, string? lastSeq)
{
    public string? UserId => userId;

    public string? Resume => resume;

    public string? LastSeq => lastSeq;

    public Task SendAsync(string frame) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(frame), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);

    public Task WelcomeAsync(string session = "session-1", double heartbeat = 15) => SendAsync(string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"action":"welcome","data":{"user_id":"alice","resume":"{{session}}","resumed":{{Json(session == resume)}},"limits":{},"heartbeat":{{heartbeat}}} }"""));

    private static string Json(bool value) => value ? "true" : "false";

    public Task PushAsync(long seq, string action = "player_syncscore", int skipped = 0) => SendAsync(
        $$"""{"action":"{{action}}","data":{{seq}},"seq":{{seq}},"skipped":{{skipped}} }""");

    /// <summary>The next request.</summary>
    public async Task<JsonElement> ReceiveAsync()
    {
        var buffer = new byte[4096];
        var received = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        using var frame = JsonDocument.Parse(buffer.AsMemory(0, received.Count));
        return frame.RootElement.Clone();
    }

    public Task AnswerAsync(JsonElement request) => SendAsync($$"""{"action":"ok","id":{{request.GetProperty("id").GetRawText()}} }""");

    public Task RefuseAsync(JsonElement request, string code, string message) => SendAsync(
        $$"""
        {"action":"error","data":{"code":"{{code}}","message":"{{message}}"},"id":{{request.GetProperty("id").GetRawText()}} }
        """);

    public Task CloseAsync(int code) =>
        socket.CloseOutputAsync((WebSocketCloseStatus)code, "as the test wants it", CancellationToken.None);
}
