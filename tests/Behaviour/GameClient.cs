using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace GameServer.Behaviour;

/// <summary>The two generations of the protocol.</summary>
public enum Protocol
{
    /// <summary>The workshop's.</summary>
    V1,

    /// <summary>With sequence numbers, answers and resume.</summary>
    V2,
}

/// <summary>The connection is gone.</summary>
/// <param name="code">The close code; 0: it broke without one.</param>
public sealed class ConnectionLostException(int code) : Exception($"The connection is gone, with {code}.")
{
    /// <summary>The close code; 0: it broke without one.</summary>
    public int Code => code;
}

/// <summary>
/// A player with a WebSocket. It checks that every frame has the form of its version, and that no push is missing or comes twice.
/// </summary>
public sealed class GameClient : IDisposable
{
    private readonly Func<Uri> nextGateway;
    private readonly string? bearer;
    private readonly Dictionary<string, string> unanswered = [];
    private byte[] buffer = new byte[4096];
    private ClientWebSocket socket = new();
    private bool knowsLastSeq = true; // The first push a player ever gets has number 1.

    private GameClient(Func<Uri> nextGateway, string? userId, Protocol version, string? bearer)
    {
        this.nextGateway = nextGateway;
        this.bearer = bearer;
        Version = version;
        UserId = userId ?? "";
    }

    /// <summary>Who.</summary>
    public string UserId { get; private set; }

    /// <summary>The generation it speaks.</summary>
    public Protocol Version { get; }

    /// <summary>The last push of version 2 that was read.</summary>
    public long LastSeq { get; private set; }

    /// <summary>The data of the last welcome of version 2.</summary>
    public JsonElement Welcome { get; private set; }

    /// <summary>The resume token of version 2.</summary>
    public string Token { get; set; } = "";

    /// <summary>
    /// Whether it does what a real client of version 2 does when the connection is lost: it comes back, by another gateway if there is one,
    /// resumes, and sends again what was not answered.
    /// </summary>
    public bool ResumesByItself { get; init; }

    /// <summary>Connects.</summary>
    /// <param name="nextGateway">Where to connect, now and whenever it comes back.</param>
    /// <param name="userId">Who; null: a guest.</param>
    /// <param name="version">The generation of the protocol.</param>
    /// <param name="resumesByItself">See <see cref="ResumesByItself"/>.</param>
    /// <param name="bearer">The player's token, where that is needed.</param>
    /// <exception cref="WebSocketException">Refused.</exception>
    public static async Task<GameClient> ConnectAsync(
        Func<Uri> nextGateway, string? userId, Protocol version = Protocol.V1, bool resumesByItself = false, string? bearer = null)
    {
        var client = new GameClient(nextGateway, userId, version, bearer) { ResumesByItself = resumesByItself };
        await client.OpenAsync("");
        return client;
    }

    /// <summary>Connects the same player once more, beside this connection, as a new session.</summary>
    public async Task<GameClient> AgainAsync(Protocol? version = null)
    {
        var again = new GameClient(nextGateway, UserId, version ?? Version, bearer) { knowsLastSeq = false };
        await again.OpenAsync("");
        return again;
    }

    /// <summary>Matches two players who are nowhere, and reads what they are told by then.</summary>
    public static async Task MatchAsync(GameClient first, GameClient second)
    {
        await first.SendAsync("""{"action":"joinroom"}""");
        await first.UntilAsync("joinroom");
        await second.SendAsync("""{"action":"joinroom"}""");
        await first.UntilAsync("peer_player_id");
        await second.UntilAsync("peer_player_id");
    }

    /// <summary>Sends a frame.</summary>
    public async Task SendAsync(string json)
    {
        if (ResumesByItself)
            Remember(json);
        try
        {
            await SendAsync(Encoding.UTF8.GetBytes(json), WebSocketMessageType.Text);
        }
        catch (WebSocketException) when (ResumesByItself)
        {
            // Sent again once it is back.
        }
    }

