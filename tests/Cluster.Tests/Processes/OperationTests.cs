using System.Net;
using System.Net.WebSockets;
using System.Text;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>What an operator does with a cluster, and what is asked of it by HTTP.</summary>
public sealed class OperationTests
{
    [Fact]
    public async Task A_player_whose_gateway_was_killed_and_who_does_not_come_back_dies_after_the_grace()
    {
        await using var cluster = await SmallCluster.StartAsync(gateways: 2, settings: ["--GameServer:Modes:default:BattleGrace", "1"]);
        using var user1 = await Terminal.OpenAsync(cluster.Gateways[0].Port, "user1");
        using var user2 = await Terminal.OpenAsync(cluster.Gateways[1].Port, "user2");
        await user1.TypeAsync("""{"action":"joinroom"}""");
        Assert.Equal("user1< joinroom user1_ROOM", await user1.SeesAsync());
        await user2.TypeAsync("""{"action":"joinroom"}""");
        Assert.Equal("user2< joinroom user1_ROOM", await user2.SeesAsync());
        Assert.Equal("user2< peer_player_id user1", await user2.SeesAsync());

        await cluster.Gateways[0].Process.KillAsync();
        Assert.Equal("user2< player_died user1", await user2.SeesAsync());
        await user2.TypeAsync("""{"action":"syncscore","score":1}""");
        await user2.TypeAsync("""{"action":"die"}""");
        Assert.Equal("user2< battle_settlement WIN", await user2.SeesAsync());
    }

    [Fact]
    public async Task The_dashboard_is_only_for_who_knows_the_password_and_the_silo_says_that_it_is_ready()
    {
        var url = $"http://127.0.0.1:{GameCluster.FreePort()}";
        await using var silo = GameCluster.StartSilo("--urls", url, "--Dashboard:Password", "dashing through");
        await silo.SaysAsync("The silo takes gateways");
        Assert.Equal(HttpStatusCode.OK, await GetAsync($"{url}/health/live", null));
        Assert.Equal(HttpStatusCode.OK, await GetAsync($"{url}/health/ready", null));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync($"{url}/dashboard", null));
        foreach (var path in (string[])["/dashboard/", "/dashboard/DashboardCounters"])
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(url + path, null));
            Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(url + path, "operator:dashing"));
            Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(url + path, "somebody:dashing through"));
            Assert.Equal(HttpStatusCode.OK, await GetAsync(url + path, "operator:dashing through"));
        }
    }

    [Fact]
    public async Task Users_are_made_and_deleted_and_a_gateway_tells_what_it_counts()
    {
        await using var cluster = await SmallCluster.StartAsync();
        const string alice = """{"user_id":"alice"}""";
        await AnswersAsync(400, "user_id not exists", "/delete_user", alice);
        await AnswersAsync(200, "create user success", "/create_user", alice);
        await AnswersAsync(400, "user_id exists", "/create_user", alice);
        await AnswersAsync(400, "empty user_id", "/create_user", "{}");
        var (status, record) = await cluster.CallAsync(HttpMethod.Get, "/players/alice");
        Assert.Equal((200, true), (status, record.GetProperty("registered").GetBoolean()));
        await AnswersAsync(200, "delete user success", "/delete_user", alice);
        (status, _) = await cluster.CallAsync(HttpMethod.Get, "/players/alice");
        Assert.Equal(404, status);

        using var user = await Terminal.OpenAsync(cluster.Gateways[0].Port, "bob");
        await user.TypeAsync("""{"action":"joinroom"}""");
        Assert.Equal("bob< joinroom bob_ROOM", await user.SeesAsync());
        (status, var stats) = await cluster.CallAsync(HttpMethod.Get, "/stats");
        Assert.Equal(200, status);
        Assert.Equal((1, 1), (stats.GetProperty("connections").GetInt32(), stats.GetProperty("host_ready").GetInt32()));
        Assert.True(stats.TryGetProperty("silos", out _) && stats.TryGetProperty("gateway_retries", out _), stats.ToString());

        async Task AnswersAsync(int expected, string message, string path, string json)
        {
            var (code, answer) = await cluster.CallAsync(HttpMethod.Post, path, json);
            Assert.Equal((expected, message), (code, answer.GetProperty("msg").GetString()));
        }
    }

    [Fact]
    public async Task With_tokens_only_a_registered_user_with_its_own_token_gets_in()
    {
        await using var cluster = await SmallCluster.StartAsync(
            onlyGateways: ["--Auth:Mode", "token", "--Auth:Key", "the key that signs the tokens of the tests"]);
        var port = cluster.Gateways[0].Port;
        var (status, answer) = await cluster.CallAsync(HttpMethod.Post, "/create_user", """{"user_id":"alice"}""");
        Assert.Equal(200, status);
        var token = answer.GetProperty("token").GetString()!;

        foreach (var (name, shown) in ((string, string)[])[("alice", ""), ("bob", $"&token={token}")])
        {
            var refused = await Assert.ThrowsAsync<WebSocketException>(() => Terminal.OpenAsync(port, name, shown));
            Assert.Contains("401", refused.Message, StringComparison.Ordinal);
        }

        using var alice = await Terminal.OpenAsync(port, "alice", $"&token={token}");
        await alice.TypeAsync("""{"action":"joinroom"}""");
        Assert.Equal("alice< joinroom alice_ROOM", await alice.SeesAsync());

        (status, _) = await cluster.CallAsync(HttpMethod.Post, "/delete_user", """{"user_id":"alice"}""");
        Assert.Equal(401, status);
        (status, _) = await cluster.CallAsync(HttpMethod.Post, "/delete_user", """{"user_id":"alice"}""", bearer: token);
        Assert.Equal(200, status);
        Assert.Equal("alice< closed 4002", await alice.SeesAsync());
    }

    private static async Task<HttpStatusCode> GetAsync(string url, string? credentials)
    {
        using HttpRequestMessage call = new(HttpMethod.Get, url);
        if (credentials is not null)
            call.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));
        using var answer = await GameCluster.Http.SendAsync(call);
        return answer.StatusCode;
    }
}
