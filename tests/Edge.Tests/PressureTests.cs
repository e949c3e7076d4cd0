using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using GameServer.Game;

namespace GameServer.Edge.Tests;

public sealed class PressureTests
{
    private static readonly string Long = new('x', 8000);

    [Fact]
    public async Task A_client_that_never_reads_is_cut_and_told_to_its_player()
    {
        await using var edge = await EdgeServer.StartAsync(null, "GameServer:Edge:CloseTimeout=00:00:00.5");
        var (client, connect) = await edge.ConnectAsync();
        using (client)
        {
            var connection = edge.Connections.Find(connect.Connection)!;
            for (var seq = 1; !connection.Ended; seq++)
                edge.Push(connect, seq, new(PushKind.PeerPlayerId) { Text = Long });

            Assert.Equal(connect.Connection, (await edge.Host.NextAsync<Disconnect>()).Message.Connection);
            Assert.Equal(1, await StatAsync(edge, "too_slow"));
        }
    }

    [Fact]
    public async Task A_client_that_reads_too_late_finds_4004_after_what_was_sent()
    {
        await using var edge = await EdgeServer.StartAsync(null, "GameServer:Edge:CloseTimeout=00:00:30");
        var (client, connect) = await edge.ConnectAsync();
        using (client)
        {
            var connection = edge.Connections.Find(connect.Connection)!;
            for (var seq = 1; !connection.Ended; seq++)
                edge.Push(connect, seq, new(PushKind.PeerPlayerId) { Text = Long });

            for (var seq = 1; client.Socket.State == WebSocketState.Open; seq++)
            {
                try
                {
                    Assert.Equal(seq, (await client.NextAsync()).GetProperty("seq").GetInt64());
                }
                catch (Xunit.Sdk.TrueException)
                {
                    break; // The close.
                }
            }

            Assert.Equal(4004, (int)client.Socket.CloseStatus!.Value);
        }
    }

    [Fact]
    public async Task While_a_client_does_not_read_scores_are_replaced_and_attacks_are_not()
    {
        await using var edge = await EdgeServer.StartAsync();
        var (client, connect) = await edge.ConnectAsync();
        using (client)
        {
            // The writer waits for the host to take a confirmation, as it would for a socket that takes nothing.
            var connection = edge.Connections.Find(connect.Connection)!;
            TaskCompletionSource open = new(TaskCreationOptions.RunContinuationsAsynchronously);
            edge.Host.OnTell = (_, message, _) => message is PushWritten ? new(open.Task) : ValueTask.CompletedTask;
            var seq = 1L;
            edge.Push(connect, seq, new(PushKind.JoinRoom) { Text = "bob_ROOM" }, confirm: true);
            Assert.Equal("joinroom", (await client.NextAsync()).GetProperty("action").GetString());

            var attacks = 0;
            for (var i = 1; i <= 5000; i++)
            {
                var attack = i % 100 == 0;
                attacks += attack ? 1 : 0;
                edge.Push(connect, ++seq, attack
                    ? new(PushKind.Attacked) { Text = "FREEZE", From = "bob" }
                    : new(PushKind.PlayerSyncScore) { Number = i, From = i % 2 == 0 ? "bob" : "carol" });
            }

            open.SetResult();
            var (seen, score, before) = (0, 0, 1L);
            while (before < seq)
            {
                var push = await client.NextAsync();
                var number = push.GetProperty("seq").GetInt64();
                Assert.Equal(before + 1 + (push.TryGetProperty("skipped", out var skipped) ? skipped.GetInt32() : 0), number);
                before = number;
                if (push.GetProperty("action").GetString() == "attacked")
                    seen++;
                if (push.GetProperty("action").GetString() == "player_syncscore")
                    score = push.GetProperty("data").GetInt32();
            }

            Assert.Equal(attacks, seen);
            Assert.Equal(4999, score);
            Assert.True(connection.Outgoing.Superseded > 1000, $"{connection.Outgoing.Superseded} replaced");
        }
    }

