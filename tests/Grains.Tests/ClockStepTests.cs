using GameServer.Game;
using GameServer.Grains.Abstractions;

namespace GameServer.Grains.Tests;

/// <summary>The game, on silos, while somebody sets their machine's clock.</summary>
public sealed class ClockStepTests
{
    public static TheoryData<int> Steps => [10, 60, -20, 3700];

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_gateway_that_renews_its_lease_keeps_it(int step)
    {
        await using var cluster = await TestCluster.StartAsync();
        var lease = cluster.Orleans.Client.GetGrain<IGatewayLeaseGrain>("another");
        await lease.Renew();
        cluster.Time.Step(TimeSpan.FromSeconds(step));
        Assert.True(await lease.Holds());
    }

    [Theory]
    [InlineData(3700)]
    [InlineData(-3700)]
    public async Task A_freeze_lasts_as_long_as_it_should(int step)
    {
        // Long enough not to end by itself where it is looked at once, short enough to be waited for.
        var rules = new ModeRules { FreezeTime = step > 0 ? TimeSpan.FromMinutes(1) : TimeSpan.FromSeconds(1) };
        await using var cluster = await TestCluster.StartAsync(new() { Modes = new Dictionary<string, ModeRules> { ["default"] = rules } });
        var (a, b) = await MatchAsync(cluster);
        await a.AttackAsync();
        await b.UntilAsync("Attacked FREEZE");
        cluster.Time.Step(TimeSpan.FromSeconds(step));
        if (step > 0)
        {
            await b.ScoreAsync(5);
            await b.UntilAsync("Error Frozen");
            return;
        }

        while (!a.Seen.Contains("PlayerSyncScore 5"))
        {
            await b.ScoreAsync(5);
            await Task.Delay(100);
            Assert.True(b.Seen.Length < 200, "The freeze does not end.");
        }
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_battle_is_not_settled_before_its_time_also_if_the_room_was_loaded_again_since(int step)
    {
        await using var cluster = await TestCluster.StartAsync();
        var (a, b) = await MatchAsync(cluster);
        cluster.Time.Step(TimeSpan.FromSeconds(step));
        await a.ScoreAsync(5);
        await b.UntilAsync("PlayerSyncScore 5");
        var room = Assert.Single(cluster.RoomsStored);
        await TestCluster.UntilAsync(() =>
            cluster.Storage.Find(room)!.Clock is { } clock && Math.Abs(clock.Wall - clock.Steady) > Math.Abs(step) / 2 * TimeSpan.TicksPerSecond);
        await cluster.Orleans.DeactivateAsync(cluster.Orleans.Client.GetGrain<IRoomGrain>(room.Key.ToString()!));
        await a.ScoreAsync(6);
        await b.UntilAsync("PlayerSyncScore 6");
        Assert.DoesNotContain(a.Seen, frame => frame.StartsWith("PlayerDied", StringComparison.Ordinal));
    }

    private static async Task<(TestPlayer A, TestPlayer B)> MatchAsync(TestCluster cluster)
    {
        var (a, b) = (await cluster.ConnectAsync("a"), await cluster.ConnectAsync("b"));
        await a.JoinAsync();
        await a.UntilAsync("JoinRoom a_ROOM");
        await b.JoinAsync();
        await Task.WhenAll(a.UntilAsync("PeerPlayerId b"), b.UntilAsync("PeerPlayerId a"));
        return (a, b);
    }
}
