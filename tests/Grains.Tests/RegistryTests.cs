using GameServer.Game;

namespace GameServer.Grains.Tests;

/// <summary>The shell of the battle servers' registry.</summary>
public sealed class RegistryTests
{
    private static readonly GameRules Rules = new()
    {
        Modes = new Dictionary<string, ModeRules> { ["default"] = new() { BattleServers = true } },
    };

    [Fact]
    public async Task Both_players_are_told_their_server_also_when_the_silo_of_the_registry_was_lost()
    {
        await using var cluster = await TestCluster.StartAsync(Rules);
        Assert.Equal(200, (await cluster.Registry.Register("s1", "subnet-1", "10.0.0.1", [8080, 8081])).Status);
        await TestCluster.UntilAsync(() => cluster.Ports.Calls.Contains("map s1 10.0.0.1"));
        var (a, b) = (await cluster.ConnectAsync("a"), await cluster.ConnectAsync("b"));
        await Task.WhenAll(a.JoinAsync().AsTask(), b.JoinAsync().AsTask());
        await Task.WhenAll(a.UntilAsync("BattleServer 0"), b.UntilAsync("BattleServer 0"));

        await cluster.KillSiloOfAsync(cluster.Registry);
        var servers = await TestCluster.PatientlyAsync(() => cluster.Registry.GetServers().AsTask());
        var server = Assert.Single(servers.Servers);
        Assert.Equal("s1", server.ServerId);
        Assert.Single(server.Ports, port => port.BattleId is not null);
        Assert.Contains("close all but s1", cluster.Ports.Calls);
    }

    [Fact]
    public async Task A_stale_activation_opens_and_closes_no_door()
    {
        await using var cluster = await TestCluster.StartAsync(Rules);
        await cluster.Registry.Register("s1", "subnet-1", "10.0.0.1", [8080]);
        await TestCluster.UntilAsync(() => cluster.Ports.Calls.Contains("map s1 10.0.0.1"));

        // As if another activation had made a step: this one does not know, and decides to close one door and to open another.
        cluster.Storage.WriteBehindTheBackOf(cluster.Registry.GetGrainId());
        await Assert.ThrowsAsync<OrleansException>(() => cluster.Registry.Register("s1", "subnet-1", "10.0.0.2", [8080]).AsTask());
        Assert.DoesNotContain(cluster.Ports.Calls, call => call is "close s1 10.0.0.1" or "map s1 10.0.0.2");

        // The next activation begins with what is stored, and makes the step.
        Assert.Equal(
            200, (await TestCluster.PatientlyAsync(() => cluster.Registry.Register("s1", "subnet-1", "10.0.0.2", [8080]).AsTask())).Status);
        await TestCluster.UntilAsync(() => cluster.Ports.Calls.Contains("map s1 10.0.0.2"));
        Assert.Contains("close s1 10.0.0.1", cluster.Ports.Calls);
    }
}