    [Fact]
    public async Task What_piled_up_for_a_socket_leaves_in_one_piece()
    {
        await using var edge = await EdgeServer.StartAsync();
        using TcpClient tcp = new();
        await tcp.ConnectAsync(IPAddress.Loopback, edge.Port);
        var stream = tcp.GetStream();
        await stream.WriteAsync("GET /ws?user_id=alice HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"u8.ToArray());
        await stream.WriteAsync("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"u8.ToArray());
        var (_, connect) = await edge.Host.NextAsync<Connect>();
        var buffer = new byte[16 * 1024];
        await stream.ReadAtLeastAsync(buffer, 1);
        TaskCompletionSource open = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        edge.Host.OnTell = (_, message, _) =>
        {
            if (message is not PushWritten)
                return ValueTask.CompletedTask;
            held.SetResult();
            return new(open.Task);
        };
        edge.Push(connect, 1, new(PushKind.JoinRoom) { Text = "bob_ROOM" }, confirm: true);
        await held.Task.WaitAsync(Wait.Patience);
        await stream.ReadAtLeastAsync(buffer, 1);

        for (var seq = 2; seq <= 51; seq++)
            edge.Push(connect, seq, new(PushKind.Attacked) { Text = "FREEZE" });
        open.SetResult();
        var length = await stream.ReadAsync(buffer);

        Assert.Equal(50, Encoding.UTF8.GetString(buffer, 0, length).Split("FREEZE").Length - 1);
    }

    [Fact]
    public async Task A_client_that_takes_nothing_for_too_long_is_cut_though_its_queue_is_not_full()
    {
        await using var edge = await EdgeServer.StartAsync(
            null, "GameServer:Edge:SendTimeout=00:00:01", "GameServer:Edge:QueueBytes=67108864", "GameServer:Edge:QueueFrames=65536");
        var (client, connect) = await edge.ConnectAsync();
        using (client)
        {
            for (var seq = 1; seq <= 2500; seq++)
                edge.Push(connect, seq, new(PushKind.PeerPlayerId) { Text = Long });

            Assert.Equal(connect.Connection, (await edge.Host.NextAsync<Disconnect>()).Message.Connection);
        }
    }

    [Fact]
    public async Task A_host_that_is_slow_stops_the_reading_and_loses_nothing()
    {
        await using var edge = await EdgeServer.StartAsync(null, "GameServer:Edge:MessagesPerSecondPerPlayer=0");
        var (client, _) = await edge.ConnectAsync();
        using (client)
        {
            TaskCompletionSource open = new(TaskCreationOptions.RunContinuationsAsynchronously);
            var taken = 0;
            edge.Host.OnTell = async (_, message, cancellation) =>
            {
                if (message is Request)
                {
                    await open.Task.WaitAsync(cancellation);
                    taken++;
                }
            };
            var sending = Task.Run(async () =>
            {
                for (var i = 0; i < 2000; i++)
                    await client.SendAsync($"{{\"action\":\"syncscore\",\"score\":{i}}}");
            });
            Assert.Equal(0, taken);
            open.SetResult();
            await sending;

            for (var i = 0; i < 2000; i++)
                Assert.Equal(new SyncScore(i), (await edge.Host.NextAsync<Request>()).Message.Action);
        }
    }

    [Fact]
    public async Task Ten_thousand_messages_in_a_second_are_refused_and_then_closed_with_4003()
    {
        await using var edge = await EdgeServer.StartAsync();
        var (client, _) = await edge.ConnectAsync();
        using (client)
        {
            var sending = Task.Run(async () =>
            {
                try
                {
                    for (var i = 0; i < 10_000; i++)
                        await client.SendAsync($"{{\"action\":\"syncscore\",\"score\":{i},\"id\":{i}}}");
                }
                catch (WebSocketException)
                {
                    // Closed while sending.
                }
            });

            var refused = await client.NextAsync();
            Assert.Equal("rate_limited", refused.GetProperty("data").GetProperty("code").GetString());
            Assert.Equal("syncscore", refused.GetProperty("data").GetProperty("request").GetString());
            Assert.InRange(refused.GetProperty("id").GetInt32(), 400, 9_999);
            Assert.Equal(4003, await client.CloseCodeAsync());
            await sending;
            Assert.True(await StatAsync(edge, "rate_limited") > 100);
        }
    }

