using System.Globalization;

namespace GameServer.Game.Tests.Simulation;

/// <summary>
/// The rules under storm. <c>SIM_SEED=n</c> runs one seed, <c>SIM_RUNS=n</c> that many from 1 on; a failure names its seed.
/// </summary>
public sealed class SimulationTests
{
    private const int DefaultRuns = 150;

    [Fact]
    public void Cluster_keeps_every_promise_in_any_weather() => RunAll(HostProfile.Cluster);

    [Fact]
    public void Standalone_keeps_every_promise_in_any_weather() => RunAll(HostProfile.Standalone);

    private static void RunAll(HostProfile profile)
    {
        if (Number("SIM_SEED") is { } seed)
        {
            Simulation.Run(seed, profile);
            return;
        }

        var settled = 0;
        for (var run = 1; run <= (Number("SIM_RUNS") ?? DefaultRuns); run++)
            settled += Simulation.Run(run, profile).Settled;
        Assert.True(settled > 0, "Not one battle was settled: the players do not play.");
    }

    private static int? Number(string name) =>
        int.TryParse(
            Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
}
