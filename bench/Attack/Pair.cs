using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace GameServer.Attack;

/// <summary>Two honest players in a battle.</summary>
internal sealed class Pair : IDisposable
{
    private readonly ClientWebSocket winner = new();
    private readonly ClientWebSocket loser = new();
    public static async Task<Pair> MatchAsync(Uri url, string name)
    {
        var pair = new Pair();
        await ConnectAsync(pair.winner, url, $"{name}w");
        await SendAsync(pair.winner, """{"action":"joinroom","id":"join"}""");
        await UntilAsync(pair.winner, "joinroom");
        await ConnectAsync(pair.loser, url, $"{name}l");
        await SendAsync(pair.loser, """{"action":"joinroom","id":"join"}""");
        await UntilAsync(pair.winner, "peer_player_id");
        return pair;
    }

    /// <summary>
    /// Scores until the time is over, then both die. True if the higher score has won for both. The time to each answer is noted.
    /// </summary>
    public async Task<bool> FightAsync(TimeSpan time, List<double>? latencies)
    {
        try
        {
            // Who does not read answers no ping, and would soon be taken for gone.
            var lost = UntilAsync(loser, "battle_settlement");
            var start = Stopwatch.GetTimestamp();
            using PeriodicTimer beat = new(TimeSpan.FromMilliseconds(latencies is null ? 100 : 20));
            for (var score = 1; Stopwatch.GetElapsedTime(start) < time; score++)
            {
                await beat.WaitForNextTickAsync();
                var sent = Stopwatch.GetTimestamp();
                await SendAsync(winner, $$"""{"action":"syncscore","score":{{score}},"id":{{score}}}""");
                await UntilAsync(winner, "ok", score);
                latencies?.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }

            await SendAsync(winner, """{"action":"die"}""");
            await SendAsync(loser, """{"action":"die"}""");
            return (await UntilAsync(winner, "battle_settlement")).GetProperty("data").GetString() == "WIN"
                && (await lost).GetProperty("data").GetString() == "LOSE";
        }
        catch (WebSocketException e)
        {
            Console.WriteLine($"an honest player lost the connection: {winner.CloseStatus} {loser.CloseStatus} {e.Message}");
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        winner.Dispose();
        loser.Dispose();
    }

    private static async Task ConnectAsync(ClientWebSocket socket, Uri url, string user)
    {
        socket.Options.AddSubProtocol("gameserver.v2");
        await socket.ConnectAsync(new UriBuilder(new Uri(url, $"/ws?user_id={user}")) { Scheme = "ws" }.Uri, CancellationToken.None);
    }

    private static Task SendAsync(ClientWebSocket socket, string text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None);

    private static async Task<JsonElement> UntilAsync(ClientWebSocket socket, string action, int? id = null)
    {
        var buffer = new byte[4096];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
            if (received.MessageType == WebSocketMessageType.Close)
                throw new WebSocketException($"closed with {socket.CloseStatus}");
            var frame = JsonElement.Parse(buffer.AsSpan(0, received.Count));
            if (frame.GetProperty("action").GetString() == action
                && (id is null || (frame.TryGetProperty("id", out var answered) && answered.ToString() == $"{id}")))
            {
                return frame;
            }
        }
    }
}
