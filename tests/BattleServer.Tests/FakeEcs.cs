using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace GameServer.BattleServer.Tests;

/// <summary>What ECS puts beside a task: its metadata, and the agent that protects it.</summary>
internal sealed class FakeEcs : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly Channel<string> protections = Channel.CreateUnbounded<string>();

    private FakeEcs(WebApplication app) => this.app = app;

    /// <summary>The metadata's address, as ECS says it in the environment.</summary>
    public string Metadata => $"{app.Urls.First()}/v4/task-1";

    /// <summary>The agent's address, as ECS says it in the environment.</summary>
    public Uri Agent => new($"{app.Urls.First()}/api/task-1");

    /// <summary>What the metadata says the address is.</summary>
    public string Address { get; set; } = OwnAddress ?? "10.20.20.5";

    /// <summary>How many of the next calls to the agent are refused.</summary>
    public int Refusals { get; set; }

    /// <summary>An address of this machine that is not loopback; null: it has none.</summary>
    public static string? OwnAddress { get; } = NetworkInterface.GetAllNetworkInterfaces()
        .Where(network => network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback)
        .SelectMany(network => network.GetIPProperties().UnicastAddresses)
        .Select(unicast => unicast.Address)
        .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes() is not [169, 254, ..])
        ?.ToString();

    public static async Task<FakeEcs> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var ecs = new FakeEcs(app);
        app.MapGet("/v4/task-1", () => Results.Content(
            $$"""{"Name":"battle-server","Networks":[{"NetworkMode":"awsvpc","IPv4Addresses":["{{ecs.Address}}"]}]}""", "application/json"));
        app.MapPut("/api/task-1/task-protection/v1/state", ecs.ProtectAsync);
        await app.StartAsync();
        return ecs;
    }

    /// <summary>The next that the agent is told.</summary>
    public async Task<string> ToldAsync() => await protections.Reader.ReadAsync().AsTask().WaitAsync(ServerUnderTest.Patience);

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task<IResult> ProtectAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        await protections.Writer.WriteAsync(await reader.ReadToEndAsync());
        return Refusals-- > 0
            ? Results.Content("""{"failure":{"Arn":"task-1","Reason":"DEPLOYMENT_BLOCKED"}}""", "application/json")
            : Results.Content("""{"protection":{"ProtectionEnabled":true,"TaskArn":"task-1"}}""", "application/json");
    }
}
