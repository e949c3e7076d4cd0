using System.Globalization;
using System.Net;
using GameServer.Behaviour;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>The two programs as a newcomer runs them: one silo, one gateway, nothing else.</summary>
public sealed class ProgramTests
{
    [Fact]
    public async Task A_gateway_waits_for_its_silos_and_sends_its_players_elsewhere_when_it_is_told_to_stop()
    {
        var (siloGateway, port) = (GameCluster.FreePort(), GameCluster.FreePort());
        await using var gateway = Gateway(port, siloGateway);
        await gateway.SaysAsync("No silo answers yet; waiting for one.");
        Assert.Equal(HttpStatusCode.OK, await HealthAsync(port, "live"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await HealthAsync(port, "ready"));
        using (var http = new HttpClient())
            Assert.Contains("\"host_ready\":0", await http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/stats")), StringComparison.Ordinal);

        await using var silo = Silo(siloGateway);
        await gateway.SaysAsync("The game is at");
        Assert.Equal(HttpStatusCode.OK, await HealthAsync(port, "ready"));
        using var user = await GameClient.ConnectAsync(() => GameCluster.At(port), "user1");
        await user.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal("joinroom user1_ROOM", await user.SeesAsync());

        gateway.Terminate();
        Assert.Equal(1001, await user.CloseCodeAsync());
        await user.CloseAsync(); // As a client does: a gateway waits a while for the other side of the close.
        Assert.Equal(0, await gateway.EndsAsync());
        Assert.Equal(0, await silo.StopAsync());
    }

    [Theory]
    [InlineData("Storage:Provider", "disk", "Storage:Provider is 'disk'; allowed are memory, redis and dynamodb")]
    [InlineData("Storage:Provider", "redis", "set Redis:ConnectionString or Storage:RedisConnectionString")]
    [InlineData("Storage:Provider", "dynamodb", "set DynamoDB:Service to an AWS region")]
    [InlineData("Silo:AdvertisedAddress", "0.0.0.0", "Silo:AdvertisedAddress is '0.0.0.0'; allowed is the IPv4 address")]
    [InlineData("GameServer:Modes:default:RoomSize", "1", "RoomSize is 1; allowed are 2 to 16")]
    [InlineData("GameServer:RoomSize", "2", "GameServer:RoomSize is no setting")]
    [InlineData("env:Dashboard__Password", "short", "Dashboard:Password has 5 bytes; it must have 12 or more")]
    [InlineData("env:Dashboard__Password", "aaaaaaaaaaaa", "Dashboard:Password is easily guessed")]
    [InlineData("Dashboard:Password", "dashing through", "'--Dashboard:Password' is a secret")]
    [InlineData("Redis:ConnectionString", "127.0.0.1:6379,password=x", "'--Redis:ConnectionString' is a secret")]
    [InlineData("env:Rediss__ConnectionString", "127.0.0.1:6379", "Rediss is no section of the settings; Redis is.")]
    [InlineData("Kestrel:Endpoints:a:Bogus", "1", "missing the required 'Url' parameter")]
    [InlineData("urls", "https://127.0.0.1:0", "No server certificate was specified")]
    [InlineData("DynamoDB:Servce", "eu-west-1", "DynamoDB:Servce is no setting; allowed in DynamoDB are Service, Table, CreateTable")]
    [InlineData("DynamoDB:Service", "europe", "DynamoDB:Service is 'europe'; allowed are an AWS region")]
    [InlineData("DynamoDB:CreateTable", "yes", "DynamoDB:CreateTable is 'yes'; allowed are true and false")]
    [InlineData("Redis:ConectionString", "127.0.0.1:6379", "Redis:ConectionString is no setting; allowed in Redis are ConnectionString")]
    [InlineData("Redis:ConnectionString", "127.0.0.1:6379,secret=1", "Redis:ConnectionString is not understood")]
    [InlineData("Reids:ConnectionString", "127.0.0.1:6379", "'--Reids:ConnectionString' is not known; allowed are --urls and settings such as")]
    [InlineData("Silo:GatewayPort", "x", "Silo:GatewayPort is 'x'; allowed are whole numbers")]
    [InlineData("Silo:GatewayPort", "70000", "Silo:GatewayPort is 70000; allowed are 1 to 65535")]
    [InlineData("Cluster:Name", "game", "Cluster:Name is no setting; allowed in Cluster are Tls, ClusterId, ServiceId")]
    [InlineData("GlobalAccelerator:Endpoint", "local", "GlobalAccelerator:Endpoint is 'local'; allowed is a URL")]
    [InlineData("ECS_CONTAINER_METADATA_URI_V4", "http://127.0.0.1:1/", "Set Silo:AdvertisedAddress to the address at which other silos reach this one")]
    public async Task A_silo_with_wrong_settings_says_what_is_allowed_and_does_not_start(string setting, string value, string answer)
    {
        await using var silo = GameCluster.StartSilo(Setting(setting, value));
        Assert.Equal(1, await silo.EndsAsync());
        Assert.Contains("Cannot start:", silo.Output, StringComparison.Ordinal);
        Assert.Contains(answer, silo.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GameServer:Modes:default:QueueGrace", "forever", "allowed are times as hh:mm:ss or a number of seconds")]
    [InlineData("GameServer:Edge:QueueFrames", "1", "QueueFrames")]
    [InlineData("env:Auht__Mode", "token", "Auht is no section of the settings; Auth is.")]
    [InlineData("Auth:Key", "a key that others can read here", "'--Auth:Key' is a secret")]
    [InlineData("urls", "https://127.0.0.1:0", "No server certificate was specified")]
    [InlineData("Kestrel:Endpoints:a:Bogus", "1", "missing the required 'Url' parameter")]
    [InlineData("urls", "http://0.0.0.0:0", "Auth:Mode is open, so anyone who can reach http://0.0.0.0:0 could play as anyone")]
    [InlineData("Redis:ConectionString", "127.0.0.1:6379", "Redis:ConectionString is no setting; allowed in Redis are ConnectionString")]
    [InlineData("Redis:ConnectionString", "127.0.0.1:6379,secret=1", "Redis:ConnectionString is not understood")]
    [InlineData("Silo:GatewayPort", "99999999999", "Silo:GatewayPort is '99999999999'; allowed are whole numbers")]
    [InlineData("Silo:GatewayPort", "70000", "Silo:GatewayPort is 70000; allowed are 1 to 65535")]
    [InlineData("DynamoDB:Service", "eu-west-1", "by these names: GameServer, Auth, Silo, Redis, Cluster.")]
    [InlineData("Cluster:ClusterId", "", "Cluster:ClusterId is ''; allowed is any name")]
    public async Task A_gateway_with_wrong_settings_says_what_is_allowed_and_does_not_start(string setting, string value, string answer)
    {
        await using var gateway = GameCluster.StartGateway(GameCluster.FreePort(), Setting(setting, value));
        Assert.Equal(1, await gateway.EndsAsync());
        Assert.Contains("Cannot start:", gateway.Output, StringComparison.Ordinal);
        Assert.Contains(answer, gateway.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_that_waits_for_its_silos_stops_when_it_is_told_to()
    {
        await using var gateway = Gateway(GameCluster.FreePort(), GameCluster.FreePort());
        await gateway.SaysAsync("No silo answers yet; waiting for one.");
        Assert.Equal(0, await gateway.StopAsync());
    }

    [ClusterFact]
    public async Task A_silo_that_does_not_reach_redis_says_so_and_does_not_start()
    {
        await using var cluster = await GameCluster.StartAsync();
        await cluster.Redis.KillAsync();
        await using var silo = GameCluster.StartSilo(
            ["--Redis:ConnectionString", cluster.RedisAddress, .. cluster.Storage]);
        Assert.Equal(1, await silo.EndsAsync());
        Assert.Contains("Cannot start: Redis does not answer", silo.Output, StringComparison.Ordinal);
    }

    private static string[] Setting(string name, string value) =>
        name.StartsWith(StartArguments.InEnvironment, StringComparison.Ordinal) ? [$"{name}={value}"] : [$"--{name}", value];

    // Given twice, the last one counts.
    private static ChildProcess Silo(int gatewayPort) => GameCluster.StartSilo("--Silo:GatewayPort", Text(gatewayPort));

    private static ChildProcess Gateway(int port, int siloGateway) =>
        GameCluster.StartGateway(port, "--Silo:GatewayPort", Text(siloGateway));

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);

    private static async Task<HttpStatusCode> HealthAsync(int port, string which)
    {
        using var answer = await GameCluster.Http.GetAsync(new Uri($"http://127.0.0.1:{port}/health/{which}"));
        return answer.StatusCode;
    }
}
