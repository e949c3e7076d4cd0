using System.Net;
using System.Net.Http.Json;
using StackExchange.Redis;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>What anybody may ask for by name.</summary>
public sealed class LookUpTests
{
    private const int Names = 100;

    [ClusterFact]
    public async Task Who_asks_for_names_leaves_nothing_in_redis_and_a_crowd_that_asks_for_one_is_answered()
    {
        await using var cluster = await GameCluster.StartAsync();
        await cluster.StartSiloAsync();
        await cluster.StartGatewayAsync();
        await using var redis = await ConnectionMultiplexer.ConnectAsync(cluster.RedisAddress);
        for (var number = 0; number < Names; number++)
        {
            Assert.Equal(HttpStatusCode.NotFound, await LookUpAsync($"nobody{number}"));
            Assert.Equal(HttpStatusCode.BadRequest, await PostAsync("delete_user", $"nobody{number}"));
        }

        Assert.Equal(HttpStatusCode.OK, await PostAsync("create_user", "somebody"));
        var crowd = await Task.WhenAll(Enumerable.Range(0, Names).Select(_ => LookUpAsync("somebody"))); // Each puts the grain away that the others ask.
        Assert.All(crowd, status => Assert.Equal(HttpStatusCode.OK, status));
        await GameCluster.UntilAsync(() => Task.FromResult(!redis.GetServers()[0].Keys(pattern: "*nobody*").Any()));

        Task<HttpStatusCode> LookUpAsync(string name) => StatusAsync(GameCluster.Http.GetAsync(new Uri(At(), $"players/{name}")));

        Task<HttpStatusCode> PostAsync(string call, string name) =>
            StatusAsync(GameCluster.Http.PostAsJsonAsync(new Uri(At(), call), new { user_id = name }));

        Uri At() => GameCluster.At(cluster.Gateways[0]);
    }

    private static async Task<HttpStatusCode> StatusAsync(Task<HttpResponseMessage> call)
    {
        using var answer = await call;
        return answer.StatusCode;
    }
}
