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
    public async Task What_a_battle_server_reports_reaches_the_room_over_the_wire_and_settles_the_battle()
    {
        await using var cluster = await TestCluster.StartAsync(Rules);
        var epoch = (await cluster.Registry.Register("s1", "subnet-1", "10.0.0.1", [8080])).Epoch;
        var (a, b) = (await cluster.ConnectAsync("a"), await cluster.ConnectAsync("b"));
        await Task.WhenAll(a.JoinAsync().AsTask(), b.JoinAsync().AsTask());
        await Task.WhenAll(a.UntilAsync("BattleServer 0"), b.UntilAsync("BattleServer 0"));
        var battle = Assert.Single((await cluster.Registry.Heartbeat("s1", epoch, [])).Battles).Value;
        var room = cluster.Room(battle);

        var refused = await room.Report("s1", epoch + 1, new() { ["a"] = (byte)BattleResult.Lose, ["b"] = (byte)BattleResult.Win });
        Assert.Equal((409, true), (refused.Status, refused.Message!.Contains("'s1'", StringComparison.Ordinal)));
        Assert.Equal(200, (await room.Report("s1", epoch, new() { ["a"] = (byte)BattleResult.Lose, ["b"] = (byte)BattleResult.Win })).Status);

        await a.UntilAsync("BattleSettlement LOSE");
        await b.UntilAsync("BattleSettlement WIN");
        while ((await cluster.Registry.Heartbeat("s1", epoch, [])).Battles.Count > 0)
        {
            // The room's release is on its way.
        }

        Assert.Equal(409, (await cluster.Registry.Finished("s1", battle, epoch + 1)).Status);
        Assert.Equal(200, (await cluster.Registry.Finished("s1", battle, null)).Status);
    }

    [Fact]
    public async Task A_stale_activation_opens_and_closes_no_door()
    {
        await using var cluster = await TestCluster.StartAsync(Rules);
        await cluster.Registry.Register("s1", "subnet-1", "10.0.0.1", [8080]);
        await TestCluster.UntilAsync(() => cluster.Ports.Calls.Contains("map s1 10.0.0.1"));

        // As if another activation had made a step: this one does not know, and decides to open a door and to close one.
        cluster.Storage.WriteBehindTheBackOf(cluster.Registry.GetGrainId());
        await Assert.ThrowsAsync<OrleansException>(() => cluster.Registry.Register("s2", "subnet-1", "10.0.0.2", [8080]).AsTask());
        cluster.Storage.WriteBehindTheBackOf(cluster.Registry.GetGrainId());
        await Assert.ThrowsAsync<OrleansException>(() => cluster.Registry.Drain("s1", null).AsTask());
        Assert.DoesNotContain(cluster.Ports.Calls, call => call is "close s1 10.0.0.1" or "map s2 10.0.0.2");

        // The next activation begins with what is stored, and makes the steps.
        Assert.Equal(
            200, (await TestCluster.PatientlyAsync(() => cluster.Registry.Register("s2", "subnet-1", "10.0.0.2", [8080]).AsTask())).Status);
        Assert.Equal(200, (await TestCluster.PatientlyAsync(() => cluster.Registry.Drain("s1", null).AsTask())).Status);
        await TestCluster.UntilAsync(() => cluster.Ports.Calls.Contains("map s2 10.0.0.2") && cluster.Ports.Calls.Contains("close s1 10.0.0.1"));
    }
}
