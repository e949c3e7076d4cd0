using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>A version 1 client, as the workshop's terminals are: what is typed goes out, what comes in is shown.</summary>
internal sealed class Terminal : IDisposable
{
    private readonly ClientWebSocket socket = new();
    private readonly byte[] buffer = new byte[32 * 1024];
    private readonly string user;

    private Terminal(string user) => this.user = user;

    public static async Task<Terminal> OpenAsync(int port, string user, string more = "")
    {
        Terminal terminal = new(user);
        using CancellationTokenSource patience = new(ChildProcess.Patience);
        await terminal.socket.ConnectAsync(new($"ws://127.0.0.1:{port}/?user_id={user}{more}"), patience.Token);
        return terminal;
    }

    /// <summary>Sends a line.</summary>
    public async Task TypeAsync(string line)
    {
        using CancellationTokenSource patience = new(ChildProcess.Patience);
        await socket.SendAsync(Encoding.UTF8.GetBytes(line), WebSocketMessageType.Text, endOfMessage: true, patience.Token);
    }

    /// <summary>The next message, as the protocol's transcript writes it: <c>user1&lt; joinroom user1_ROOM</c>; or <c>user1&lt; closed 1001</c>.</summary>
    public async Task<string> SeesAsync()
    {
        using CancellationTokenSource patience = new(ChildProcess.Patience);
        var received = await socket.ReceiveAsync(buffer.AsMemory(), patience.Token);
        if (received.MessageType == WebSocketMessageType.Close)
            return $"{user}< closed {(int)socket.CloseStatus!.Value}";
        using var message = JsonDocument.Parse(buffer.AsMemory(0, received.Count));
        Assert.Equal(["action", "data"], message.RootElement.EnumerateObject().Select(field => field.Name));
        return $"{user}< {message.RootElement.GetProperty("action").GetString()} {message.RootElement.GetProperty("data")}";
    }

    public void Dispose() => socket.Dispose();
}
