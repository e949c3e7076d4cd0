using System.Net.WebSockets;

namespace GameServer.Behaviour;

/// <summary>The HTTP calls. Each goes to another gateway than the one before.</summary>
public abstract class HttpTests(RunningGame game) : BehaviourTest(game)
{
    [ServerFact]
    public async Task A_user_is_created_once_and_deleted_once()
    {
        var body = $$"""{"user_id":"user {{Game.NextPlayer()}}"}""";
        await AssertAnswerAsync(200, "create user success", "/create_user", body);
        await AssertAnswerAsync(400, "user_id exists", "/create_user", body);
        await AssertAnswerAsync(200, "delete user success", "/delete_user", body);
        await AssertAnswerAsync(400, "user_id not exists", "/delete_user", body);
        await AssertAnswerAsync(200, "create user success", "/create_user", body);
    }

    [ServerTheory]
    [InlineData("/create_user")]
    [InlineData("/delete_user")]
    public async Task A_call_without_a_user_id_is_told_so(string path)
    {
        foreach (var body in new[] { "{}", """{"user_id":""}""", """{"user_id":null}""" })
            await AssertAnswerAsync(400, "empty user_id", path, body);
    }

    [ServerTheory]
    [InlineData("/create_user")]
    [InlineData("/delete_user")]
    public async Task A_body_that_is_rubbish_is_refused_with_400(string path)
    {
        var tooLong = $$"""{"user_id":"{{new string('x', 65)}}"}""";
        foreach (var body in new[] { "", "{", "[]", "7", """{"user_id":7}""", """{"user_id":"a\nb"}""", tooLong })
        {
            var answer = await Server.CallAsync("POST", path, body);
            Assert.Equal(400, answer.Status);
            Assert.NotEmpty(answer.Json.GetProperty("msg").GetString()!);
        }
    }

    [ServerFact]
    public async Task Deleting_a_player_in_a_battle_closes_the_connection_and_the_other_goes_on()
    {
        var (alice, bob) = await BattleAsync();
        var body = $$"""{"user_id":"{{alice.UserId}}"}""";
        await AssertAnswerAsync(200, "create user success", "/create_user", body);
        await AssertAnswerAsync(200, "delete user success", "/delete_user", body);
        Assert.Equal(4002, await alice.CloseCodeAsync());
        Assert.Equal($"player_died {alice.UserId}", await bob.SeesAsync());
        await bob.SendAsync("""{"action":"syncscore","score":1}""");
        await bob.SendAsync("""{"action":"die"}""");
        Assert.Equal("battle_settlement WIN", await bob.SeesAsync());
    }

    [ServerTheory]
    [InlineData("/create_user")]
    [InlineData("/delete_user")]
    public async Task Pages_of_any_origin_may_call(string path)
    {
        var preflight = await Server.CallAsync("OPTIONS", path);
        Assert.InRange(preflight.Status, 200, 204);
        Assert.Equal("*", preflight.Headers["Access-Control-Allow-Origin"]);
        Assert.Contains("POST", preflight.Headers["Access-Control-Allow-Methods"], StringComparison.Ordinal);
        Assert.Contains("OPTIONS", preflight.Headers["Access-Control-Allow-Methods"], StringComparison.Ordinal);
        Assert.Contains("Content-Type", preflight.Headers["Access-Control-Allow-Headers"], StringComparison.OrdinalIgnoreCase);
        Assert.Equal("*", (await Server.CallAsync("POST", path, "{}")).Headers["Access-Control-Allow-Origin"]);
    }

    [ServerFact]
    public async Task A_record_tells_wins_losses_draws_and_the_last_battle()
    {
        Assert.Equal(404, (await Server.CallAsync("GET", "/players/nobody-at-all")).Status);
        var (alice, bob) = await BattleAsync();
        await alice.SendAsync("""{"action":"syncscore","score":3}""");
        await alice.SendAsync("""{"action":"die"}""");
        await bob.UntilAsync("player_died");
        await bob.SendAsync("""{"action":"die"}""");
        await alice.UntilAsync("battle_settlement");
        var record = (await Server.CallAsync("GET", $"/players/{alice.UserId}")).Json;
        Assert.Equal(alice.UserId, record.GetProperty("user_id").GetString());
        Assert.Equal([1, 0, 0], new[] { "wins", "losses", "draws" }.Select(count => record.GetProperty(count).GetInt32()));
        var last = record.GetProperty("last");
        Assert.Equal(("WIN", 3), (last.GetProperty("result").GetString(), last.GetProperty("score").GetInt32()));
    }

