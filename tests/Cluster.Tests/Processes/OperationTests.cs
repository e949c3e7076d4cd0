using System.Net;
using System.Text;
using GameServer.Behaviour;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>What an operator does with a cluster, and what is asked of it by HTTP.</summary>
public sealed class OperationTests
{
    [Fact]
    public async Task A_player_whose_gateway_was_killed_and_who_does_not_come_back_dies_after_the_grace()
    {
        await using var cluster = await SmallCluster.StartAsync(gateways: 2, settings: ["--GameServer:Modes:default:BattleGrace", "1"]);
        using var user1 = await GameClient.ConnectAsync(() => GameCluster.At(cluster.Gateways[0].Port), "user1");
        using var user2 = await GameClient.ConnectAsync(() => GameCluster.At(cluster.Gateways[1].Port), "user2");
        await user1.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal("joinroom user1_ROOM", await user1.SeesAsync());
        await user2.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal("joinroom user1_ROOM", await user2.SeesAsync());
        Assert.Equal("peer_player_id user1", await user2.SeesAsync());

        await cluster.Gateways[0].Process.KillAsync();
        Assert.Equal("player_died user1", await user2.SeesAsync());
        await user2.SendAsync("""{"action":"syncscore","score":1}""");
        await user2.SendAsync("""{"action":"die"}""");
        Assert.Equal("battle_settlement WIN", await user2.SeesAsync());
    }

    [Fact]
    public async Task The_dashboard_is_only_for_who_knows_the_password_and_the_silo_says_that_it_is_ready()
    {
        var url = $"http://127.0.0.1:{GameCluster.FreePort()}";
        await using var silo = GameCluster.StartSilo("--urls", url, "env:Dashboard__Password=dashing through");
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
    public async Task A_gateway_tells_what_it_counts()
    {
        await using var cluster = await SmallCluster.StartAsync();
        using var user = await GameClient.ConnectAsync(() => GameCluster.At(cluster.Gateways[0].Port), "bob");
        await user.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal("joinroom bob_ROOM", await user.SeesAsync());
        var (status, stats) = await cluster.CallAsync(HttpMethod.Get, "/stats");
        Assert.Equal(200, status);
        Assert.Equal((1, 1), (stats.GetProperty("connections").GetInt32(), stats.GetProperty("host_ready").GetInt32()));
        Assert.True(stats.TryGetProperty("silos", out _) && stats.TryGetProperty("gateway_retries", out _), stats.ToString());
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
