using System.Globalization;
using System.Text.Json;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>One silo and its gateways, without Redis and DynamoDB; silo and gateways with the same settings of the game.</summary>
internal sealed class SmallCluster : IAsyncDisposable
{
    private readonly List<ChildProcess> processes = [];
    private readonly int siloGateway = GameCluster.FreePort();
    private readonly string[] settings;
    private readonly string[] onlyGateways;

    private SmallCluster(string[] settings, string[] onlyGateways) => (this.settings, this.onlyGateways) = (settings, onlyGateways);

    /// <summary>The silo.</summary>
    public ChildProcess Silo => processes[0];

    /// <summary>The gateways, in the order of their start.</summary>
    public List<(ChildProcess Process, int Port)> Gateways { get; } = [];

    public static async Task<SmallCluster> StartAsync(int gateways = 1, string[]? onlyGateways = null, params string[] settings)
    {
        var cluster = new SmallCluster([.. settings], onlyGateways ?? []);
        try
        {
            cluster.processes.Add(GameCluster.StartSilo(["--Silo:GatewayPort", Text(cluster.siloGateway), .. settings]));
            await cluster.Silo.SaysAsync("The silo takes gateways");
            for (var i = 0; i < gateways; i++)
                await cluster.StartGatewayAsync(GameCluster.FreePort());
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>A call to the first gateway; gives the status and the answer's JSON.</summary>
    public async Task<(int Status, JsonElement Answer)> CallAsync(
        HttpMethod method, string path, string? json = null, string? bearer = null)
    {
        using HttpRequestMessage call = new(method, new Uri($"http://127.0.0.1:{Gateways[0].Port}{path}"));
        if (json is not null)
            call.Content = new StringContent(json, new System.Net.Http.Headers.MediaTypeHeaderValue("application/json"));
        if (bearer is not null)
            call.Headers.Authorization = new("Bearer", bearer);
        using var answer = await GameCluster.Http.SendAsync(call);
        using var read = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return ((int)answer.StatusCode, read.RootElement.Clone());
    }

    /// <summary>SIGTERM to the gateways, and starts them again at their ports. Each must end with exit code 0.</summary>
    public async Task RestartGatewaysAsync()
    {
        var before = Gateways.ToList();
        Gateways.Clear();
        foreach (var (gateway, port) in before)
        {
            var exitCode = await gateway.StopAsync();
            Assert.True(exitCode == 0, $"A gateway ended with {exitCode}: {gateway.Output}");
            await StartGatewayAsync(port);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in processes)
            await process.DisposeAsync();
    }

    private async Task StartGatewayAsync(int port)
    {
        var gateway = GameCluster.StartGateway(port, ["--Silo:GatewayPort", Text(siloGateway), .. onlyGateways, .. settings]);
        processes.Add(gateway);
        Gateways.Add((gateway, port));
        await gateway.SaysAsync("The game is at");
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
