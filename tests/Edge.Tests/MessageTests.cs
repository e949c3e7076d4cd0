using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using GameServer.Game;
using GameServer.Tickets;

namespace GameServer.Edge.Tests;

public sealed class MessageTests
{
    [Fact]
    public async Task A_request_reaches_the_player_with_its_id_and_in_order()
    {
        await using var edge = await EdgeServer.StartAsync();
        var (client, connect) = await edge.ConnectAsync();
        using (client)
        {
            for (var i = 0; i < 100; i++)
                await client.SendAsync($"{{\"action\":\"syncscore\",\"score\":{i},\"id\":{i}}}");

            for (var i = 0; i < 100; i++)
            {
                var (user, request) = await edge.Host.NextAsync<Request>();
                Assert.Equal("alice", user);
                Assert.Equal(new Request(connect.Connection, new($"{i}"), new SyncScore(i)), request);
            }
        }
    }

    [Theory]
    [MemberData(nameof(RequestParserTests.Refused), MemberType = typeof(RequestParserTests))]
    public async Task An_error_of_form_is_answered_and_the_connection_stays(string message, string code)
    {
        await using var edge = await EdgeServer.StartAsync();
        var (client, _) = await edge.ConnectAsync();
        using (client)
        {
            await client.SendAsync(message);
            await client.SendAsync("{\"action\":\"die\"}");

            var answer = await client.NextAsync();
            Assert.Equal("error", answer.GetProperty("action").GetString());
            Assert.Equal(code, answer.GetProperty("data").GetProperty("code").GetString());
            Assert.NotEmpty(answer.GetProperty("data").GetProperty("message").GetString()!);
            Assert.True(answer.GetProperty("data").TryGetProperty("request", out _));
            Assert.IsType<Die>((await edge.Host.NextAsync<Request>()).Message.Action);
        }
    }

    [Fact]
    public async Task An_error_of_form_carries_the_request_and_in_version_2_its_id()
    {
        await using var edge = await EdgeServer.StartAsync();
        var (client, _) = await edge.ConnectAsync();
        using (client)
        {
            await client.SendAsync("{\"action\":\"fly\",\"id\":\"x\"}");

            var answer = await client.NextAsync();

            Assert.Equal("x", answer.GetProperty("id").GetString());
            Assert.Equal("unknown_action", answer.GetProperty("data").GetProperty("code").GetString());
            Assert.Equal("fly", answer.GetProperty("data").GetProperty("request").GetString());
        }
    }

    [Fact]
    public async Task A_host_that_is_unavailable_is_told_with_the_id_and_the_connection_stays()
    {
        await using var edge = await EdgeServer.StartAsync();
        var (client, _) = await edge.ConnectAsync();
        using (client)
        {
            edge.Host.OnTell = (_, message, _) =>
                message is Request { Id.Json: "1" } ? throw new HostUnavailableException("a bad moment") : ValueTask.CompletedTask;
            await client.SendAsync("{\"action\":\"syncscore\",\"score\":9,\"id\":1}");
            await client.SendAsync("{\"action\":\"die\",\"id\":2}");

            var answer = await client.NextAsync();

            Assert.Equal("unavailable", answer.GetProperty("data").GetProperty("code").GetString());
            Assert.Equal("syncscore", answer.GetProperty("data").GetProperty("request").GetString());
            Assert.Equal(1, answer.GetProperty("id").GetInt32());
            Assert.Equal("2", (await edge.Host.NextAsync<Request>()).Message.Id?.Json);
        }
    }

    [Fact]
    public async Task A_message_of_32_KB_is_the_longest()
    {
        await using var edge = await EdgeServer.StartAsync();
        var (client, _) = await edge.ConnectAsync();
        using (client)
        {
            await client.SendAsync(Padded(32768));
            Assert.IsType<Die>((await edge.Host.NextAsync<Request>()).Message.Action);

            await client.SendAsync(Padded(32769));
            Assert.Equal(1009, await client.CloseCodeAsync());
            await edge.Host.NextAsync<Disconnect>();
        }

        static string Padded(int length) => "{\"action\":\"die\"" + new string(' ', length - 16) + "}";
    }

    [Fact]
    public async Task A_message_in_many_pieces_is_one_message_and_too_many_pieces_are_too_long()
    {
        await using var edge = await EdgeServer.StartAsync();
        var (client, _) = await edge.ConnectAsync();
        using (client)
        {
            foreach (var part in "{\"action\":\"di")
                await client.SendAsync([(byte)part], WebSocketMessageType.Text, end: false);
            await client.SendAsync("e\"}"u8.ToArray(), WebSocketMessageType.Text);
            Assert.IsType<Die>((await edge.Host.NextAsync<Request>()).Message.Action);

            for (var i = 0; i < 33; i++)
                await client.SendAsync(new byte[1000].Select(_ => (byte)' ').ToArray(), WebSocketMessageType.Text, end: false);
            Assert.Equal(1009, await client.CloseCodeAsync());
        }
    }

