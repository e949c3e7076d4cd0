using GameServer.Grains.Abstractions;

namespace GameServer.Grains.Tests;

/// <summary>What a silo says of itself.</summary>
public sealed class HealthTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_silo_serves_while_its_storage_takes_writes_and_again_when_it_does_again(bool silent)
    {
        await using var cluster = await TestCluster.StartAsync();
        var health = cluster.Orleans.Client.GetGrain<ISiloHealthGrain>(0);
        await UntilAsync(health, serves: true);
        TaskCompletionSource answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Storage.BeforeWrite = _ => silent ? answer.Task : throw new IOException("The table is full.");
        await UntilAsync(health, serves: false);
        cluster.Storage.BeforeWrite = _ => Task.CompletedTask;
        answer.SetResult();
        await UntilAsync(health, serves: true);
        await TestCluster.UntilAsync(() => !cluster.Storage.Rows.Any()); // A probe leaves nothing.
    }

    private static async Task UntilAsync(ISiloHealthGrain health, bool serves)
    {
        using CancellationTokenSource late = new(TimeSpan.FromSeconds(60));
        while (await health.Serves() != serves)
            await Task.Delay(100, late.Token);
    }
}
