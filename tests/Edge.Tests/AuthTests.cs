using System.Text;
using System.Text.Json;
using GameServer.Game;
using GameServer.Settings;
using GameServer.Tickets;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace GameServer.Edge.Tests;

public sealed class AuthTests
{
    private const string Key = "a key for tests, 32 bytes or more";

    private static readonly string[] Tokens = ["Auth:Mode=token", $"Auth:Key={Key}"];

    [Fact]
    public async Task With_the_token_of_create_user_a_player_may_connect_in_either_way()
    {
        await using var edge = await HttpTests.StartWithUsersAsync(Tokens);
        var token = await CreateAsync(edge, "alice \"q\" 😀");
        var query = "?user_id=" + Uri.EscapeDataString("alice \"q\" 😀");

        var (byQuery, connect) = await edge.ConnectAsync($"{query}&token={token}");
        using var byHeader = await Client.OpenAsync(new($"ws://127.0.0.1:{edge.Port}/ws{query}"), v2: true, token);
        var (byTokenAlone, _) = await edge.ConnectAsync($"?token={token}");

        Assert.Equal("alice \"q\" 😀", edge.Connections.Find(connect.Connection)!.UserId);
        Assert.False(connect.Guest);
        byQuery.Dispose();
        byTokenAlone.Dispose();
    }

    [Fact]
    public async Task Without_a_valid_token_of_ones_own_there_is_401_before_the_upgrade()
    {
        await using var edge = await HttpTests.StartWithUsersAsync(Tokens);
        var token = await CreateAsync(edge, "alice");
        await CreateAsync(edge, "bob");
        string[] queries =
        [
            "", "?user_id=", "?user_id=alice", "?user_id=alice&token=", "?user_id=alice&token=garbage", "?user_id=alice&token=a.b.c",
            $"?user_id=bob&token={token}",
            $"?user_id=alice&token={token[..^3]}AAA",
            $"?user_id=alice&token={Signed("alice", key: "another key for tests, 32 bytes too")}",
            $"?user_id=alice&token={Signed("alice", expires: TimeSpan.FromSeconds(-1))}",
            $"?user_id=alice&token={Signed("alice", issuer: "someone")}",
            $"?user_id=alice&token={Signed("alice", audience: "someone")}",
            $"?user_id=alice&token={Signed("alice", algorithm: SecurityAlgorithms.HmacSha384)}",
            $"?user_id=alice&token={Base64UrlEncoder.Encode("{\"alg\":\"none\",\"typ\":\"JWT\"}")}.{Base64UrlEncoder.Encode("{\"sub\":\"alice\",\"iss\":\"gameserver\",\"aud\":\"gameserver\",\"exp\":99999999999}")}.",
            $"?user_id=alice&token={new BattleTickets(Encoding.UTF8.GetBytes(Key), TimeProvider.System).Issue(new("b", "alice", "s", 1, 1, 1), TimeSpan.FromHours(1))}",
            $"?resume={ResumeToken.New("alice", guest: false)}",
        ];
        foreach (var query in queries)
            Assert.True(await edge.RefusedAsync(query) == 401, query);