    [ServerFact]
    public async Task Health_and_the_page_are_there_on_every_gateway()
    {
        foreach (var gateway in Server.Gateways)
        {
            Assert.Equal(200, (await Server.CallAsync("GET", "/health/live", gateway: gateway)).Status);
            Assert.Equal(200, (await Server.CallAsync("GET", "/health/ready", gateway: gateway)).Status);
            var page = await Server.CallAsync("GET", "/", gateway: gateway);
            Assert.Equal(200, page.Status);
            Assert.Contains("<canvas", page.Body, StringComparison.Ordinal);
        }
    }

    [ServerFact]
    public async Task Stats_count_connections_and_those_who_wait()
    {
        // A server of its own: elsewhere somebody else may hold a place that another test left behind.
        await using var server = await Game.StartSmallAsync();
        using var alice = await GameClient.ConnectAsync(server.NextGateway, "alice");
        await alice.SendAsync("""{"action":"joinroom"}""");
        await alice.UntilAsync("joinroom");
        await server.UntilStatAsync("connections", 1);
        await server.UntilStatAsync("waiting", 1);
        using var bob = await GameClient.ConnectAsync(server.NextGateway, "bob");
        await bob.SendAsync("""{"action":"joinroom"}""");
        await bob.UntilAsync("peer_player_id");
        await server.UntilStatAsync("connections", 2);
        await server.UntilStatAsync("waiting", 0);
        foreach (var name in new[] { "battles", "messages_in", "messages_in_per_second", "request_ms_p50", "request_ms_p99" })
            Assert.True((await server.CallAsync("GET", "/stats")).Json.GetProperty(name).GetDouble() >= 0);
    }

    [ServerFact]
    public async Task Every_figure_means_the_same_on_every_host()
    {
        await using var server = await Game.StartSmallAsync("--GameServer:Modes:default:BattleGrace=1");
        using var alice = await GameClient.ConnectAsync(server.NextGateway, "alice");
        using var bob = await GameClient.ConnectAsync(server.NextGateway, "bob");
        await alice.SendAsync("""{"action":"joinroom"}""");
        await alice.UntilAsync("joinroom");
        await server.UntilStatAsync("waiting", 1);
        await bob.SendAsync("""{"action":"joinroom"}""");
        await bob.UntilAsync("peer_player_id");
        await alice.UntilAsync("peer_player_id");
        await server.UntilStatAsync("waiting", 0);
        await server.UntilStatAsync("battles", 1);
        bob.Drop();
        await alice.UntilAsync("player_died");
        await alice.SendAsync("""{"action":"die"}""");
        await alice.UntilAsync("battle_settlement");
        await server.UntilStatAsync("battles", 0);

        // How often it happened, from zero on; a duration is summed up under a name that says so.
        foreach (var (name, count) in new[]
        {
            ("connections", 1), ("connections_opened", 2), ("matched", 2), ("battle_started", 1), ("battle_settled", 1), ("grace_expired", 1),
            ("server_allocated", 0), ("server_dead", 0), ("battle_moved", 0), ("messages_in", 3), ("rate_limited", 0), ("too_slow", 0), ("draining", 0), ("host_ready", 1),
        })
            await server.UntilStatAsync(name, count);
        var stats = (await server.CallAsync("GET", "/stats")).Json;
        Assert.Matches(@"^\d+\.\d+\.\d+$", stats.GetProperty("version").GetString());
        Assert.True(stats.GetProperty("matched_wait_ms_sum").GetDouble() > 0);
        foreach (var name in new[] { "messages_out", "messages_in_per_second", "messages_out_per_second", "scores_superseded", "request_ms_p50", "request_ms_p99" })
            Assert.True(stats.GetProperty(name).GetDouble() >= 0, name);
    }

    private async Task AssertAnswerAsync(int status, string message, string path, string body)
    {
        var answer = await Server.CallAsync("POST", path, body);
        Assert.Equal((status, $$"""{"msg":"{{message}}"}"""), (answer.Status, answer.Body));
    }
}

