using System.Net;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using GameServer.Game;
using Microsoft.AspNetCore.Http;

namespace GameServer.Edge.Tests;

public sealed class HttpTests
{
    private static readonly string Name65 = new('x', 65);

    [Theory]
    [InlineData("http://127.0.0.1:8080", false)]
    [InlineData("http://localhost:8080", false)]
    [InlineData("http://192.0.2.7:8080", true, "http://192.0.2.7:8080/")]
    [InlineData("https://game.example.org:443", true, "https://game.example.org:443/")]
    [InlineData("http://0.0.0.0:8080", true)]
    [InlineData("http://[::]:8080", true)]
    public void Where_others_reach_the_server_is_told_only_if_they_do(string listens, bool reachable, string? told = null)
    {
        var found = AddressesCall.Find([listens]);
        if (!reachable)
            Assert.Empty(found);
        else if (told is not null)
            Assert.Equal([told], found);
        else // Whatever networks this machine has; none of them is itself.
            Assert.DoesNotContain(found, url => new Uri(url).IsLoopback || new Uri(url).Port != 8080);
    }

    [Fact]
    public async Task Where_others_reach_the_server_is_told_to_this_machine_alone()
    {
        await using var edge = await EdgeServer.StartAsync();
        Assert.Equal("""{"addresses":[]}""", await edge.Http.GetStringAsync("/addresses"));
        DefaultHttpContext context = new();
        context.Request.Host = new("localhost:8080");
        foreach (var (from, host, here) in new[]
        {
            ("127.0.0.1", "localhost:8080", true), ("::1", "[::1]:8080", true), ("192.0.2.9", "localhost:8080", false),
            ("127.0.0.1", "game.example.org", false), // A proxy on this machine.
        })
        {
            context.Connection.RemoteIpAddress = IPAddress.Parse(from);
            context.Request.Host = new(host);
            Assert.Equal(here, AddressesCall.IsHere(context));
        }
    }

    [Fact]
    public async Task A_user_is_created_once_and_deleted_once()
    {
        await using var edge = await StartWithUsersAsync();

        Assert.Equal((200, """{"msg":"create user success"}"""), await PostAsync(edge, "/create_user", """{"user_id":"x"}"""));
        Assert.Equal((400, """{"msg":"user_id exists"}"""), await PostAsync(edge, "/create_user", """{"user_id":"x"}"""));
        Assert.Equal((200, """{"msg":"delete user success"}"""), await PostAsync(edge, "/delete_user", """{"user_id":"x"}"""));
        Assert.Equal((400, """{"msg":"user_id not exists"}"""), await PostAsync(edge, "/delete_user", """{"user_id":"x"}"""));
    }

    [Theory]
    [InlineData("/create_user")]
    [InlineData("/delete_user")]
    public async Task A_call_without_a_name_is_told_so(string path)
    {
        await using var edge = await StartWithUsersAsync();

        foreach (var body in new[] { "{}", """{"user_id":""}""", """{"user_id":null}""", """{"other":1}""" })
            Assert.Equal((400, """{"msg":"empty user_id"}"""), await PostAsync(edge, path, body));
    }

    [Theory]
    [InlineData("/create_user")]
    [InlineData("/delete_user")]
    public async Task A_body_of_a_wrong_form_is_refused_with_a_reason(string path)
    {
        await using var edge = await StartWithUsersAsync();
        string[] bodies =
        [
            "", "{", "null", "[]", "7", "\"x\"", "{\"user_id\":7}", "{\"user_id\":{}}", "{\"user_id\":\"\\ud800\"}", "{\"user_id\":\"a\\nb\"}",
            "{\"user_id\":\"a\",\"user_id\":\"b\"}", "{\"user_id\":\"" + Name65
                + "\"}", "{\"user_id\":\"x\"} x", "{\"\\ud800\":1,\"user_id\":\"x\"}x",
        ];
        foreach (var body in bodies)
        {
            var (status, answer) = await PostAsync(edge, path, body);
            Assert.True(status == 400, $"{body} gave {status}");
            var message = JsonDocument.Parse(answer).RootElement.GetProperty("msg").GetString()!;
            Assert.NotEqual("empty user_id", message);
            Assert.NotEmpty(message);
        }

        Assert.Equal(413, (await PostAsync(edge, path, "{\"user_id\":\"x\"" + new string(' ', 5000) + "}")).Status);
        Assert.Equal(405, (int)(await edge.Http.GetAsync(path)).StatusCode);
    }