    [Fact]
    public async Task A_binary_message_closes_with_1003()
    {
        await using var edge = await EdgeServer.StartAsync();
        var (client, _) = await edge.ConnectAsync();
        using (client)
        {
            await client.SendAsync("{\"action\":\"die\"}"u8.ToArray(), WebSocketMessageType.Binary);

            Assert.Equal(1003, await client.CloseCodeAsync());
            await edge.Host.NextAsync<Disconnect>();
        }
    }

    [Fact]
    public async Task Text_that_is_not_UTF8_closes_with_1007()
    {
        await using var edge = await EdgeServer.StartAsync();
        var (client, _) = await edge.ConnectAsync();
        using (client)
        {
            await client.SendAsync([.. "{\"action\":\""u8, 0xff, .. "\"}"u8], WebSocketMessageType.Text);

            Assert.Equal(1007, await client.CloseCodeAsync());
            await edge.Host.NextAsync<Disconnect>();
        }
    }

    [Fact]
    public async Task A_client_that_closes_is_answered()
    {
        await using var edge = await EdgeServer.StartAsync();
        var (client, connect) = await edge.ConnectAsync();
        using (client)
        {
            using CancellationTokenSource patience = new(Wait.Patience);
            await client.Socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", patience.Token);

            Assert.Equal(WebSocketCloseStatus.NormalClosure, client.Socket.CloseStatus);
            Assert.Equal(connect.Connection, (await edge.Host.NextAsync<Disconnect>()).Message.Connection);
        }
    }

    [Fact]
    public async Task A_close_of_the_player_goes_out_after_what_was_sent_before()
    {
        await using var edge = await EdgeServer.StartAsync();
        var (client, connect) = await edge.ConnectAsync();
        using (client)
        {
            for (var seq = 1; seq <= 100; seq++)
                edge.Push(connect, seq, new(PushKind.Attacked) { Text = "FREEZE" });
            edge.Connections.Deliver(
                connect.Connection, new CloseFrame(4001, "a newer connection of the same player took over 😀" + new string('x', 200)));
            edge.Push(connect, 101, new(PushKind.Attacked) { Text = "FREEZE" });

            for (var seq = 1; seq <= 100; seq++)
                Assert.Equal(seq, (await client.NextAsync()).GetProperty("seq").GetInt64());
            Assert.Equal(4001, await client.CloseCodeAsync());
            Assert.StartsWith("a newer connection", client.Socket.CloseStatusDescription);
            await edge.Host.NextAsync<Disconnect>();
        }
    }

    [Fact]
    public async Task Pushes_come_in_order_each_a_message_of_its_own()
    {
        await using var edge = await EdgeServer.StartAsync(null, "GameServer:Edge:QueueFrames=5000", "GameServer:Edge:QueueBytes=4000000");
        var (client, connect) = await edge.ConnectAsync();
        using (client)
        {
            for (var seq = 1; seq <= 3000; seq++)
                edge.Push(connect, seq, new(PushKind.PlayerSyncScore) { Number = seq, From = "bob" });

            for (var seq = 1; seq <= 3000; seq++)
            {
                var push = await client.NextAsync();
                Assert.Equal(seq, push.GetProperty("seq").GetInt64());
                Assert.Equal(seq, push.GetProperty("data").GetInt32());
            }
        }
    }

    [Fact]
    public async Task Version_1_gets_no_frame_of_version_2()
    {
        await using var edge = await EdgeServer.StartAsync();
        var (client, connect) = await edge.ConnectAsync("?user_id=alice", v2: false);
        using (client)
        {
            edge.Connections.Deliver(connect.Connection, new WelcomeFrame("alice", "T", Resumed: false));
            edge.Connections.Deliver(connect.Connection, new OkFrame(new("1")));
            edge.Push(connect, 1, new(PushKind.PeerDisconnected) { Text = "bob" });
            edge.Push(connect, 2, new(PushKind.JoinRoom) { Text = "alice_ROOM" });

            Assert.Equal("""{"action":"joinroom","data":"alice_ROOM"}""", await client.TextAsync());
        }
    }

    [Fact]
    public async Task A_push_that_wants_it_is_confirmed_when_it_was_written_and_no_other()
    {
        await using var edge = await EdgeServer.StartAsync();
        var (client, connect) = await edge.ConnectAsync();
        using (client)
        {
            edge.Push(connect, 1, new(PushKind.Attacked) { Text = "FREEZE" });
            edge.Push(connect, 2, new(PushKind.BattleSettlement) { Text = "WIN" }, confirm: true);

            var (user, written) = await edge.Host.NextAsync<PushWritten>();
            Assert.Equal("alice", user);
            Assert.Equal(new(connect.Connection, 2), written);
        }
    }

