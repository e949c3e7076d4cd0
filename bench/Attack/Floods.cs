using System.Net;
using System.Net.Sockets;
using System.Text;

namespace GameServer.Attack;

/// <summary>The floods: each a bounded number of connections that send without a pause until the time is over.</summary>
internal static class Floods
{
    private const string Upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    private static int guests;

    public static async Task RunAsync(Uri server, TimeSpan time)
    {
        if (!server.IsLoopback)
            throw new ArgumentException($"{server} is not on this machine.", nameof(server));

        using CancellationTokenSource over = new(time);
        var ping = Frames([0x89, 0x80, 0, 0, 0, 0]);
        var fragment = Frames([0x00, 0x80, 0, 0, 0, 0]);
        await Task.WhenAll(
        [
            .. Many(16, _ => RepeatAsync("GET /stats HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), reads: true)),
            .. Many(4, _ => FloodSocketAsync([], ping)),
            .. Many(4, _ => FloodSocketAsync([0x01, 0x81, 0, 0, 0, 0, (byte)'{'], fragment)),
            .. Many(8, i => HoldAsync($"127.0.0.{20 + i}", connections: 250)),
            .. Many(4, _ => RepeatAsync(Broken("Transfer-Encoding: chunked\r\n\r\nno length\r\n"), reads: true)),
            .. Many(4, _ => RepeatAsync(Broken("Content-Length: 100\r\n\r\n{"), reads: false)),
            .. Many(4, _ => ComeAndGoAsync()),
            .. Many(4, _ => LookUpAsync()),
            .. Many(4, _ => QueueAndGoAsync()),
            .. Many(4, _ => WriteAsync()),
        ]);

        static IEnumerable<Task> Many(int count, Func<int, Task> flood) => Enumerable.Range(0, count).Select(flood);

        static byte[] Frames(byte[] frame) => [.. Enumerable.Repeat(frame, 1000).SelectMany(bytes => bytes)];

        static byte[] Broken(string body) =>
            Encoding.ASCII.GetBytes($"POST /create_user HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{body}");

        // The same request again and again, on a connection for as long as the server keeps it.
        Task RepeatAsync(byte[] request, bool reads) => UntilOverAsync("127.0.0.10", async stream =>
        {
            var answer = new byte[16 * 1024];
            do
            {
                await stream.WriteAsync(request, over.Token);
            }
            while (reads && await stream.ReadAsync(answer, over.Token) > 0);
        });

        Task FloodSocketAsync(byte[] before, byte[] frames) => UntilOverAsync("127.0.0.11", async stream =>
        {
            await stream.WriteAsync(Connect(), over.Token);
            await stream.WriteAsync(before, over.Token);
            _ = stream.CopyToAsync(Stream.Null, over.Token).ContinueWith(task => task.Exception, TaskScheduler.Default);
            while (true)
                await stream.WriteAsync(frames, over.Token);
        });

        // A session of version 2 that never acts.
        Task ComeAndGoAsync() => UntilOverAsync("127.0.0.12", async stream =>
        {
            await stream.WriteAsync(Connect(), over.Token);
            await stream.ReadExactlyAsync(new byte[64], over.Token);
        });

        // Players that nobody knows, each another one.
        Task LookUpAsync() => UntilOverAsync("127.0.0.13", async stream =>
        {
            var answer = new byte[16 * 1024];
            do
            {
                await stream.WriteAsync(
                    Encoding.ASCII.GetBytes($"GET /players/nobody{Interlocked.Increment(ref guests)} HTTP/1.1\r\nHost: localhost\r\n\r\n"), over.Token);
            }
            while (await stream.ReadAsync(answer, over.Token) > 0);
        });

        // Queues under the longest name there is, in a mode where nobody plays, and goes without a word.
        Task QueueAndGoAsync() => UntilOverAsync("127.0.0.14", async stream =>
        {
            var name = string.Concat(Enumerable.Repeat("%F0%9F%99%82", 28)) + Interlocked.Increment(ref guests);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET /ws?user_id={name} HTTP/1.1\r\nHost: localhost\r\n{Upgrade}\r\n"), over.Token);
            await stream.WriteAsync(Text("{\"action\":\"joinroom\",\"mode\":\"flooded\"}"), over.Token);
            await stream.ReadExactlyAsync(new byte[200], over.Token);
        });

        // Requests that are refused, each with an id of the longest kind: what has to be remembered of them is on disk.
        Task WriteAsync() => UntilOverAsync("127.0.0.15", async stream =>
        {
            await stream.WriteAsync(Connect(), over.Token);
            _ = stream.CopyToAsync(Stream.Null, over.Token).ContinueWith(task => task.Exception, TaskScheduler.Default);
            for (var i = 0; ; i++)
            {
                var id = $"{i}".PadLeft(64, 'x');
                await stream.WriteAsync(Text($"{{\"action\":\"die\",\"id\":\"{id}\"}}"), over.Token);
                await Task.Delay(20, over.Token); // Below the limits: whoever is above them is cut off.
            }
        });

        // A masked frame of text, with a mask of zeros.
        static byte[] Text(string text) => text.Length < 126
            ? [0x81, (byte)(0x80 | text.Length), 0, 0, 0, 0, .. Encoding.ASCII.GetBytes(text)]
            : [0x81, 0xFE, (byte)(text.Length >> 8), (byte)text.Length, 0, 0, 0, 0, .. Encoding.ASCII.GetBytes(text)];

        static byte[] Connect() => Encoding.ASCII.GetBytes(
            $"GET /ws?user_id=stranger{Interlocked.Increment(ref guests)} HTTP/1.1\r\nHost: localhost\r\nSec-WebSocket-Protocol: gameserver.v2\r\n{Upgrade}\r\n");

        async Task HoldAsync(string address, int connections)
        {
            await Task.WhenAll(Enumerable.Range(0, connections).Select(i => UntilOverAsync(address, async stream =>
            {
                await stream.WriteAsync("GET /stats HT"u8.ToArray(), over.Token);
                while (await stream.ReadAsync(new byte[16], over.Token) > 0)
                {
                    // Until it is cut.
                }
            })));
        }

        // Comes from an address of its own, so that it uses up no allowance but its own, as a stranger would.
        async Task UntilOverAsync(string address, Func<NetworkStream, Task> attack)
        {
            while (!over.IsCancellationRequested)
            {
                try
                {
                    using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                    socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
                    await socket.ConnectAsync(IPAddress.Loopback, server.Port, over.Token);
                    await using NetworkStream stream = new(socket);
                    await attack(stream);
                }
                catch (Exception e) when (e is IOException or SocketException)
                {
                    await Task.Delay(5, CancellationToken.None); // Cut; once more.
                }
                catch (OperationCanceledException)
                {
                    // The time is over.
                }
            }
        }
    }
}