    /// <summary>Sends a frame of any kind.</summary>
    public async Task SendAsync(byte[] bytes, WebSocketMessageType type)
    {
        using var patience = new CancellationTokenSource(GameServerUnderTest.Patience);
        await socket.SendAsync(bytes, type, endOfMessage: true, patience.Token);
    }

    /// <summary>The next frame.</summary>
    /// <exception cref="ConnectionLostException">The connection is gone.</exception>
    public async Task<JsonElement> NextAsync()
    {
        while (true)
        {
            try
            {
                return Checked(await ReceiveAsync());
            }
            catch (ConnectionLostException) when (ResumesByItself)
            {
                await ComeBackAsync();
            }
        }
    }

    /// <summary>
    /// The next frame as one line: <c>joinroom user1_ROOM</c>, <c>player_syncscore 5 from user1</c> (version 2 says whose),
    /// <c>peer_disconnected user1</c>, <c>ok 7</c>, <c>error dead syncscore 7</c> with the code, the request (or <c>null</c>) and the id if
    /// there is one.
    /// </summary>
    /// <remarks>
    /// Passes over how many wait: that is told whenever anybody comes or goes, in between everything else. A test that wants it asks with
    /// <see cref="UntilAsync"/>.
    /// </remarks>
    public async Task<string> SeesAsync()
    {
        while (true)
        {
            var line = Line(await NextAsync());
            if (!line.StartsWith("waiting ", StringComparison.Ordinal))
                return line;
        }
    }

    /// <summary>Reads until a push of this action comes, and gives its data.</summary>
    public async Task<JsonElement> UntilAsync(string action)
    {
        while (true)
        {
            var frame = await NextAsync();
            if (frame.GetProperty("action").GetString() == action)
                return frame.GetProperty("data");
        }
    }

    /// <summary>Reads until the answer to the request with this id, and gives it as a line.</summary>
    public async Task<string> AnswerAsync(string id)
    {
        while (true)
        {
            var frame = await NextAsync();
            if (frame.TryGetProperty("id", out var answered) && answered.ToString() == id)
                return Line(frame);
        }
    }

    /// <summary>Reads until the connection is closed, and gives the code; 0: without one.</summary>
    public async Task<int> CloseCodeAsync()
    {
        try
        {
            while (true)
                await NextAsync();
        }
        catch (ConnectionLostException e)
        {
            return e.Code;
        }
    }

    /// <summary>
    /// Nothing more came: the next frame is the answer to a request that can only be refused, wherever the player is. What it is about goes
    /// the same way as everything the player is told, so nothing is still on its way either.
    /// </summary>
    public async Task SeesNothingMoreAsync()
    {
        await SendAsync("""{"action":"attack","user_id":"nobody in any battle"}""");
        var seen = await SeesAsync();
        Assert.True(seen.StartsWith("error ", StringComparison.Ordinal) && seen.EndsWith(" attack", StringComparison.Ordinal),
            $"{UserId} should have seen nothing more, and saw: {seen}");
    }

    /// <summary>Cuts the connection without a word.</summary>
    public void Drop() => socket.Abort();

    /// <summary>Closes the connection as a client does that leaves; the server has answered the close.</summary>
    public async Task CloseAsync()
    {
        using var patience = new CancellationTokenSource(GameServerUnderTest.Patience);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
    }

    /// <summary>Connects again after the connection is gone, by the next gateway. Version 2 resumes.</summary>
    public Task ReconnectAsync()
    {
        socket.Dispose();
        socket = new();
        return OpenAsync(Token.Length == 0 ? "" : $"&resume={Uri.EscapeDataString(Token)}&last_seq={LastSeq}");
    }

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();

    /// <summary>A frame as one line, see <see cref="SeesAsync"/>.</summary>
    public static string Line(JsonElement frame)
    {
        var action = frame.GetProperty("action").GetString();
        var id = frame.TryGetProperty("id", out var named) ? $" {named}" : "";
        var from = frame.TryGetProperty("from", out var whose) ? $" from {whose}" : "";
        if (!frame.TryGetProperty("data", out var data))
            return $"{action}{id}";
        return action switch
        {
            "error" => $"error {data.GetProperty("code")} {data.GetProperty("request").GetString() ?? "null"}{id}",
            "peer_disconnected" or "peer_reconnected" => $"{action} {data.GetProperty("user_id")}",
            _ => $"{action} {data}{from}",
        };
    }

