using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;

namespace GameServer.Load;

/// <summary>What one run measured.</summary>
/// <param name="Relayed">Messages that arrived at the other side.</param>
/// <param name="PerSecond">The same, each second.</param>
/// <param name="P50">Half of them took less, from send to receive, in microseconds.</param>
/// <param name="P99">All but one in a hundred took less.</param>
/// <param name="CpuPerMessage">CPU time of the server's processes for each of them, in microseconds; NaN if they are not known.</param>
internal sealed record Measured(long Relayed, double PerSecond, double P50, double P99, double CpuPerMessage);

/// <summary>
/// Pairs of players on real sockets: one sends scores at a steady rate, the other notes when they arrive. Loopback only, bounded in count
/// and time.
/// </summary>
internal static class Players
{
    public static async Task<Measured> RunAsync(Uri server, int pairs, int rate, TimeSpan time, params IReadOnlyList<int> processes)
    {
        if (!server.IsLoopback)
            throw new ArgumentException($"{server} is not on this machine; the load goes to loopback only.", nameof(server));

        var run = Guid.NewGuid().ToString("n")[..8];
        var sockets = new List<(ClientWebSocket Sender, ClientWebSocket Receiver)>();
        for (var i = 0; i < pairs; i++)
        {
            var sender = await ConnectAsync(server, $"{run}a{i}", $"{run}{i}");
            await SendAsync(sender, """{"action":"joinroom"}""");
            var receiver = await ConnectAsync(server, $"{run}b{i}", $"{run}{i}");
            await SendAsync(receiver, """{"action":"joinroom"}""");
            await UntilAsync(receiver, "joinroom"); // The game's answer, or the relayed request: the pair has met.
            sockets.Add((sender, receiver));
        }

        var started = Stopwatch.GetTimestamp();
        var cpu = Cpu(processes);
        using var stop = new CancellationTokenSource(time);
        var latencies = new List<double>[pairs];
        var receiving = sockets.Select((pair, i) => ReceiveAsync(pair.Receiver, latencies[i] = [], stop.Token)).ToArray();
        var draining = sockets.Select(pair => DrainAsync(pair.Sender, stop.Token)).ToArray();
        await SendSteadilyAsync([.. sockets.Select(pair => pair.Sender)], rate, stop.Token);
        await Task.WhenAll([.. receiving, .. draining]);
        var used = Cpu(processes) - cpu;
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;

        foreach (var (sender, receiver) in sockets)
        {
            sender.Dispose();
            receiver.Dispose();
        }

        var all = latencies.SelectMany(l => l).Order().ToArray();
        return new(all.Length, all.Length / seconds, At(all, 0.5), At(all, 0.99), used * 1e6 / all.Length);
    }

    private static async Task<ClientWebSocket> ConnectAsync(Uri server, string user, string pair)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new($"{server}?user_id={user}&pair={pair}"), CancellationToken.None);
        return socket;
    }

    private static Task SendAsync(ClientWebSocket socket, string text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None);

    private static async Task UntilAsync(ClientWebSocket socket, string word)
    {
        var buffer = new byte[4096];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
            if (Encoding.UTF8.GetString(buffer, 0, received.Count).Contains(word, StringComparison.Ordinal))
                return;
        }
    }

    /// <summary>Every message carries the microsecond in which it was sent, as its score.</summary>
    private static async Task SendSteadilyAsync(ClientWebSocket[] senders, int rate, CancellationToken stop)
    {
        var buffer = new byte[64];
        var started = Stopwatch.GetTimestamp();
        var sent = 0L;
        try
        {
            while (!stop.IsCancellationRequested)
            {
                var due = (long)(Stopwatch.GetElapsedTime(started).TotalSeconds * rate);
                for (; sent < due; sent++)
                {
                    Encoding.UTF8.TryGetBytes(
                        string.Create(CultureInfo.InvariantCulture, $$"""{"action":"syncscore","score":{{Microseconds()}}}"""), buffer, out var length);
                    await senders[sent % senders.Length].SendAsync(buffer.AsMemory(0, length), WebSocketMessageType.Text, true, stop);
                }

                await Task.Delay(1, stop);
            }
        }
        catch (Exception e) when (stop.IsCancellationRequested && (e is OperationCanceledException or WebSocketException))
        {
            // The time is over; a cancelled receive takes the whole socket along.
        }
    }

    private static async Task ReceiveAsync(ClientWebSocket socket, List<double> latencies, CancellationToken stop)
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(), stop);
                var text = buffer.AsSpan(0, received.Count);
                var end = text.LastIndexOfAnyInRange((byte)'0', (byte)'9');
                var start = end;
                while (start > 0 && text[start - 1] is >= (byte)'0' and <= (byte)'9')
                    start--;
                if (end >= 0 && text.IndexOf("score"u8) >= 0 && long.TryParse(text[start..(end + 1)], out var at))
                    latencies.Add((Microseconds() - at) & int.MaxValue);
            }
        }
        catch (Exception e) when (stop.IsCancellationRequested && (e is OperationCanceledException or WebSocketException))
        {
            // The time is over; a cancelled receive takes the whole socket along.
        }
    }

    private static async Task DrainAsync(ClientWebSocket socket, CancellationToken stop)
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
                await socket.ReceiveAsync(buffer.AsMemory(), stop);
        }
        catch (Exception e) when (stop.IsCancellationRequested && (e is OperationCanceledException or WebSocketException))
        {
            // The time is over; a cancelled receive takes the whole socket along.
        }
    }

    private static long Microseconds() => (long)(Stopwatch.GetTimestamp() * (1e6 / Stopwatch.Frequency)) & int.MaxValue;

    private static double At(double[] sorted, double part) => sorted.Length == 0 ? double.NaN : sorted[(int)((sorted.Length - 1) * part)];

    /// <summary>CPU seconds that the processes have used, all their threads, user and system; NaN if there are none.</summary>
    private static double Cpu(IReadOnlyList<int> processes) => processes.Count == 0 ? double.NaN : processes.Sum(id =>
    {
        using var running = Process.GetProcessById(id);
        return running.TotalProcessorTime.TotalSeconds;
    });
}