    [Fact]
    public async Task Connecting_again_does_not_fill_a_players_allowance_and_others_have_their_own()
    {
        await using var edge = await EdgeServer.StartAsync(null, "GameServer:Edge:MessagesPerSecondPerPlayer=1");
        var (first, _) = await edge.ConnectAsync("?user_id=alice");
        for (var i = 0; i < 3; i++)
            await first.SendAsync($"{{\"action\":\"syncscore\",\"score\":1,\"id\":{i}}}");
        Assert.Equal("rate_limited", (await first.NextAsync()).GetProperty("data").GetProperty("code").GetString());
        first.Dispose();
        await edge.Host.NextAsync<Disconnect>();

        var (second, _) = await edge.ConnectAsync("?user_id=alice");
        var (other, _) = await edge.ConnectAsync("?user_id=bob");
        using (second)
        using (other)
        {
            for (var i = 0; i < 10; i++)
                await second.SendAsync("{\"action\":\"die\",\"id\":1}");
            Assert.Equal("rate_limited", (await second.NextAsync()).GetProperty("data").GetProperty("code").GetString());

            await other.SendAsync("{\"action\":\"exitroom\"}");
            while ((await edge.Host.NextAsync<Request>()).UserId != "bob")
            {
                // What alice was allowed.
            }
        }
    }

    [Fact]
    public async Task A_player_who_was_refused_is_allowed_again_after_a_while()
    {
        await using var edge = await EdgeServer.StartAsync(
            null, "GameServer:Edge:MessagesPerSecondPerPlayer=20", "GameServer:Edge:RefusalsBeforeClose=10000");
        edge.Host.OnTell = (_, message, _) =>
        {
            if (message is Request request)
                edge.Connections.Deliver(request.Connection, new OkFrame(request.Id!.Value));
            return ValueTask.CompletedTask;
        };
        var (client, _) = await edge.ConnectAsync();
        using (client)
        {
            async Task<string> AskAsync()
            {
                await client.SendAsync("{\"action\":\"die\",\"id\":1}");
                return (await client.NextAsync()).GetProperty("action").GetString()!;
            }

            while (await AskAsync() == "ok")
            {
                // Until the allowance is used up.
            }

            while (await AskAsync() == "error")
            {
                // Until there is a new one.
            }
        }
    }

    [Fact]
    public async Task An_address_has_a_limit_over_all_its_players()
    {
        await using var edge = await EdgeServer.StartAsync(null, "GameServer:Edge:MessagesPerSecondPerAddress=2");
        var (a, _) = await edge.ConnectAsync("?user_id=alice");
        var (b, _) = await edge.ConnectAsync("?user_id=bob");
        using (a)
        using (b)
        {
            for (var i = 0; i < 10; i++)
                await a.SendAsync("{\"action\":\"die\"}");
            Assert.Equal("rate_limited", (await a.NextAsync()).GetProperty("data").GetProperty("code").GetString());
            for (var i = 0; i < 10; i++)
                await b.SendAsync("{\"action\":\"die\"}");
            Assert.Equal("rate_limited", (await b.NextAsync()).GetProperty("data").GetProperty("code").GetString());
        }
    }

    [Fact]
    public async Task An_address_holds_only_so_many_connections_and_a_closed_one_makes_room()
    {
        await using var edge = await EdgeServer.StartAsync(null, "GameServer:Edge:ConnectionsPerAddress=2");
        var (a, _) = await edge.ConnectAsync("?user_id=alice");
        var (b, _) = await edge.ConnectAsync("?user_id=bob");

        Assert.Equal(429, await edge.RefusedAsync("?user_id=carol"));

        a.Dispose();
        await Wait.UntilAsync(() => edge.Connections.Count == 1);
        var (c, _) = await edge.ConnectAsync("?user_id=carol");
        b.Dispose();
        c.Dispose();
    }

    [Fact]
    public async Task An_address_may_connect_and_call_only_so_often()
    {
        await using var edge = await EdgeServer.StartAsync(null, "GameServer:Edge:CallsPerSecondPerAddress=1");
        List<int> statuses = [];
        for (var i = 0; i < 5; i++)
            statuses.Add((int)(await edge.Http.GetAsync("/players/alice")).StatusCode);

        Assert.Contains(200, statuses);
        Assert.Contains(429, statuses);
        Assert.Equal(200, (int)(await edge.Http.GetAsync("/health/live")).StatusCode);
    }

    [Fact]
    public void Addresses_and_players_that_are_gone_are_forgotten()
    {
        ManualTime time = new();
        using RateLimits limits = new(new EdgeOptions(), time);
        using (limits.TryConnect(IPAddress.Loopback, "alice"))
        {
            time.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal((1, 1), limits.Remembered);
        }

        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((0, 0), limits.Remembered);
    }

