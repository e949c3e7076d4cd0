using GameServer.Behaviour;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>What silo and gateway write while all is well.</summary>
[Collection(AloneCollection.Name)]
public sealed class QuietTests
{
    private const int Battles = 40;

    [ClusterFact]
    public async Task A_healthy_cluster_writes_no_line_for_a_player_or_a_battle()
    {
        await using var cluster = await GameCluster.StartAsync();
        var silo = await cluster.StartSiloAsync();
        var gateway = await cluster.StartGatewayAsync();
        var before = Lines(silo).Length + Lines(gateway).Length;

        for (var battle = 0; battle < Battles; battle++)
            await PlayAsync(cluster, $"quiet-a{battle}", $"quiet-b{battle}");

        var written = Lines(silo).Concat(Lines(gateway)).ToArray();
        Assert.DoesNotContain(written, line => line.Contains("quiet-", StringComparison.Ordinal));
        // A busy machine may make the framework complain of itself now and then; a line a battle, or a player, is many more.
        Assert.InRange(written.Length - before, 0, Battles / 4);
    }

    [ClusterFact]
    public async Task A_silo_starts_with_one_line_and_no_warning()
    {
        await using var cluster = await GameCluster.StartAsync();
        var silo = await cluster.StartSiloAsync();
        Assert.Single(Lines(silo));
        Assert.DoesNotContain("warn:", silo.Output, StringComparison.Ordinal);
    }

    private static async Task PlayAsync(GameCluster cluster, string first, string second)
    {
        using var one = await GameClient.ConnectAsync(() => GameCluster.At(cluster.Gateways[0]), first);
        using var two = await GameClient.ConnectAsync(() => GameCluster.At(cluster.Gateways[0]), second);
        await one.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal($"joinroom {first}_ROOM", await one.SeesAsync());
        await two.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal($"peer_player_id {second}", await one.SeesAsync());
        await two.SendAsync("""{"action":"die"}""");
        Assert.Equal($"player_died {second}", await one.SeesAsync());
        await one.SendAsync("""{"action":"die"}""");
        Assert.Equal("battle_settlement DRAW", await one.SeesAsync());
    }

    private static string[] Lines(ChildProcess process) => process.Output.Split(Environment.NewLine);
}
