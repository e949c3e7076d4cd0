using System.Collections.Concurrent;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace GameServer.Load;

/// <summary>
/// The baseline: a bare relay on the same web server with the same settings. Two sockets of a pair get what the other sends; no rules, no
/// state, nothing is stored.
/// </summary>
internal static class Relay
{
    public static async Task<int> RunAsync(string url)
    {
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        builder.Services.Configure<SocketTransportOptions>(options => options.UnsafePreferInlineScheduling = true);
        await using var app = builder.Build();
        var pairs = new ConcurrentDictionary<string, Pair>();
        app.UseWebSockets();
        app.Run(async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            var peer = await pairs.GetOrAdd(context.Request.Query["pair"].ToString(), _ => new()).MeetAsync(socket);
            var buffer = new byte[32 * 1024];
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
                if (received.MessageType == WebSocketMessageType.Close)
                    return;
                await peer.SendAsync(
                    buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, context.RequestAborted);
            }
        });
        await app.RunAsync();
        return 0;
    }

    private sealed class Pair
    {
        private readonly TaskCompletionSource<WebSocket> first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<WebSocket> second = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<WebSocket> MeetAsync(WebSocket socket)
        {
            if (first.TrySetResult(socket))
                return second.Task;
            second.SetResult(socket);
            return first.Task;
        }
    }
}
