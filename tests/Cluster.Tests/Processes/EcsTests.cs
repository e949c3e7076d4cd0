using System.Globalization;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using GameServer.Behaviour;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>A silo and a gateway as tasks of ECS: told by their environment alone, asked for their health, and stopped by a signal.</summary>
public sealed class EcsTests
{
    [ClusterFact]
    public async Task A_silo_learns_its_address_from_ECS_a_gateway_finds_it_there_and_both_leave_when_they_are_told_to()
    {
        // A machine with nothing but loopback can do all of this but learn another address.
        var own = OwnAddress();
        await using var metadata = await MetadataAsync(own ?? "127.0.0.1");
        await using var cluster = await GameCluster.StartAsync();
        var (siloPort, siloHealth, port) = (GameCluster.FreePort(), GameCluster.FreePort(), GameCluster.FreePort());
        string[] common = [$"env:Redis__ConnectionString={cluster.RedisAddress}", "env:Cluster__ClusterId=ecs", "env:Cluster__ServiceId=ecs"];
        string[] siloSettings =
        [
            .. common, .. cluster.Storage, $"env:ASPNETCORE_URLS=http://localhost:{siloHealth}", $"env:Silo__Port={siloPort}",
            $"env:Silo__GatewayPort={GameCluster.FreePort()}",
            $"env:ECS_CONTAINER_METADATA_URI_V4={metadata.Urls.First()}/v4/task-1",
        ];
        await using (var early = ChildProcess.Start("Health", "dotnet", [Backend.Program("Silo"), .. siloSettings, "--health"]))
            Assert.Equal(1, await early.EndsAsync());

        await using var silo = ChildProcess.Start("Silo", "dotnet", [Backend.Program("Silo"), .. siloSettings]);
        if (own is null)
        {
            Assert.Equal(1, await silo.EndsAsync());
            Assert.Contains("The task's own address is 127.0.0.1", silo.Output, StringComparison.Ordinal);
            return;
        }

        await silo.SaysAsync($"silos on port {siloPort.ToString(CultureInfo.InvariantCulture)} of {own};");
        await using (var health = ChildProcess.Start("Health", "dotnet", [Backend.Program("Silo"), .. siloSettings, "--health"]))
            Assert.Equal(0, await health.EndsAsync());

        string[] gatewaySettings = [.. common, $"env:ASPNETCORE_URLS=http://0.0.0.0:{port}", "env:Auth__AnyoneMayBeAnyone=true"];
        await using var gateway = ChildProcess.Start("Gateway", "dotnet", [Backend.Program("Gateway"), .. gatewaySettings]);
        await gateway.SaysAsync("The game is at");
        await using (var health = ChildProcess.Start("Health", "dotnet", [Backend.Program("Gateway"), .. gatewaySettings, "--health"]))
            Assert.Equal(0, await health.EndsAsync());
        using var user = await GameClient.ConnectAsync(() => GameCluster.At(port), "user1");
        await user.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal("joinroom user1_ROOM", await user.SeesAsync());

        gateway.Terminate();
        Assert.Equal(1001, await user.CloseCodeAsync());
        await user.CloseAsync();
        Assert.Equal(0, await gateway.EndsAsync());
        Assert.Equal(0, await silo.StopAsync());
    }

    [Fact]
    public async Task A_silo_that_ECS_tells_an_address_nobody_else_can_reach_does_not_start()
    {
        await using var metadata = await MetadataAsync("127.0.0.1");
        await using var silo = GameCluster.StartSilo($"env:ECS_CONTAINER_METADATA_URI_V4={metadata.Urls.First()}/v4/task-1");
        Assert.Equal(1, await silo.EndsAsync());
        Assert.Contains("Cannot start: The task's own address is 127.0.0.1", silo.Output, StringComparison.Ordinal);
    }

    private static async Task<WebApplication> MetadataAsync(string address)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet("/v4/task-1", () => Results.Content(
            $$"""{"Name":"silo","Networks":[{"NetworkMode":"awsvpc","IPv4Addresses":["{{address}}"]}]}""", "application/json"));
        await app.StartAsync();
        return app;
    }

    private static string? OwnAddress() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(network => network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback)
        .SelectMany(network => network.GetIPProperties().UnicastAddresses)
        .Select(unicast => unicast.Address)
        .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes() is not [169, 254, ..])
        ?.ToString();
}
