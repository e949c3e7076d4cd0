using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>One battle as one of its players saw it.</summary>
/// <param name="Peer">Against whom.</param>
internal sealed record SeenBattle(string Peer)
{
    /// <summary>The player's own score, the last that was acknowledged.</summary>
    public int Score { get; set; }

    /// <summary>The peer's score, as last shown.</summary>
    public int PeerScore { get; set; }

    /// <summary>When the player's own death was acknowledged.</summary>
    public long DiedAt { get; set; }

    /// <summary>When the settlement came.</summary>
    public long SettledAt { get; set; }

    /// <summary>What it said.</summary>
    public string? Result { get; set; }

    /// <summary>Completes with the settlement.</summary>
    public TaskCompletionSource Settled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>
/// A version 2 client that plays battle after battle, comes back through another gateway whenever its connection breaks, sends again what
/// was not answered, and does nothing else. It checks all it sees against what it knows.
/// </summary>
internal sealed class LoadPlayer(string name, LoadTest test, int seed) : IDisposable
{
    private readonly Random random = new(seed);
    private readonly SemaphoreSlim sending = new(1);
    private readonly Lock gate = new();
    private readonly SortedDictionary<int, Request> pending = [];
    private readonly CancellationTokenSource done = new();
    private ClientWebSocket? socket;
    private TaskCompletionSource<SeenBattle> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SeenBattle? battle;
    private string? resume;
    private long? lastSeq;
    private int lastId;
    private int gateway = seed;

    public string Name => name;

    /// <summary>All battles so far, the running one among them.</summary>
    public List<SeenBattle> Battles { get; } = [];

    /// <summary>Every request that was answered: when it was made and when the answer came.</summary>
    public ConcurrentQueue<(long Made, long Answered)> Answers { get; } = [];

    /// <summary>The gateway the player is connected to, by its place in the list.</summary>
    public int Gateway => gateway;

    /// <summary>Whether a request made before then is not answered yet.</summary>
    public bool WaitsSince(long then)
    {
        lock (gate)
            return pending.Values.Any(request => request.Made < then);
    }

    /// <summary>Plays until the test says that it is enough, and ends the battle that goes on.</summary>
    public async Task PlayAsync()
    {
        var connection = StayConnectedAsync();
        try
        {
            while (!test.Enough.IsCancellationRequested)
            {
                await AskAsync("joinroom");
                var now = await BattleAsync();
                if (now is null)
                    break;
                await FightAsync(now);
                await now.Settled.Task.WaitAsync(ChildProcess.Patience);
            }
        }
        catch (TimeoutException)
        {
            test.Wrong(this, $"waits in vain: {(pending.Count > 0 ? pending.Values.First().Json : battle is null ? "for a battle" : "for the settlement")}");
        }
        finally
        {
            await done.CancelAsync();
            await connection;
        }
    }

    public void Dispose()
    {
        sending.Dispose();
        done.Dispose();
    }

    /// <summary>The next battle; null: all others are done, and the player has left the queue.</summary>
    private async Task<SeenBattle?> BattleAsync()
    {
        if (await Task.WhenAny(started.Task, test.OthersDone.Task) == test.OthersDone.Task && !started.Task.IsCompleted)
        {
            await AskAsync("exitroom");
            return null;
        }

        var now = await started.Task;
        test.Started();
        return now;
    }

