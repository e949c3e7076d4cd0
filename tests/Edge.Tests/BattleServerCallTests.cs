using System.Text;
using System.Text.Json;
using GameServer.Game;

namespace GameServer.Edge.Tests;

public sealed class BattleServerCallTests
{
    private const string Server = """{"subnet_id":"subnet-1","address":"10.0.1.7","ports":[8080,8081]}""";

    [Fact]
    public async Task The_calls_become_the_registrys_questions()
    {
        List<(ActorId To, object Question)> asked = [];
        FakeHost host = new();
        host.Rules = host.Rules with { Region = "eu" };
        host.OnAsk = (to, question) =>
        {
            asked.Add((to, question));
            return new RegistryAnswer(200, null, 15, 7, "serve") { Battles = new Dictionary<int, string> { [8081] = "default-9" } };
        };
        await using var edge = await EdgeServer.StartAsync(host);

        var answer = await SendAsync(edge, HttpMethod.Put, "/battle-servers/s-1.a_B", Server);
        await SendAsync(edge, HttpMethod.Post, "/battle-servers/s1/heartbeat", """{"epoch":7,"connections":{"8080":2,"8081":0}}""");
        await SendAsync(edge, HttpMethod.Post, "/battle-servers/s1/battles/default-9/finished", "");
        await SendAsync(edge, HttpMethod.Delete, "/battle-servers/s1", "");

        Assert.Equal(200, answer.Status);
        Assert.Equal(15, answer.Body.GetProperty("lease_seconds").GetInt32());
        Assert.Equal(7, answer.Body.GetProperty("epoch").GetInt64());
        Assert.Equal("serve", answer.Body.GetProperty("command").GetString());
        Assert.Equal("default-9", answer.Body.GetProperty("battles").GetProperty("8081").GetString());
        Assert.All(asked, question => Assert.Equal(new(ActorKind.BattleServerRegistry, "eu"), question.To));
        var register = Assert.IsType<RegisterServer>(asked[0].Question);
        Assert.Equal(("s-1.a_B", "subnet-1", "10.0.1.7"), (register.ServerId, register.SubnetId, register.Address));
        Assert.Equal([8080, 8081], register.Ports);
        var heartbeat = Assert.IsType<ServerHeartbeat>(asked[1].Question);
        Assert.Equal(("s1", 7), (heartbeat.ServerId, heartbeat.Epoch));
        Assert.Equal(new Dictionary<int, int> { [8080] = 2, [8081] = 0 }, heartbeat.Connections);
        Assert.Equal(new BattleFinished("s1", "default-9"), asked[2].Question);
        Assert.Equal(new DrainServer("s1"), asked[3].Question);
    }

    [Fact]
    public async Task A_refusal_of_the_registry_is_passed_on()
    {
        await using var edge = await EdgeServer.StartAsync(
            new() { OnAsk = (_, _) => new RegistryAnswer(409, "older epoch: register again", 0, 0, "serve") });

        var (status, body) = await SendAsync(edge, HttpMethod.Post, "/battle-servers/s1/heartbeat", """{"epoch":1,"connections":{}}""");

        Assert.Equal(409, status);
        Assert.Equal("older epoch: register again", body.GetProperty("msg").GetString());
    }

    [Fact]
    public async Task An_operator_sees_all_servers()
    {
        FakeHost host = new()
        {
            OnAsk = (_, _) => new RegistryStatus(
                [new("s1", "10.0.1.7", "live", 1, [new(8080, 10010, "b-1", 2), new(8081, 10011, null, 0)])], 3),
        };
        await using var edge = await EdgeServer.StartAsync(host);

        var (status, body) = await SendAsync(edge, HttpMethod.Get, "/battle-servers", null);

        Assert.Equal(200, status);
        Assert.Equal(3, body.GetProperty("waiting").GetInt32());
        Assert.Equal("s1", body.GetProperty("servers")[0].GetProperty("server_id").GetString());
        Assert.Equal(10010, body.GetProperty("servers")[0].GetProperty("ports")[0].GetProperty("outside_port").GetInt32());
    }