    [Fact]
    public async Task Whatever_a_body_is_broken_into_the_answer_is_an_answer()
    {
        await using var edge = await StartWithUsersAsync();
        var broken =
            from start in Gen.Elements("{\"user_id\":\"", "{\"", "[", "{\"user_id\":")
            from noise in FrameWriterTests.Text().Generator
            from escape in Gen.Elements("", "\\ud83d", "\\ude00\\ud83d", "\\u0000", "\\")
            from end in Gen.Elements("\"}", "}", "", "\":1,\"user_id\":\"x\"}")
            select start + noise + escape + end;

        Prop.ForAll(broken.ToArbitrary(), body =>
            PostAsync(edge, "/delete_user", body).GetAwaiter().GetResult().Status is 200 or 400 or 413).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("a/b")]
    [InlineData("a%2Fb")]
    [InlineData("100%")]
    [InlineData("a+b c?d#e")]
    [InlineData("\"q\" 😀")]
    public async Task The_record_of_a_player_is_found_whatever_the_name_is(string name)
    {
        FakeHost host = new();
        host.OnAsk = (to, question) => question is GetRecord && to == new ActorId(ActorKind.Player, name)
            ? new PlayerInfo(
                true, true,
                new() { Wins = 2, Losses = 1, Last = new("b-1", BattleResult.Win, 25, new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)) })
            : new PlayerInfo(false, false, new());
        await using var edge = await EdgeServer.StartAsync(host);

        var body = JsonDocument.Parse(await edge.Http.GetStringAsync("/players/" + Uri.EscapeDataString(name))).RootElement;