/// <summary><c>Auth:Mode=token</c>: nobody is anybody without a token. A server of its own.</summary>
public abstract class TokenTests(RunningGame game) : BehaviourTest(game)
{
    [ServerFact]
    public async Task Only_who_has_the_token_is_the_player()
    {
        await using var server = await Game.StartSmallAsync("--Auth:Mode=token", "env:Auth__Key=a key for the tests of tokens, long enough");
        var tokens = new Dictionary<string, string>();
        foreach (var user in new[] { "alice", "bob" })
        {
            var created = await server.CallAsync("POST", "/create_user", $$"""{"user_id":"{{user}}"}""");
            Assert.Equal((200, "create user success"), (created.Status, created.Json.GetProperty("msg").GetString()));
            tokens[user] = created.Json.GetProperty("token").GetString()!;
        }

        // No token, a broken one, another's.
        foreach (var token in new[] { null, "nonsense", tokens["alice"][..^2], tokens["bob"] })
        {
            var refused = await Assert.ThrowsAsync<WebSocketException>(
                () => GameClient.ConnectAsync(server.NextGateway, "alice", bearer: token));
            Assert.Contains("401", refused.Message, StringComparison.Ordinal);
            var answer = await server.CallAsync("GET", "/ws?user_id=alice", bearer: token);
            Assert.Equal((401, "unauthorized"), (answer.Status, answer.Json.GetProperty("code").GetString()));
            Assert.Equal(401, (await server.CallAsync("POST", "/delete_user", """{"user_id":"alice"}""", token)).Status);
        }

        using var alice = await GameClient.ConnectAsync(server.NextGateway, "alice", bearer: tokens["alice"]);
        using var bob = await GameClient.ConnectAsync(server.NextGateway, null, Protocol.V2, bearer: tokens["bob"]); // The token says who.
        Assert.Equal("bob", bob.UserId);
        await alice.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal("joinroom alice_ROOM", await alice.SeesAsync());
        await bob.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal("peer_player_id bob", await alice.SeesAsync());

        // Who is deleted is closed with 4002, and the token does not bring anybody back.
        Assert.Equal(200, (await server.CallAsync("POST", "/delete_user", """{"user_id":"alice"}""", tokens["alice"])).Status);
        Assert.Equal(4002, await alice.CloseCodeAsync());
        await Assert.ThrowsAsync<WebSocketException>(() => GameClient.ConnectAsync(server.NextGateway, "alice", bearer: tokens["alice"]));

        // Nor does it when the name has another owner, whom it neither closes nor deletes.
        var next = (await server.CallAsync("POST", "/create_user", """{"user_id":"alice"}""")).Json.GetProperty("token").GetString()!;
        using var owner = await GameClient.ConnectAsync(server.NextGateway, "alice", bearer: next);
        await Assert.ThrowsAsync<WebSocketException>(() => GameClient.ConnectAsync(server.NextGateway, "alice", bearer: tokens["alice"]));
        Assert.Equal(401, (await server.CallAsync("POST", "/delete_user", """{"user_id":"alice"}""", tokens["alice"])).Status);
        Assert.Equal(401, (await server.CallAsync("POST", "/renew_token", "{}", tokens["alice"])).Status);
        await owner.SendAsync("""{"action":"joinroom"}""");
        await owner.UntilAsync("joinroom");

        // Renewed: the old one is void, what is connected stays, and the new one takes over.
        var renewed = await server.CallAsync("POST", "/renew_token", "{}", next);
        Assert.Equal(200, renewed.Status);
        await Assert.ThrowsAsync<WebSocketException>(() => GameClient.ConnectAsync(server.NextGateway, "alice", bearer: next));
        await owner.SendAsync("""{"action":"exitroom"}""");
        await owner.UntilAsync("exitroom");
        using var again = await GameClient.ConnectAsync(server.NextGateway, "alice", bearer: renewed.Json.GetProperty("token").GetString());
        Assert.Equal(4001, await owner.CloseCodeAsync());
        Assert.Equal(401, (await server.CallAsync("POST", "/renew_token", "{}", next)).Status);
    }
}