        Assert.True(edge.Host.Quiet);
        using var why = await edge.Http.GetAsync("/ws?user_id=alice");
        Assert.Equal(401, (int)why.StatusCode);
        Assert.Equal("unauthorized", JsonDocument.Parse(await why.Content.ReadAsStringAsync()).RootElement.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_token_signed_elsewhere_with_the_key_is_as_good_if_it_names_the_registration()
    {
        await using var edge = await HttpTests.StartWithUsersAsync(Tokens);
        var registration = new JsonWebToken(await CreateAsync(edge, "alice")).Id;

        Assert.Equal(401, await edge.RefusedAsync($"?user_id=alice&token={Signed("alice")}"));
        var (client, connect) = await edge.ConnectAsync($"?user_id=alice&token={Signed("alice", registration: registration)}");
        client.Dispose();
        Assert.Equal(registration, connect.Registration);
    }

    [Fact]
    public async Task The_token_of_a_deleted_user_is_good_for_nothing_also_when_the_name_has_another_owner()
    {
        await using var edge = await HttpTests.StartWithUsersAsync(Tokens);
        var old = await CreateAsync(edge, "alice");
        await HttpTests.PostAsync(edge, "/delete_user", """{"user_id":"alice"}""", old);
        Assert.Equal(401, await edge.RefusedAsync($"?user_id=alice&token={old}"));

        var next = await CreateAsync(edge, "alice");
        Assert.Equal(401, await edge.RefusedAsync($"?user_id=alice&token={old}"));
        Assert.Equal(401, (await HttpTests.PostAsync(edge, "/delete_user", """{"user_id":"alice"}""", old)).Status);
        Assert.Equal(401, (await HttpTests.PostAsync(edge, "/renew_token", "{}", old)).Status);
        var (client, _) = await edge.ConnectAsync($"?user_id=alice&token={next}");
        client.Dispose();
    }

    [Fact]
    public async Task A_call_renews_a_token_and_makes_the_old_one_void()
    {
        await using var edge = await HttpTests.StartWithUsersAsync(Tokens);
        var old = await CreateAsync(edge, "alice");

        var (status, body) = await HttpTests.PostAsync(edge, "/renew_token", "{}", old);
        Assert.Equal(200, status);
        var renewed = JsonDocument.Parse(body).RootElement.GetProperty("token").GetString()!;

        Assert.Equal(401, await edge.RefusedAsync($"?user_id=alice&token={old}"));
        Assert.Equal(401, (await HttpTests.PostAsync(edge, "/delete_user", """{"user_id":"alice"}""", old)).Status);
        Assert.Equal(401, (await HttpTests.PostAsync(edge, "/renew_token", "{}")).Status);
        Assert.Equal(401, (await HttpTests.PostAsync(edge, "/renew_token", "{}", "garbage")).Status);
        var (client, _) = await edge.ConnectAsync($"?token={renewed}");
        client.Dispose();
    }

    [Fact]
    public async Task A_token_that_has_expired_opens_nothing_and_can_be_renewed()
    {
        await using var edge = await HttpTests.StartWithUsersAsync(Tokens);
        var registration = new JsonWebToken(await CreateAsync(edge, "alice")).Id;
        var expired = Signed("alice", expires: TimeSpan.FromDays(-400), registration: registration);

        Assert.Equal(401, await edge.RefusedAsync($"?user_id=alice&token={expired}"));
        Assert.Equal(401, (await HttpTests.PostAsync(edge, "/delete_user", """{"user_id":"alice"}""", expired)).Status);
        using var why = await edge.Http.GetAsync($"/ws?user_id=alice&token={expired}");
        Assert.Contains("/renew_token", await why.Content.ReadAsStringAsync());
        var forged = Signed("alice", key: "another key for tests, 32 bytes too", registration: registration);
        Assert.Equal(401, (await HttpTests.PostAsync(edge, "/renew_token", "{}", forged)).Status);

        var (status, body) = await HttpTests.PostAsync(edge, "/renew_token", "{}", expired);
        Assert.Equal(200, status);
        var (client, _) = await edge.ConnectAsync($"?token={JsonDocument.Parse(body).RootElement.GetProperty("token").GetString()}");
        client.Dispose();
    }

    [Fact]
    public async Task A_key_can_be_changed_while_players_hold_tokens_of_the_old_one()
    {
        const string NewKey = "the next key for tests, as long as it has to be";
        string old, registration;
        await using (var before = await HttpTests.StartWithUsersAsync(Tokens))
        {
            old = await CreateAsync(before, "alice");
            registration = new JsonWebToken(old).Id;
        }

        FakeHost host = new() { OnAsk = (_, question) => question is GetRecord ? new PlayerInfo(true, true, new(), registration) : true };
        await using (var changed = await EdgeServer.StartAsync(host, "Auth:Mode=token", $"Auth:Key={NewKey}", $"Auth:PreviousKey={Key}"))
        {
            var (client, _) = await changed.ConnectAsync($"?token={old}");
            client.Dispose();
            var renewed = JsonDocument.Parse((await HttpTests.PostAsync(changed, "/renew_token", "{}", old)).Body).RootElement.GetProperty("token").GetString();
            Assert.NotEqual(new JsonWebToken(old).Kid, new JsonWebToken(renewed).Kid);
        }

        await using var without = await EdgeServer.StartAsync(host, "Auth:Mode=token", $"Auth:Key={NewKey}");
        Assert.Equal(401, await without.RefusedAsync($"?token={old}"));
    }

    [Fact]
    public async Task Where_names_are_believed_there_is_no_token_to_renew()
    {
        await using var edge = await EdgeServer.StartAsync();
        Assert.Equal(400, (await HttpTests.PostAsync(edge, "/renew_token", "{}", "x")).Status);
    }

    [Fact]
    public async Task Only_the_user_may_delete_the_user()
    {
        await using var edge = await HttpTests.StartWithUsersAsync(Tokens);
        var alice = await CreateAsync(edge, "alice");
        var bob = await CreateAsync(edge, "bob");

        Assert.Equal(401, (await HttpTests.PostAsync(edge, "/delete_user", """{"user_id":"alice"}""")).Status);
        Assert.Equal(401, (await HttpTests.PostAsync(edge, "/delete_user", """{"user_id":"alice"}""", bob)).Status);
        Assert.Equal(401, (await HttpTests.PostAsync(edge, "/delete_user", """{"user_id":"alice"}""", "garbage")).Status);
        Assert.Equal(
            (200, """{"msg":"delete user success"}"""), await HttpTests.PostAsync(edge, "/delete_user", """{"user_id":"alice"}""", alice));
        Assert.Equal(200, (await HttpTests.PostAsync(edge, $"/delete_user?token={bob}", """{"user_id":"bob"}""")).Status);
    }

    [Fact]
    public async Task Open_mode_believes_and_looks_at_no_token()
    {
        await using var edge = await EdgeServer.StartAsync();

        var (client, _) = await edge.ConnectAsync("?user_id=alice&token=garbage");
        client.Dispose();
    }

    [Theory]
    [InlineData("Auth:Key has 0 bytes", "Auth:Mode=token")]
    [InlineData("Auth:Key has 5 bytes", "Auth:Key=short")]
    [InlineData("Auth:Key has 31 bytes", "Auth:Mode=token", "Auth:Key=0123456789012345678901234567890")]
    [InlineData("allowed are open and token", "Auth:Mode=closed")]
    [InlineData("TokenLifetime", "Auth:TokenLifetime=00:00:01")]
    [InlineData("QueueFrames is 1; allowed are 1024 to 65536", "GameServer:Edge:QueueFrames=1")]
    [InlineData("KeepAliveInterval is 00:00:00; allowed are 00:00:01 to 00:05:00", "GameServer:Edge:KeepAliveInterval=00:00:00")]
    [InlineData("CorsOrigins holds '*'", "GameServer:Edge:CorsOrigins:0=*")]
    [InlineData("CorsOrigins holds 'https://a.example/x'", "GameServer:Edge:CorsOrigins:0=https://a.example/x")]
    [InlineData("QueueFrame", "GameServer:Edge:QueueFrame=100")]
    [InlineData("TicketKey has 5 bytes", "GameServer:BattleServers:TicketKey=short")]
    [InlineData("Auth:Key is easily guessed", "Auth:Mode=token", "Auth:Key=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("TicketKey is easily guessed", "GameServer:BattleServers:TicketKey=0123456789abcdef0123456789abcdef")]
    [InlineData("ApiKey is easily guessed", "GameServer:BattleServers:ApiKey=abababababababab")]
    [InlineData("ApiKey has 5 bytes", "GameServer:BattleServers:ApiKey=short")]
    public async Task A_setting_that_is_not_allowed_keeps_the_program_from_starting(string said, params string[] settings)
    {
        var refusal = await Assert.ThrowsAnyAsync<Exception>(() => EdgeServer.StartAsync(null, settings));

        Assert.Contains(said, refusal.ToString());
    }

    [Theory]
    [InlineData("TicketKey", "ApiKey")]
    [InlineData("ApiKey", "TicketKey")]
    public async Task Battle_servers_without_both_keys_keep_the_program_from_starting(string given, string missing)
    {
        var refusal = await Assert.ThrowsAsync<SettingsException>(() => EdgeServer.StartAsync(
            null, "GameServer:Modes:default:BattleServers=true", $"GameServer:BattleServers:{given}=one of the keys for tests, long enough"));

        Assert.Contains($"{missing} must be set", refusal.Message);
        Assert.DoesNotContain($"{given} must be set", refusal.Message);
    }

    private static async Task<string> CreateAsync(EdgeServer edge, string name)
    {
        var (status, body) = await HttpTests.PostAsync(edge, "/create_user", JsonSerializer.Serialize(new { user_id = name }));
        Assert.Equal(200, status);
        return JsonDocument.Parse(body).RootElement.GetProperty("token").GetString()!;
    }

    private static string Signed(
        string user, string key = Key, TimeSpan? expires = null, string issuer = "gameserver", string audience = "gameserver",
        string algorithm = SecurityAlgorithms.HmacSha256, string registration = "another") => new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            Claims = new Dictionary<string, object> { ["sub"] = user, ["jti"] = registration },
            Expires = DateTime.UtcNow + (expires ?? TimeSpan.FromHours(1)),
            SigningCredentials = new(
                new SymmetricSecurityKey(Encoding.UTF8.GetBytes(key.PadRight(48, '.')[..(algorithm == SecurityAlgorithms.HmacSha384 ? 48 : key.Length)])),
                algorithm),
        });
}
