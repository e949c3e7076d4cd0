namespace GameServer.Grains.Tests;

/// <summary>Questions that anybody may ask about any name.</summary>
public sealed class LookUpTests
{
    [Fact]
    public async Task A_look_up_leaves_no_grain_behind_whether_or_not_the_name_is_known_and_writes_nothing()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.Player("known").CreateUser("registration");
        await NoPlayersAsync(cluster);
        var known = cluster.Player("known").GetGrainId();
        var writes = cluster.Storage.Writes(known);

        var info = await TestCluster.PatientlyAsync(() => cluster.Player("known").GetRecord().AsTask());
        Assert.True(info.Registered);
        for (var number = 0; number < 50; number++)
        {
            Assert.False((await cluster.Player($"nobody{number}").GetRecord()).Known);
            Assert.False(await TestCluster.PatientlyAsync(() => cluster.Player($"nobody{number}").DeleteUser(null).AsTask()));
        }

        await NoPlayersAsync(cluster);
        Assert.Equal(writes, cluster.Storage.Writes(known));
        Assert.Equal(known, Assert.Single(cluster.Storage.Rows, grain => grain.Type == known.Type));
    }

    [Fact]
    public async Task A_player_who_is_in_the_middle_of_something_stays_through_any_number_of_look_ups()
    {
        await using var cluster = await TestCluster.StartAsync();
        var player = await cluster.ConnectAsync("a");
        await player.JoinAsync();
        await player.UntilAsync("JoinRoom a_ROOM");
        for (var number = 0; number < 10; number++)
            Assert.True((await player.Grain.GetRecord()).Known);
        Assert.Equal(1, await PlayersAsync(cluster));
    }

    private static async Task NoPlayersAsync(TestCluster cluster)
    {
        using CancellationTokenSource late = new(TimeSpan.FromSeconds(30));
        while (await PlayersAsync(cluster) > 0)
            await Task.Delay(20, late.Token);
    }

    private static async Task<int> PlayersAsync(TestCluster cluster)
    {
        var all = await cluster.Orleans.Client.GetGrain<IManagementGrain>(0).GetSimpleGrainStatistics();
        return all.Where(grain => grain.GrainType.Contains(nameof(PlayerGrain), StringComparison.Ordinal)).Sum(grain => grain.ActivationCount);
    }
}