    [Theory]
    [InlineData("PUT", "/battle-servers/bad%20id", Server)]
    [InlineData("PUT", "/battle-servers/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", Server)]
    [InlineData("PUT", "/battle-servers/s1", "")]
    [InlineData("PUT", "/battle-servers/s1", "[]")]
    [InlineData("PUT", "/battle-servers/s1", "{}")]
    [InlineData("PUT", "/battle-servers/s1", """{"address":"10.0.1.7","ports":[8080]}""")]
    [InlineData("PUT", "/battle-servers/s1", """{"subnet_id":"a b","address":"10.0.1.7","ports":[8080]}""")]
    [InlineData("PUT", "/battle-servers/s1", """{"subnet_id":7,"address":"10.0.1.7","ports":[8080]}""")]
    [InlineData("PUT", "/battle-servers/s1", """{"subnet_id":"s","ports":[8080]}""")]
    [InlineData("PUT", "/battle-servers/s1", """{"subnet_id":"s","address":"10.0.1","ports":[8080]}""")]
    [InlineData("PUT", "/battle-servers/s1", """{"subnet_id":"s","address":"10.0.1.256","ports":[8080]}""")]
    [InlineData("PUT", "/battle-servers/s1", """{"subnet_id":"s","address":"010.0.1.7","ports":[8080]}""")]
    [InlineData("PUT", "/battle-servers/s1", """{"subnet_id":"s","address":"::1","ports":[8080]}""")]
    [InlineData("PUT", "/battle-servers/s1", """{"subnet_id":"s","address":"10.0.1.7"}""")]
    [InlineData("PUT", "/battle-servers/s1", """{"subnet_id":"s","address":"10.0.1.7","ports":[]}""")]
    [InlineData("PUT", "/battle-servers/s1", """{"subnet_id":"s","address":"10.0.1.7","ports":8080}""")]
    [InlineData("PUT", "/battle-servers/s1", """{"subnet_id":"s","address":"10.0.1.7","ports":[0]}""")]
    [InlineData("PUT", "/battle-servers/s1", """{"subnet_id":"s","address":"10.0.1.7","ports":[65536]}""")]
    [InlineData("PUT", "/battle-servers/s1", """{"subnet_id":"s","address":"10.0.1.7","ports":[1.5]}""")]
    [InlineData("PUT", "/battle-servers/s1", """{"subnet_id":"s","address":"10.0.1.7","ports":["8080"]}""")]
    [InlineData("PUT", "/battle-servers/s1", """{"subnet_id":"s","address":"10.0.1.7","ports":[8080,8080]}""")]
    [InlineData("POST", "/battle-servers/s1/heartbeat", """{"connections":{}}""")]
    [InlineData("POST", "/battle-servers/s1/heartbeat", """{"epoch":"1","connections":{}}""")]
    [InlineData("POST", "/battle-servers/s1/heartbeat", """{"epoch":-1,"connections":{}}""")]
    [InlineData("POST", "/battle-servers/s1/heartbeat", """{"epoch":1}""")]
    [InlineData("POST", "/battle-servers/s1/heartbeat", """{"epoch":1,"connections":[]}""")]
    [InlineData("POST", "/battle-servers/s1/heartbeat", """{"epoch":1,"connections":{"x":1}}""")]
    [InlineData("POST", "/battle-servers/s1/heartbeat", """{"epoch":1,"connections":{"08080":1}}""")]
    [InlineData("POST", "/battle-servers/s1/heartbeat", """{"epoch":1,"connections":{"":1}}""")]
    [InlineData("POST", "/battle-servers/s1/heartbeat", """{"epoch":1,"connections":{"8080":-1}}""")]
    [InlineData("POST", "/battle-servers/s1/heartbeat", """{"epoch":1,"connections":{"8080":null}}""")]
    [InlineData("POST", "/battle-servers/s1/battles/a%20b/finished", "")]
    public async Task A_call_of_a_wrong_form_is_refused_with_a_reason_and_asks_nothing(string method, string path, string body)
    {
        await using var edge = await EdgeServer.StartAsync(
            new() { OnAsk = (_, question) => throw new InvalidOperationException($"asked {question}") });

        var (status, answer) = await SendAsync(edge, new(method), path, body);

        Assert.Equal(400, status);
        Assert.NotEmpty(answer.GetProperty("msg").GetString()!);
    }