    private async Task OpenAsync(string query)
    {
        using var patience = new CancellationTokenSource(GameServerUnderTest.Patience);
        if (Version == Protocol.V2)
            socket.Options.AddSubProtocol("gameserver.v2");
        if (bearer is not null)
            socket.Options.SetRequestHeader("Authorization", $"Bearer {bearer}");
        var who = UserId.Length == 0 ? "" : $"user_id={Uri.EscapeDataString(UserId)}";
        await socket.ConnectAsync(new UriBuilder(new Uri(nextGateway(), $"ws?{who}{query}")) { Scheme = "ws" }.Uri, patience.Token);
        if (Version == Protocol.V1)
            return;
        var welcome = await ReceiveAsync();
        Assert.Equal("welcome", welcome.GetProperty("action").GetString());
        UserId = welcome.GetProperty("data").GetProperty("user_id").GetString()!;
        Welcome = welcome.GetProperty("data");
        Token = Welcome.GetProperty("resume").GetString()!;
    }

    private async Task ComeBackAsync()
    {
        using var patience = new CancellationTokenSource(GameServerUnderTest.Patience);
        while (true)
        {
            try
            {
                await ReconnectAsync();
                foreach (var request in unanswered.Values)
                    await SendAsync(Encoding.UTF8.GetBytes(request), WebSocketMessageType.Text);
                return;
            }
            catch (Exception e) when (e is WebSocketException or ConnectionLostException && !patience.IsCancellationRequested)
            {
                await Task.Delay(50);
            }
        }
    }

    private void Remember(string json)
    {
        if (JsonElement.Parse(json).TryGetProperty("id", out var id))
            unanswered[id.ToString()] = json;
    }

    private async Task<JsonElement> ReceiveAsync()
    {
        using var patience = new CancellationTokenSource(GameServerUnderTest.Patience);
        var length = 0;
        while (true)
        {
            ValueWebSocketReceiveResult received;
            try
            {
                received = await socket.ReceiveAsync(buffer.AsMemory(length), patience.Token);
            }
            catch (WebSocketException)
            {
                throw new ConnectionLostException(0);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"{UserId} saw nothing for {GameServerUnderTest.Patience.TotalSeconds} s.");
            }

            if (received.MessageType == WebSocketMessageType.Close)
                throw new ConnectionLostException((int?)socket.CloseStatus ?? 0);
            length += received.Count;
            if (received.EndOfMessage)
                return JsonElement.Parse(buffer.AsSpan(0, length));
            if (length == buffer.Length)
                Array.Resize(ref buffer, 2 * length);
        }
    }

    private JsonElement Checked(JsonElement frame)
    {
        if (frame.TryGetProperty("id", out var id))
            unanswered.Remove(id.ToString());
        if (Version == Protocol.V1)
        {
            Assert.Equal(["action", "data"], frame.EnumerateObject().Select(field => field.Name));
            return frame;
        }

        if (frame.TryGetProperty("seq", out var seq))
        {
            var skipped = frame.TryGetProperty("skipped", out var count) ? count.GetInt64() : 0;
            // Only a snapshot, which is the whole state, may leave numbers out.
            if (frame.GetProperty("action").GetString() == "snapshot")
                Assert.True(seq.GetInt64() > LastSeq, $"{UserId} had {LastSeq} and now got {frame}");
            else if (knowsLastSeq)
                Assert.True(seq.GetInt64() == LastSeq + 1 + skipped, $"{UserId} had {LastSeq} and now got {frame}");
            (LastSeq, knowsLastSeq) = (seq.GetInt64(), true);
        }
        else
        {
            Assert.Contains(frame.GetProperty("action").GetString(), new[] { "ok", "error" });
        }

        return frame;
    }
}
