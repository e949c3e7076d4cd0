using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>
/// A cluster of real processes on this machine: what it stands on (<see cref="Backend"/>), silos and gateways, with ports and names of its own.
/// </summary>
internal sealed class GameCluster : IAsyncDisposable
{
    private readonly ConcurrentBag<ChildProcess> processes = [];
    private readonly string cluster = $"test-{Guid.NewGuid():n}";
    private readonly int redis = FreePort();
    private readonly int dynamo = FreePort();

    private readonly string? redisFolder;

    private GameCluster(string? redisFolder) => this.redisFolder = redisFolder;

    public static HttpClient Http { get; } = new() { Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>Redis itself.</summary>
    public ChildProcess Redis { get; private set; } = null!;

    /// <summary>What keeps the actors.</summary>
    public ChildProcess Keeper { get; private set; } = null!;

    /// <summary>What Redis is reached by.</summary>
    public string RedisAddress => $"127.0.0.1:{redis}";

    /// <summary>What a silo is told so that it is part of this cluster's state.</summary>
    public IEnumerable<string> Storage => Backend.Storage(dynamo);

    /// <summary>What a silo is told so that it is part of this cluster.</summary>
    public IEnumerable<string> SiloSettings => [.. GatewaySettings, .. Storage];

    private IEnumerable<string> GatewaySettings =>
        ["--Redis:ConnectionString", RedisAddress, "--Cluster:ClusterId", cluster, "--Cluster:ServiceId", cluster];

    /// <summary>What a silo is told that is no member of this cluster and stores where its members do.</summary>
    public IEnumerable<string> StorageAlone =>
        [.. Backend.StoresInDynamoDb ? Storage : ["--Storage:RedisConnectionString", RedisAddress], "--Cluster:ServiceId", cluster];

    /// <summary>The DynamoDB API, where this run has one.</summary>
    public Uri DynamoDbAddress => At(dynamo);

    /// <summary>Part of the key of whatever the cluster stores.</summary>
    public string ServiceId => cluster;

    /// <summary>The gateways' ports, in the order of their start. A client knows them all.</summary>
    public List<int> Gateways { get; } = [];

    /// <summary>Starts what silos need, and no silo yet.</summary>
    /// <param name="redisFolder">Where a <c>redis-server</c> keeps what it was told; null: in memory only.</param>
    public static async Task<GameCluster> StartAsync(string? redisFolder = null)
    {
        var cluster = new GameCluster(redisFolder);
        try
        {
            await cluster.RestartRedisAsync();
            cluster.Keeper = cluster.Redis;
            if (await Backend.StartDynamoDbAsync(cluster.dynamo) is { } dynamo)
                cluster.Keeper = cluster.Add(dynamo);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Says something now, and not only when the test is over, to whoever looks for a fault.</summary>
    public static void Note(string what)
    {
        if (Environment.GetEnvironmentVariable("CLUSTER_LOGS") is { } logs)
            File.AppendAllText(
                Path.Combine(Directory.CreateDirectory(logs).FullName, "notes.log"),
                $"{DateTime.UtcNow:HH:mm:ss.fff} {what}{Environment.NewLine}");
    }

    /// <summary>Starts Redis where it was.</summary>
    public async Task RestartRedisAsync() => Redis = Add(await Backend.StartRedisAsync(redis, redisFolder));

    /// <summary>Starts a silo and waits until it is in the cluster.</summary>
    public async Task<ChildProcess> StartSiloAsync(params IEnumerable<string> settings)
    {
        var silo = Add(StartSilo([.. SiloSettings, .. settings]));
        await silo.SaysAsync("The silo takes gateways");
        return silo;
    }

    /// <summary>Starts a gateway that may never be connected.</summary>
    public ChildProcess BeginGateway(params IEnumerable<string> settings) => Add(StartGateway(FreePort(), [.. GatewaySettings, .. settings]));

    /// <summary>Starts a gateway and waits until it is connected.</summary>
    public async Task<ChildProcess> StartGatewayAsync(int? port = null, params IEnumerable<string> settings)
    {
        var at = port ?? FreePort();
        if (port is null)
            Gateways.Add(at);
        var gateway = Add(StartGateway(at, [.. GatewaySettings, .. settings]));
        await gateway.SaysAsync("The game is at");
        return gateway;
    }

    /// <summary>The silo's program with these settings and ports of its own.</summary>
    public static ChildProcess StartSilo(params IEnumerable<string> settings) => ChildProcess.Start("Silo", "dotnet", [
        Backend.Program("Silo"), "--urls", $"http://127.0.0.1:{FreePort()}", "--Silo:Port", Text(FreePort()), "--Silo:GatewayPort", Text(FreePort()), .. settings]);

    /// <summary>The gateway's program with these settings; any number of clients may come from this machine.</summary>
    public static ChildProcess StartGateway(int port, params IEnumerable<string> settings) => ChildProcess.Start("Gateway", "dotnet", [
        Backend.Program("Gateway"), "--urls", $"http://127.0.0.1:{port}", "--GameServer:Edge:CallsPerSecondPerAddress", "0",
        "--GameServer:Edge:ConnectionsPerAddress", "0", "--GameServer:Edge:MessagesPerSecondPerAddress", "0",
        // A client of a test answers pings only while it reads, and a test may have something else to do for a while.
        "--GameServer:Edge:KeepAliveInterval", "15", "--GameServer:Edge:KeepAliveTimeout", "15",
        "--GameServer:Edge:StatsCacheTime", "0", // Tests look at the counts until something is so.
        .. settings]);

    /// <summary>The battle server's program, with one port.</summary>
    public static ChildProcess StartBattleServer(string id, int port, int gateway, params IEnumerable<string> settings) => ChildProcess.Start("BattleServer", "dotnet", [
        Backend.Program("BattleServer"), "--id", id, "--address", "127.0.0.1", "--ports", Text(port), "--subnet", "subnet-local",
        "--registry", $"http://127.0.0.1:{gateway}", .. settings]);

    /// <summary>A player's record, from any gateway.</summary>
    public async Task<JsonElement> RecordAsync(string userId)
    {
        using var answer = await Http.GetAsync(new Uri($"http://127.0.0.1:{Gateways[^1]}/players/{userId}"));
        answer.EnsureSuccessStatusCode();
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return json.RootElement.Clone();
    }

    /// <summary>What a program's health says, such as 200 for <c>ready</c>.</summary>
    public static async Task<int> HealthAsync(int port, string which)
    {
        using var answer = await Http.GetAsync(new Uri($"http://127.0.0.1:{port}/health/{which}"));
        return (int)answer.StatusCode;
    }

    /// <summary>Waits until something is so that no event tells.</summary>
    public static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using CancellationTokenSource late = new(ChildProcess.Patience);
        while (!await holds())
            await Task.Delay(100, late.Token);
    }

    /// <summary>A gateway's address.</summary>
    public static Uri At(int port) => new($"http://127.0.0.1:{port}");

    public static int FreePort()
    {
        using TcpListener free = new(IPAddress.Loopback, 0);
        free.Start();
        return ((IPEndPoint)free.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        // Who looks for a fault names a folder here, and finds what every process said.
        var logs = Environment.GetEnvironmentVariable("CLUSTER_LOGS");
        foreach (var process in processes)
        {
            await process.DisposeAsync();
            if (logs is not null)
                await File.WriteAllTextAsync(
                    Path.Combine(Directory.CreateDirectory(logs).FullName, $"{process.Name}-{process.Id}.log"), process.Output);
        }
    }

    private ChildProcess Add(ChildProcess process)
    {
        processes.Add(process);
        return process;
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