    [Fact]
    public async Task A_ping_is_answered_where_the_connection_ends_and_is_no_action_of_version_1()
    {
        await using var edge = await EdgeServer.StartAsync();
        var (client, _) = await edge.ConnectAsync();
        var (old, _) = await edge.ConnectAsync("?user_id=old", v2: false);
        using (client)
        using (old)
        {
            await client.SendAsync("""{"action":"ping"}"""); // Asks for no answer, and gets none.
            await client.SendAsync("""{"action":"ping","id":"there?"}""");
            await client.SendAsync("""{"action":"die","id":1}""");
            Assert.Equal("""{"action":"ok","id":"there?"}""", (await client.NextAsync()).GetRawText());
            Assert.IsType<Die>((await edge.Host.NextAsync<Request>()).Message.Action); // The first thing the host hears of.

            await old.SendAsync("""{"action":"ping","id":"there?"}""");
            Assert.Equal("unknown_action", (await old.NextAsync()).GetProperty("data").GetProperty("code").GetString());
        }
    }

    [Fact]
    public void A_dead_network_is_noticed_within_six_seconds_by_default()
    {
        EdgeOptions defaults = new();
        // The framework looks four times in each interval.
        var noticed = defaults.KeepAliveInterval * 1.25 + defaults.KeepAliveTimeout;
        Assert.InRange(noticed, TimeSpan.Zero, TimeSpan.FromSeconds(6));
    }

    [Fact]
    public async Task A_quiet_client_that_answers_pings_stays_and_one_that_does_not_is_dropped()
    {
        await using var edge = await EdgeServer.StartAsync(
            null, "GameServer:Edge:KeepAliveInterval=00:00:01", "GameServer:Edge:KeepAliveTimeout=00:00:01");
        var (living, connect) = await edge.ConnectAsync("?user_id=living");
        var (dead, lost) = await edge.ConnectAsync("?user_id=dead");
        using (living)
        using (dead)
        {
            var next = living.NextAsync(); // A client answers pings while it reads; the other one never does.

            Assert.Equal(lost.Connection, (await edge.Host.NextAsync<Disconnect>()).Message.Connection);

            edge.Push(connect, 1, new(PushKind.Attacked) { Text = "FREEZE" });
            Assert.Equal("attacked", (await next).GetProperty("action").GetString());
        }
    }

    [Fact]
    public async Task A_ticket_is_the_players_own_and_a_battle_server_can_check_it()
    {
        const string key = "a key for tests, 32 bytes or more";
        FakeHost host = new() { Rules = new() { Modes = new Dictionary<string, ModeRules> { ["default"] = new() { BattleServers = true } } } };
        await using var edge = await EdgeServer.StartAsync(
            host, $"GameServer:BattleServers:TicketKey={key}", "GameServer:BattleServers:ApiKey=an api key for tests");
        var (client, connect) = await edge.ConnectAsync();
        using (client)
        {
            BattleServerEndpoint server = new("default-7", "x.example.org", ["192.0.2.1"], 10010, "tcp") { Place = new("s1", 8081, 3) };
            edge.Push(connect, 6, new(PushKind.BattleServer) { Server = server });

            var data = (await client.NextAsync()).GetProperty("data");
            var check = new BattleTickets(Encoding.UTF8.GetBytes(key), TimeProvider.System).Verify(data.GetProperty("ticket").GetString()!);

            // It names the port inside and, for its number, the push that brings it.
            Assert.Equal(new(new("default-7", "alice", "s1", 8081, 3, 6), null), check);
            Assert.Equal(["dns", "ips", "port", "protocol", "ticket"], data.EnumerateObject().Select(field => field.Name));

            // What was stored before places were known opens nothing, and disturbs nothing.
            edge.Push(connect, 7, new(PushKind.BattleServer) { Server = server with { Place = null } });
            Assert.Equal("", (await client.NextAsync()).GetProperty("data").GetProperty("ticket").GetString());
        }
    }

    [Fact]
    public async Task Nothing_a_client_can_send_takes_the_server_down()
    {
        await using var edge = await EdgeServer.StartAsync();
        Random random = new(11);
        for (var round = 0; round < 40; round++)
        {
            using TcpClient tcp = new();
            await tcp.ConnectAsync(IPAddress.Loopback, edge.Port);
            var stream = tcp.GetStream();
            await stream.WriteAsync(
                "GET /ws?user_id=noise HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"u8.ToArray());
            await stream.WriteAsync("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"u8.ToArray());
            var noise = new byte[random.Next(1, 3000)];
            random.NextBytes(noise);
            if (round % 2 == 0)
                noise[0] = (byte)(random.Next(2) == 0 ? 0x81 : 0x01); // The start of a text frame.
            await stream.WriteAsync(noise);
        }

        for (var round = 0; round < 40; round++)
            await edge.Host.NextAsync<Disconnect>();
        Assert.True((await edge.Http.GetAsync("/health/ready")).IsSuccessStatusCode);
    }
}