    [Fact]
    public async Task A_server_has_at_most_16_ports()
    {
        await using var edge = await EdgeServer.StartAsync(new() { OnAsk = (_, _) => new RegistryAnswer(200, null, 15, 7, "serve") });
        static string With(int ports) =>
            $$"""{"subnet_id":"s","address":"10.0.1.7","ports":[{{string.Join(",", Enumerable.Range(8000, ports))}}]}""";

        Assert.Equal(200, (await SendAsync(edge, HttpMethod.Put, "/battle-servers/s1", With(16))).Status);
        Assert.Equal(400, (await SendAsync(edge, HttpMethod.Put, "/battle-servers/s1", With(17))).Status);
    }

    [Fact]
    public async Task No_web_page_may_call_also_not_one_of_this_server_and_with_the_key()
    {
        await using var edge = await EdgeServer.StartAsync(
            new() { OnAsk = (_, question) => throw new InvalidOperationException($"asked {question}") }, "GameServer:BattleServers:ApiKey=a key of 16 characters");

        foreach (var origin in new[] { "https://evil.example", $"http://127.0.0.1:{edge.Port}", "null" })
        {
            foreach (var (method, path) in new[]
            {
                (HttpMethod.Get, "/battle-servers"), (HttpMethod.Put, "/battle-servers/s1"), (HttpMethod.Delete, "/battle-servers/s1"),
                (HttpMethod.Post, "/battle-servers/s1/heartbeat"), (HttpMethod.Post, "/battle-servers/s1/battles/b/finished"),
            })
            {
                using HttpRequestMessage request = new(method, path) { Headers = { { "Origin", origin }, { "X-Api-Key", "a key of 16 characters" } } };
                using var answer = await edge.Http.SendAsync(request);
                Assert.Equal(403, (int)answer.StatusCode);
                Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
            }
        }
    }

    [Fact]
    public async Task Where_a_key_is_set_only_that_key_opens()
    {
        await using var edge = await EdgeServer.StartAsync(
            new() { OnAsk = (_, _) => new RegistryAnswer(200, null, 15, 7, "serve") }, "GameServer:BattleServers:ApiKey=a key of 16 characters");

        Assert.Equal(401, (await SendAsync(edge, HttpMethod.Put, "/battle-servers/s1", Server)).Status);
        Assert.Equal(
            401, (await SendAsync(edge, HttpMethod.Put, "/battle-servers/s1", Server, ("X-Api-Key", "a key of 16 characterS"))).Status);
        Assert.Equal(401, (await SendAsync(edge, HttpMethod.Get, "/battle-servers", null)).Status);
        Assert.Equal(
            200, (await SendAsync(edge, HttpMethod.Put, "/battle-servers/s1", Server, ("X-Api-Key", "a key of 16 characters"))).Status);
        Assert.Equal(200, (await SendAsync(edge, HttpMethod.Put, "/battle-servers/s1", Server, ("Authorization", "Bearer a key of 16 characters"))).Status);
    }

    [Theory]
    [InlineData("X-Forwarded-For", "127.0.0.1")]
    [InlineData("Forwarded", "for=127.0.0.1")]
    [InlineData("Via", "1.1 proxy")]
    public async Task Without_a_key_a_call_that_came_through_a_proxy_is_not_from_this_machine(string header, string value)
    {
        await using var edge = await EdgeServer.StartAsync(new() { OnAsk = (_, _) => new RegistryAnswer(200, null, 15, 7, "serve") });

        Assert.Equal(200, (await SendAsync(edge, HttpMethod.Put, "/battle-servers/s1", Server)).Status);
        Assert.Equal(401, (await SendAsync(edge, HttpMethod.Put, "/battle-servers/s1", Server, (header, value))).Status);
    }

    [Fact]
    public async Task Where_tokens_are_on_and_no_key_is_set_nobody_may_call()
    {
        await using var edge = await EdgeServer.StartAsync(null, "Auth:Mode=token", "Auth:Key=a key for tests, 32 bytes or more");

        Assert.Equal(401, (await SendAsync(edge, HttpMethod.Put, "/battle-servers/s1", Server)).Status);
    }

    private static async Task<(int Status, JsonElement Body)> SendAsync(
        EdgeServer edge, HttpMethod method, string path, string? body, (string Name, string Value)? header = null)
    {
        using HttpRequestMessage request = new(method, path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (header is var (name, value))
            request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await edge.Http.SendAsync(request);
        return ((int)answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement);
    }
}