        Assert.Equal(name, body.GetProperty("user_id").GetString());
        Assert.Equal(2, body.GetProperty("wins").GetInt32());
        Assert.Equal(1, body.GetProperty("losses").GetInt32());
        Assert.Equal(0, body.GetProperty("draws").GetInt32());
        Assert.Equal("WIN", body.GetProperty("last").GetProperty("result").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await edge.Http.GetAsync("/players/nobody")).StatusCode);
    }

    [Fact]
    public async Task The_record_of_an_impossible_name_is_refused()
    {
        await using var edge = await EdgeServer.StartAsync();

        foreach (var path in new[] { "/players/" + Name65, "/players/a%00b", "/players/%FF", "/players/" })
            Assert.InRange((int)(await edge.Http.GetAsync(path)).StatusCode, 400, 404);
    }

    [Fact]
    public async Task The_rules_of_every_mode_are_told_to_clients()
    {
        FakeHost host = new()
        {
            Rules = new()
            {
                DefaultMode = "trio",
                Modes = new Dictionary<string, ModeRules>(GameRules.ShippedModes) { ["trio"] = new() { RoomSize = 3, AttackThreshold = 5, AttackCost = 2 } },
            },
        };
        await using var edge = await EdgeServer.StartAsync(host);

        using var answer = await edge.Http.GetAsync("/modes");
        var told = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;

        Assert.Equal("*", Header(answer, "Access-Control-Allow-Origin"));
        Assert.Equal("trio", told.GetProperty("default_mode").GetString());
        Assert.Equal(["climb", "default", "trio"], told.GetProperty("modes").EnumerateObject().Select(mode => mode.Name).Order());
        Assert.Equal(
            """{"room_size":3,"attack_threshold":5,"attack_cost":2,"attack_charge":0,"freeze_seconds":0,"queue_grace_seconds":10,"battle_grace_seconds":30,"battle_limit_seconds":3600,"battle_servers":false}""",
            told.GetProperty("modes").GetProperty("trio").GetRawText());
        Assert.Equal(10, told.GetProperty("modes").GetProperty("climb").GetProperty("attack_charge").GetInt32());
        Assert.Equal(3, told.GetProperty("modes").GetProperty("climb").GetProperty("freeze_seconds").GetDouble());
        Assert.Equal(0, told.GetProperty("modes").GetProperty("default").GetProperty("attack_charge").GetInt32());
    }

    [Fact]
    public async Task A_host_that_does_not_answer_is_503()
    {
        FakeHost host = new() { OnAsk = (_, _) => throw new HostUnavailableException("down") };
        await using var edge = await EdgeServer.StartAsync(host, "GameServer:BattleServers:ApiKey=an api key for tests");

        Assert.Equal(503, (await PostAsync(edge, "/create_user", """{"user_id":"x"}""")).Status);
        Assert.Equal(503, (int)(await edge.Http.GetAsync("/players/x")).StatusCode);
        edge.Http.DefaultRequestHeaders.Add("X-Api-Key", "an api key for tests");
        Assert.Equal(503, (int)(await edge.Http.DeleteAsync("/battle-servers/s1")).StatusCode);
    }

    [Theory]
    [InlineData("/create_user")]
    [InlineData("/delete_user")]
    public async Task Any_page_may_call_by_default(string path)
    {
        await using var edge = await StartWithUsersAsync();
        using HttpRequestMessage preflight = new(HttpMethod.Options, path)
        {
            Headers = { { "Origin", "https://example.org" }, { "Access-Control-Request-Method", "POST" }, { "Access-Control-Request-Headers", "content-type" } },
        };

        using var allowed = await edge.Http.SendAsync(preflight);
        using var plain = await edge.Http.SendAsync(new(HttpMethod.Options, path));
        using var refused = await edge.Http.PostAsync(path, new StringContent("{}"));

        Assert.True(allowed.IsSuccessStatusCode);
        Assert.True(plain.IsSuccessStatusCode);
        foreach (var answer in new[] { allowed, plain, refused })
        {
            Assert.Equal("*", Header(answer, "Access-Control-Allow-Origin"));
            Assert.Equal("POST,OPTIONS", Header(answer, "Access-Control-Allow-Methods"));
            Assert.Contains("Content-Type", Header(answer, "Access-Control-Allow-Headers"));
        }
    }

    [Fact]
    public async Task Only_the_pages_of_the_origins_set_may_call()
    {
        await using var edge = await EdgeServer.StartAsync(
            null, "GameServer:Edge:CorsOrigins:0=https://a.example", "GameServer:Edge:CorsOrigins:1=https://b.example");

        foreach (var (origin, expected) in new[] { ("https://b.example", "https://b.example"), ("https://c.example", null) })
        {
            using HttpRequestMessage preflight = new(HttpMethod.Options, "/create_user") { Headers = { { "Origin", origin } } };
            using var answer = await edge.Http.SendAsync(preflight);
            Assert.Equal(expected, Header(answer, "Access-Control-Allow-Origin"));
            Assert.Equal("Origin", Header(answer, "Vary"));
        }
    }

    [Fact]
    public async Task Where_origins_are_set_pages_of_others_are_refused_on_every_way_in_and_can_read_why()
    {
        await using var edge = await StartWithUsersAsync("GameServer:Edge:CorsOrigins:0=https://a.example");
        foreach (var origin in new[] { "https://evil.example", "null", $"http://127.0.0.1:{edge.Port}", "https://a.example.evil.example" })
        {
            foreach (var (method, path) in new[]
            {
                (HttpMethod.Post, "/create_user"), (HttpMethod.Post, "/delete_user"), (HttpMethod.Post, "/renew_token"), (HttpMethod.Get, "/players/x"),
                (HttpMethod.Get, "/modes"), (HttpMethod.Get, "/ws?user_id=alice"), (HttpMethod.Get, "/dev?user_id=alice"),
            })
            {
                using HttpRequestMessage request = new(method, path) { Headers = { { "Origin", origin } } };
                request.Content = method == HttpMethod.Post ? new StringContent("""{"user_id":"x"}""", Encoding.UTF8, "application/json") : null;
                using var answer = await edge.Http.SendAsync(request);
                Assert.True((int)answer.StatusCode == 403, $"{origin} {path} was answered {(int)answer.StatusCode}");
                Assert.Equal(origin, Header(answer, "Access-Control-Allow-Origin"));
                Assert.Contains(Origins.NotAllowed, await answer.Content.ReadAsStringAsync());
            }

            Assert.Equal(403, await edge.RefusedAsync("?user_id=alice", options: socket => socket.SetRequestHeader("Origin", origin)));
        }

        Assert.True(edge.Host.Quiet);
        Assert.Equal(200, (await PostAsync(edge, "/create_user", """{"user_id":"x"}""")).Status); // No page.
        using Client page = await Client.OpenAsync(new($"ws://127.0.0.1:{edge.Port}/ws?user_id=alice"), v2: true, origin: "https://a.example");
    }

    [Fact]
    public async Task A_page_of_any_origin_can_read_why_a_connect_was_refused()
    {
        await using var edge = await StartWithUsersAsync("Auth:Mode=token", "Auth:Key=a key for tests, 32 bytes or more");
        foreach (var (query, status) in new[] { ("?user_id=alice", 401), ("?user_id=a%00b", 400) })
        {
            using HttpRequestMessage request = new(HttpMethod.Get, "/ws" + query) { Headers = { { "Origin", "https://game.example" } } };
            using var answer = await edge.Http.SendAsync(request);
            Assert.Equal(status, (int)answer.StatusCode);
            Assert.Equal("*", Header(answer, "Access-Control-Allow-Origin"));
        }
    }

    [Theory]
    [InlineData("/create_user")]
    [InlineData("/delete_user")]
    public async Task A_body_that_does_not_say_that_it_is_JSON_is_refused_as_a_form_of_any_page_could_send_it(string path)
    {
        await using var edge = await StartWithUsersAsync();
        await PostAsync(edge, "/create_user", """{"user_id":"x"}""");
        foreach (var type in new[] { "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", null })
        {
            using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new ByteArrayContent("""{"user_id":"x"}"""u8.ToArray()) };
            request.Content.Headers.ContentType = type is null ? null : new(type);
            using var answer = await edge.Http.SendAsync(request);
            Assert.Equal(415, (int)answer.StatusCode);
            Assert.Contains("application/json", await answer.Content.ReadAsStringAsync());
        }

        Assert.Equal(400, (await PostAsync(edge, "/create_user", """{"user_id":"x"}""")).Status); // It is still there.
    }

    [Fact]
    public async Task Forwarded_addresses_are_believed_of_the_proxies_set_and_of_nobody_else()
    {
        await using (var edge = await EdgeServer.StartAsync(null, "GameServer:Edge:CallsPerSecondPerAddress=1"))
        {
            // Whatever addresses a peer makes up, they are one.
            var statuses = await CallFromAsync(edge, "192.0.2.");
            Assert.Contains(429, statuses);
        }

        await using (var edge = await EdgeServer.StartAsync(
            null, "GameServer:Edge:CallsPerSecondPerAddress=1", "GameServer:Edge:TrustedProxies:0=10.0.0.0/8"))
            Assert.Contains(429, await CallFromAsync(edge, "192.0.2."));

        await using (var edge = await EdgeServer.StartAsync(
            null, "GameServer:Edge:CallsPerSecondPerAddress=1", "GameServer:Edge:TrustedProxies:0=127.0.0.1"))
        {
            Assert.DoesNotContain(429, await CallFromAsync(edge, "192.0.2."));
            // What was there before a trusted proxy added its own is the client's, who may have made it up.
            Assert.Contains(429, await CallFromAsync(edge, "198.51.100.", ", 203.0.113.7"));
        }

        static async Task<List<int>> CallFromAsync(EdgeServer edge, string network, string then = "")
        {
            List<int> statuses = [];
            for (var i = 1; i <= 40; i++)
            {
                using HttpRequestMessage request = new(HttpMethod.Get, "/players/x") { Headers = { { "X-Forwarded-For", $"{network}{i}{then}" } } };
                using var answer = await edge.Http.SendAsync(request);
                statuses.Add((int)answer.StatusCode);
            }

            return statuses;
        }
    }

    [Fact]
    public async Task Stats_are_numbers_of_the_edge_and_of_the_host()
    {
        FakeHost host = new();
        host.Stats["waiting"] = 3;
        host.Stats["match_ms_p99"] = double.NaN;
        host.OnTell = (_, message, _) => ValueTask.CompletedTask;
        await using var edge = await EdgeServer.StartAsync(host);
        host.OnTell = (_, message, _) =>
        {
            if (message is Request request)
                edge.Connections.Deliver(request.Connection, new OkFrame(request.Id!.Value));
            return ValueTask.CompletedTask;
        };
        var (client, _) = await edge.ConnectAsync();
        using (client)
        {
            await client.SendAsync("""{"action":"die","id":1}""");
            await client.NextAsync();
            await Wait.UntilAsync(() => edge.Http.GetStringAsync("/stats").Result.Contains("\"messages_out\":1", StringComparison.Ordinal));

            var stats = JsonDocument.Parse(await edge.Http.GetStringAsync("/stats")).RootElement;

            foreach (var field in stats.EnumerateObject())
                Assert.Equal(field.Name == "version" ? JsonValueKind.String : JsonValueKind.Number, field.Value.ValueKind);
            Assert.Equal(1, stats.GetProperty("connections").GetInt32());
            Assert.Equal(1, stats.GetProperty("messages_in").GetInt32());
            Assert.Equal(3, stats.GetProperty("waiting").GetInt32());
            Assert.Equal(0, stats.GetProperty("match_ms_p99").GetInt32());
            await Wait.UntilAsync(() =>
                JsonDocument.Parse(edge.Http.GetStringAsync("/stats").Result).RootElement.GetProperty("request_ms_p99").GetDouble() > 0);
        }
    }

    [Fact]
    public void Percentiles_are_at_most_an_eighth_too_high()
    {
        LatencyHistogram histogram = new();
        Assert.Equal(TimeSpan.Zero, histogram.Percentile(0.5));
        for (var ms = 1; ms <= 1000; ms++)
            histogram.Add(TimeSpan.FromMilliseconds(ms));

        Assert.InRange(histogram.Percentile(0.50).TotalMilliseconds, 500, 500 * 1.126);
        Assert.InRange(histogram.Percentile(0.99).TotalMilliseconds, 990, 990 * 1.126);

        histogram.Rotate();
        Assert.InRange(histogram.Percentile(1).TotalMilliseconds, 1000, 1126);
        histogram.Rotate();
        Assert.Equal(TimeSpan.Zero, histogram.Percentile(0.5));
    }

    [Fact]
    public async Task Ready_is_503_until_the_host_is_and_live_is_not()
    {
        FakeHost host = new() { Ready = false };
        await using var edge = await EdgeServer.StartAsync(host);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await edge.Http.GetAsync("/health/ready")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await edge.Http.GetAsync("/health/live")).StatusCode);
        Assert.Equal(503, await edge.RefusedAsync("?user_id=alice"));

        host.Ready = true;
        Assert.Equal(HttpStatusCode.OK, (await edge.Http.GetAsync("/health/ready")).StatusCode);
    }

    [Fact]
    public async Task A_drain_reports_not_ready_lets_nobody_in_and_closes_all_with_1001_before_the_program_stops()
    {
        await using var edge = await EdgeServer.StartAsync(null, "GameServer:Edge:DrainDelay=00:00:01");
        var (first, a) = await edge.ConnectAsync("?user_id=alice");
        var (second, b) = await edge.ConnectAsync("?user_id=bob");
        using (first)
        using (second)
        {
            var stopping = edge.App.StopAsync();
            await Wait.UntilAsync(() => edge.Connections.Draining);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await edge.Http.GetAsync("/health/ready")).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await edge.Http.GetAsync("/health/live")).StatusCode);
            Assert.Equal(503, await edge.RefusedAsync("?user_id=carol"));

            // Until then those who are here play on.
            edge.Push(a, 1, new(PushKind.Attacked) { Text = "FREEZE" });
            Assert.Equal("attacked", (await first.NextAsync()).GetProperty("action").GetString());

            Assert.Equal(1001, await first.CloseCodeAsync());
            Assert.Equal(1001, await second.CloseCodeAsync());
            await stopping.WaitAsync(Wait.Patience);
            HashSet<ConnectionId> gone = [(await edge.Host.NextAsync<Disconnect>()).Message.Connection, (await edge.Host.NextAsync<Disconnect>()).Message.Connection];
            Assert.Equal([a.Connection, b.Connection], gone.OrderBy(id => id.Number));
        }
    }

    [Fact]
    public async Task A_client_that_does_not_answer_the_close_does_not_hold_up_a_drain()
    {
        await using var edge = await EdgeServer.StartAsync(null, "GameServer:Edge:CloseTimeout=00:00:01");
        var (client, connect) = await edge.ConnectAsync();
        using (client)
        {
            await edge.App.StopAsync().WaitAsync(Wait.Patience);

            Assert.Equal(connect.Connection, (await edge.Host.NextAsync<Disconnect>()).Message.Connection);
        }
    }

    internal static async Task<(int Status, string Body)> PostAsync(EdgeServer edge, string path, string body, string? token = null)
    {
        using HttpRequestMessage request =
            new(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (token is not null)
            request.Headers.Authorization = new("Bearer", token);
        using var answer = await edge.Http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    internal static async Task<EdgeServer> StartWithUsersAsync(params string[] settings)
    {
        Dictionary<string, string> users = [];
        FakeHost host = new()
        {
            OnAsk = (to, question) => question switch
            {
                CreateUser create => users.TryAdd(to.Key, create.Registration),
                DeleteUser { Registration: null } => users.Remove(to.Key),
                DeleteUser delete => users.TryGetValue(to.Key, out var held) && held == delete.Registration && users.Remove(to.Key),
                RenewRegistration renew => users.TryGetValue(to.Key, out var held) && held == renew.Registration && (users[to.Key] = renew.Next) != "",
                _ => new PlayerInfo(users.ContainsKey(to.Key), users.ContainsKey(to.Key), new(), users.GetValueOrDefault(to.Key)),
            },
        };
        return await EdgeServer.StartAsync(host, settings);
    }

    private static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? string.Join(",", values) : null;
}