    private async Task FightAsync(SeenBattle now)
    {
        var score = 0;
        for (var left = random.Next(test.Scores.Least, test.Scores.Most); left > 0; left--)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(500, 1500) * test.Pace));
            if (random.Next(5) == 0)
                await AskAsync("attack");
            score += random.Next(1, 10);
            await AskAsync("syncscore", score);
            now.Score = score;
        }

        await AskAsync("die");
        now.DiedAt = Stopwatch.GetTimestamp();
    }

    private async Task AskAsync(string action, int? score = null)
    {
        var id = ++lastId;
        var request = new Request(score is null
            ? $$"""{"action":"{{action}}","id":{{id}}}"""
            : string.Create(CultureInfo.InvariantCulture, $$"""{"action":"{{action}}","score":{{score}},"id":{{id}}}"""));
        lock (gate)
            pending.Add(id, request);
        await SendAsync(request.Json);
        await request.Answered.Task.WaitAsync(ChildProcess.Patience);
        Answers.Enqueue((request.Made, Stopwatch.GetTimestamp()));
        if (id == 1)
            test.Arrived();
    }

    /// <summary>A send that fails is no matter: what is not answered is sent again when the connection is back.</summary>
    private async Task SendAsync(string text)
    {
        await sending.WaitAsync();
        try
        {
            if (socket is { State: WebSocketState.Open } open)
                await open.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
        catch (WebSocketException)
        {
        }
        catch (ObjectDisposedException)
        {
        }
        finally
        {
            sending.Release();
        }
    }

    private async Task StayConnectedAsync()
    {
        while (!done.IsCancellationRequested)
        {
            using ClientWebSocket connection = new();
            connection.Options.AddSubProtocol("gameserver.v2");
            using CancellationTokenSource patience = new(TimeSpan.FromSeconds(5));
            var port = test.Cluster.Gateways[gateway % test.Cluster.Gateways.Count];
            var query = resume is null ? "" : $"&resume={resume}&last_seq={lastSeq ?? 0}";
            try
            {
                await connection.ConnectAsync(new($"ws://127.0.0.1:{port}/ws?user_id={name}{query}"), patience.Token);
                await ReadAsync(connection);
            }
            catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
            {
            }

            gateway++;
            if (!done.IsCancellationRequested)
            {
                test.Reconnected();
                await Task.Delay(random.Next(50, 250)); // As a page does, so that not all come back at once.
            }
        }
    }

    private async Task ReadAsync(ClientWebSocket connection)
    {
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var length = 0;
            ValueWebSocketReceiveResult received;
            do
            {
                received = await connection.ReceiveAsync(buffer.AsMemory(length), done.Token);
                length += received.Count;
            }
            while (!received.EndOfMessage);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                if ((int)connection.CloseStatus!.Value is not 1001)
                    test.Wrong(this, $"closed with {(int)connection.CloseStatus.Value} {connection.CloseStatusDescription}");
                return;
            }

            using var frame = JsonDocument.Parse(buffer.AsMemory(0, length));
            var action = frame.RootElement.GetProperty("action").GetString()!;
            if (action == "welcome")
            {
                resume = frame.RootElement.GetProperty("data").GetProperty("resume").GetString();
                await WelcomedAsync(connection);
            }
            else
            {
                See(action, frame.RootElement);
            }
        }
    }

    private async Task WelcomedAsync(ClientWebSocket connection)
    {
        string[] again;
        lock (gate)
        {
            socket = connection;
            again = [.. pending.Values.Select(request => request.Json)];
        }

        foreach (var request in again)
            await SendAsync(request);
    }

    private void See(string action, JsonElement frame)
    {
        switch (action)
        {
            case "ok":
                Answer(frame.GetProperty("id").GetInt32());
                return;
            case "error":
                test.Wrong(this, $"was refused: {frame}");
                if (frame.TryGetProperty("id", out var id))
                    Answer(id.GetInt32());
                return;
        }

        var data = frame.GetProperty("data");
        var seq = frame.GetProperty("seq").GetInt64();
        var skipped = frame.TryGetProperty("skipped", out var count) ? count.GetInt64() : 0;
        if (action == "snapshot" ? seq <= lastSeq : seq != (lastSeq ?? 0) + 1 + skipped)
            test.Wrong(this, $"has seen {lastSeq} and now {frame}");
        lastSeq = seq;
        switch (action)
        {
            case "joinroom":
                break;
            case "peer_player_id" when battle is null:
                Begin(data.GetString()!);
                break;
            case "player_syncscore" when battle is not null:
                ShowScore(data.GetInt32());
                break;
            case "battle_settlement" when battle is not null:
                Settle(data.GetString()!);
                break;
            case "snapshot":
                SeeAll(data);
                break;
            case "attacked" or "player_died" or "peer_disconnected" or "peer_reconnected" when battle is not null:
                break;
            case "exitroom" when test.OthersDone.Task.IsCompleted:
                break;
            default:
                test.Wrong(
                    this, $"did not expect {frame}{(battle is null ? " without a battle" : $" in the battle against {battle.Peer}")}");
                break;
        }
    }

    private void SeeAll(JsonElement snapshot)
    {
        test.SawSnapshot();
        if (snapshot.GetProperty("state").GetString() == "battle")
        {
            var peer = snapshot.GetProperty("peers")[0];
            if (battle is null)
                Begin(peer.GetProperty("user_id").GetString()!);
            ShowScore(peer.GetProperty("score").GetInt32());
        }
        else if (battle is not null)
        {
            Settle(snapshot.GetProperty("record").GetProperty("last").GetProperty("result").GetString()!);
        }
    }

    private void Begin(string peer)
    {
        battle = new(peer);
        Battles.Add(battle);
        started.TrySetResult(battle);
    }

    private void ShowScore(int score)
    {
        if (score < battle!.PeerScore)
            test.Wrong(this, $"was shown {battle.Peer}'s score as {battle.PeerScore} and now as {score}");
        battle.PeerScore = score;
    }

    private void Settle(string result)
    {
        var over = battle!;
        battle = null;
        started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        over.Result = result;
        over.SettledAt = Stopwatch.GetTimestamp();
        over.Settled.TrySetResult();
    }

    private void Answer(int id)
    {
        lock (gate)
        {
            // Answered before: it was sent again because the connection broke.
            if (pending.Remove(id, out var request))
                request.Answered.TrySetResult();
        }
    }

    private sealed record Request(string Json)
    {
        public long Made { get; } = Stopwatch.GetTimestamp();

        public TaskCompletionSource Answered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
