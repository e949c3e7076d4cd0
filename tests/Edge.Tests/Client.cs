using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace GameServer.Edge.Tests;

/// <summary>A player's WebSocket.</summary>
public sealed class Client : IDisposable
{
    private readonly byte[] buffer = new byte[128 * 1024];

    private Client(ClientWebSocket socket) => Socket = socket;

    public ClientWebSocket Socket { get; }

    public static async Task<Client> OpenAsync(Uri address, bool v2, string? token = null, string? origin = null)
    {
        ClientWebSocket socket = new();
        if (v2)
            socket.Options.AddSubProtocol("gameserver.v2");
        if (token is not null)
            socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        if (origin is not null)
            socket.Options.SetRequestHeader("Origin", origin);
        using CancellationTokenSource patience = new(Wait.Patience);
        await socket.ConnectAsync(address, patience.Token);
        return new(socket);
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text);

    public async Task SendAsync(byte[] bytes, WebSocketMessageType type, bool end = true)
    {
        using CancellationTokenSource patience = new(Wait.Patience);
        await Socket.SendAsync(bytes, type, end, patience.Token);
    }

    /// <summary>The next message, as text.</summary>
    public async Task<string> TextAsync()
    {
        using CancellationTokenSource patience = new(Wait.Patience);
        var length = 0;
        while (true)
        {
            var received = await Socket.ReceiveAsync(buffer.AsMemory(length), patience.Token);
            Assert.True(
                received.MessageType == WebSocketMessageType.Text, $"closed with {Socket.CloseStatus} {Socket.CloseStatusDescription}");
            length += received.Count;
            if (received.EndOfMessage)
                return Encoding.UTF8.GetString(buffer, 0, length);
        }
    }

    /// <summary>The next message, as JSON.</summary>
    public async Task<JsonElement> NextAsync() => JsonDocument.Parse(await TextAsync()).RootElement;

    /// <summary>Reads on until the server's close and answers it; gives its code.</summary>
    public async Task<int> CloseCodeAsync()
    {
        using CancellationTokenSource patience = new(Wait.Patience);
        ValueWebSocketReceiveResult received;
        do
        {
            received = await Socket.ReceiveAsync(buffer.AsMemory(), patience.Token);
        }
        while (received.MessageType != WebSocketMessageType.Close);
        try
        {
            await Socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
        }
        catch (WebSocketException)
        {
            // After a broken protocol (1002, 1007) the server does not wait for the answer.
        }

        return (int)Socket.CloseStatus!.Value;
    }

    public void Dispose() => Socket.Dispose();
}