    [Fact]
    public void Addresses_of_one_IPv6_network_are_one()
    {
        using RateLimits limits = new(new EdgeOptions { ConnectionsPerAddress = 1 }, TimeProvider.System);

        using var first = limits.TryConnect(IPAddress.Parse("2001:db8::1"), "a");
        Assert.NotNull(first);
        Assert.Null(limits.TryConnect(IPAddress.Parse("2001:db8::2"), "b"));
        using var other = limits.TryConnect(IPAddress.Parse("2001:db8:0:1::1"), "c");
        Assert.NotNull(other);
        using var four = limits.TryConnect(IPAddress.Parse("192.0.2.1"), "d");
        Assert.NotNull(four);
        Assert.Null(limits.TryConnect(IPAddress.Parse("::ffff:192.0.2.1"), "e"));
    }

    [Fact]
    public async Task Counts_are_taken_once_in_their_time_however_many_ask()
    {
        await using var edge = await EdgeServer.StartAsync(null, "GameServer:Edge:StatsCacheTime=00:01:00");
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => edge.Http.GetStringAsync("/stats")));

        Assert.Equal(1, edge.Host.StatsAsked);
        Assert.All(answers, answer => Assert.Equal(answers[0], answer));
    }

    [Theory]
    [InlineData("/stats")]
    [InlineData("/players/alice")]
    [InlineData("/game.js")]
    [InlineData("/")]
    [InlineData("/ws")]
    [InlineData("/modes")]
    [InlineData("/no such page")]
    public async Task Every_call_costs_its_address_a_token(string path)
    {
        await using var edge = await EdgeServer.StartAsync(null, "GameServer:Edge:CallsPerSecondPerAddress=1");
        HttpResponseMessage answer;
        do
        {
            answer = await edge.Http.GetAsync(path);
        }
        while (answer.StatusCode != HttpStatusCode.TooManyRequests);

        Assert.Equal("1", answer.Headers.RetryAfter?.ToString());
        Assert.Equal(200, (int)(await edge.Http.GetAsync("/health/ready")).StatusCode);
    }

    public static TheoryData<string> NoMessages => new()
    {
        { "ping" }, { "ping with a payload" }, { "empty fragment" }, { "fragment of one byte" }, { "pong" },
    };

    [Theory]
    [MemberData(nameof(NoMessages))]
    public async Task Frames_that_are_no_messages_cost_tokens_too_and_after_the_close_nothing_more_is_read(string kind)
    {
        await using var edge = await EdgeServer.StartAsync(null, "GameServer:Edge:CloseTimeout=00:01:00");
        using TcpClient tcp = new();
        var stream = await UpgradeAsync(edge, tcp);
        var flood = Enumerable.Repeat(FrameOf(kind), 2000).SelectMany(frame => frame).ToArray();
        var sending = Task.Run(async () =>
        {
            try
            {
                // The start of a message, for what then are its fragments.
                await stream.WriteAsync(kind.Contains("fragment", StringComparison.Ordinal) ? [0x01, 0x81, 0, 0, 0, 0, (byte)'{'] : Array.Empty<byte>());
                while (true)
                    await stream.WriteAsync(flood);
            }
            catch (IOException)
            {
                // The test is over.
            }
        });

        Assert.Equal(4003, await CloseFrameAsync(stream));
        Assert.True(await StatAsync(edge, "rate_limited") > 100);

        // What was not read fills the way, and then the sender waits for ever.
        Assert.False(sending.IsCompleted);
        tcp.Client.Close(0);
        await sending;
    }

    [Fact]
    public async Task A_message_costs_a_token_for_each_KB()
    {
        await using var edge = await EdgeServer.StartAsync();
        var (client, _) = await edge.ConnectAsync();
        using (client)
        {
            var sending = Task.Run(async () =>
            {
                try
                {
                    for (var i = 0; i < 40; i++)
                        await client.SendAsync(new string(' ', 30_000) + "{\"action\":\"exitroom\"}");
                }
                catch (WebSocketException)
                {
                    // Closed while sending.
                }
            });
            Assert.Equal(4003, await client.CloseCodeAsync());
            await sending;
        }
    }

    [Fact]
    public async Task A_client_is_not_read_while_the_host_has_many_of_its_requests()
    {
        await using var edge = await EdgeServer.StartAsync();
        System.Collections.Concurrent.ConcurrentQueue<Request> held = [];
        edge.Host.OnHandled = held.Enqueue;
        var (client, connect) = await edge.ConnectAsync();
        using (client)
        {
            for (var i = 0; i < 50; i++)
                await client.SendAsync("{\"action\":\"exitroom\"}");
            var connection = edge.Connections.Find(connect.Connection)!;
            for (var i = 0; i < 50; i++)
            {
                await edge.Host.NextAsync<Request>();
                Assert.InRange(held.Count, 0, Connection.MostHandedOver);
                while (held.Count == Connection.MostHandedOver && held.TryDequeue(out _))
                    connection.Handled();
            }
        }
    }

    [Fact]
    public async Task As_many_answers_as_a_player_may_ask_for_at_once_never_make_a_client_too_slow()
    {
        // The writer stands still until all has been asked for, as it does when the machine is busy.
        await using var edge = await EdgeServer.StartAsync();
        TaskCompletionSource open = new(TaskCreationOptions.RunContinuationsAsynchronously);
        edge.Host.OnTell = (_, message, _) => message is PushWritten ? new(open.Task) : ValueTask.CompletedTask;
        var (client, connect) = await edge.ConnectAsync();
        using (client)
        {
            var answered = 0;
            edge.Host.OnHandled = request =>
            {
                // Each causes what the greatest view of a battle does.
                for (var i = 0; i < 48; i++)
                    edge.Connections.Deliver(request.Connection, new OkFrame(request.Id!.Value));
                edge.Connections.Handled(request.Connection);
                Interlocked.Increment(ref answered);
            };
            edge.Push(connect, 1, new(PushKind.JoinRoom) { Text = "bob_ROOM" }, confirm: true);
            Assert.Equal("joinroom", (await client.NextAsync()).GetProperty("action").GetString());
            var sending = Task.Run(async () =>
            {
                for (var i = 0; i < 390; i++)
                    await client.SendAsync($"{{\"action\":\"syncscore\",\"score\":{i},\"id\":{i}}}");
            });
            await Wait.UntilAsync(() => edge.Connections.Find(connect.Connection)!.Outgoing.Waiting > EdgeOptions.MinQueueFrames / 2);
            open.SetResult();
            for (var i = 0; i < 390 * 48; i++)
                Assert.Equal("ok", (await client.NextAsync()).GetProperty("action").GetString());
            await sending;
            Assert.Equal(0, await StatAsync(edge, "too_slow"));
        }
    }

    private static byte[] FrameOf(string kind) => kind switch
    {
        "ping" => [0x89, 0x80, 0, 0, 0, 0],
        "ping with a payload" => [0x89, 0xFD, 0, 0, 0, 0, .. new byte[125]],
        "pong" => [0x8A, 0x80, 0, 0, 0, 0],
        "empty fragment" => [0x00, 0x80, 0, 0, 0, 0],
        _ => [0x00, 0x81, 0, 0, 0, 0, (byte)' '],
    };

    private static async Task<NetworkStream> UpgradeAsync(EdgeServer edge, TcpClient tcp)
    {
        await tcp.ConnectAsync(IPAddress.Loopback, edge.Port);
        var stream = tcp.GetStream();
        await stream.WriteAsync("GET /ws?user_id=alice HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"u8.ToArray());
        await stream.WriteAsync("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"u8.ToArray());
        for (var end = 0; end < 4;)
        {
            var next = (byte)stream.ReadByte();
            end = next == "\r\n\r\n"u8[end] ? end + 1 : 0;
        }

        return stream;
    }

    /// <summary>Reads past pongs until a close frame, and gives its code.</summary>
    private static async Task<int> CloseFrameAsync(NetworkStream stream)
    {
        using CancellationTokenSource patience = new(Wait.Patience);
        var head = new byte[2];
        while (true)
        {
            await stream.ReadExactlyAsync(head, patience.Token);
            var payload = new byte[head[1] & 0x7F];
            await stream.ReadExactlyAsync(payload, patience.Token);
            if ((head[0] & 0x0F) == 8)
                return (payload[0] << 8) | payload[1];
        }
    }

    private static async Task<double> StatAsync(EdgeServer edge, string name) =>
        JsonDocument.Parse(await edge.Http.GetStringAsync("/stats")).RootElement.GetProperty(name).GetDouble();
}
