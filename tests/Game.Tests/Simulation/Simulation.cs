using System.Globalization;
using System.Text;

namespace GameServer.Game.Tests.Simulation;

/// <summary>Runs one seed from the first connection to the quiet at the end.</summary>
internal static class Simulation
{
    /// <summary>What a run did, so that a test can tell a storm from an empty room.</summary>
    public readonly record struct Summary(int Started, int Settled);

    /// <exception cref="BrokenPromiseException">A promise is broken; the message has the seed, what is wrong, and the trace.</exception>
    public static Summary Run(int seed, HostProfile profile, Mutation? mutation = null)
    {
        try
        {
            return Run(new SimulatedWorld(seed, profile, mutation));
        }
        catch (BrokenPromiseException first)
        {
            // The same seed again, now with a trace.
            var world = new SimulatedWorld(seed, profile, mutation, traced: true);
            try
            {
                Run(world);
            }
            catch (BrokenPromiseException)
            {
                throw new BrokenPromiseException(Report(seed, profile, first.Message, world.Trace));
            }

            throw new BrokenPromiseException($"Seed {seed} failed once and not again: something is not deterministic. {first.Message}");
        }
    }

    /// <summary>Whether a promise is broken.</summary>
    public static bool Breaks(int seed, HostProfile profile, Mutation mutation)
    {
        try
        {
            Run(new SimulatedWorld(seed, profile, mutation));
            return false;
        }
        catch (BrokenPromiseException)
        {
            return true;
        }
    }

    private static string Report(int seed, HostProfile profile, string problem, IReadOnlyList<string> trace)
    {
        var report = new StringBuilder();
        report.AppendLine(CultureInfo.InvariantCulture, $"{problem}");
        report.AppendLine(
            CultureInfo.InvariantCulture, $"Repeat: SIM_SEED={seed} dotnet test tests/Game.Tests --filter SimulationTests.{profile}");
        if (Environment.GetEnvironmentVariable("SIM_TRACE") is { Length: > 0 } path)
        {
            File.WriteAllLines(path, trace);
            report.AppendLine(CultureInfo.InvariantCulture, $"The whole trace is in {path}. Its end:");
        }
        else
        {
            report.AppendLine("The end of the trace (SIM_TRACE=file writes it all):");
        }

        foreach (var line in trace.TakeLast(60))
            report.AppendLine(line);
        return report.ToString();
    }

    private static Summary Run(SimulatedWorld world)
    {
        world.Log($"{world.Profile}, {world.Weather}, {world.Players.Count} players, {string.Join("; ", world.Rules.Modes)}");
        foreach (var player in world.Players)
            world.After(world.Between(0, 2), player.Live);
        void Mischief()
        {
            if (!world.Stormy)
                return;
            world.Host.Mischief();
            world.After(world.Between(0.1, 1), Mischief);
        }

        world.After(world.Between(1, 5), Mischief);
        world.RunUntil(world.Now + world.Between(20, 60));
        world.Stormy = false;
        world.Log("Quiet from here on.");
        // What was broken or slow heals first.
        world.RunUntil(world.Now + TimeSpan.FromSeconds(45));
        EverybodyIsAnswered(world);

        if (world.Chance(0.6))
            EverybodyComesBack(world);
        foreach (var player in world.Players)
            player.Drop();
        world.RunOut(TimeSpan.FromHours(3));
        world.Judge.AllIsQuiet();

        // Everybody can play again.
        EverybodyComesBack(world);
        EverybodyFights(world);
        foreach (var player in world.Players)
            player.Drop();
        world.RunOut(TimeSpan.FromHours(3));
        world.Judge.AllIsQuiet();
        return new(world.Judge.BattlesStarted, world.Judge.BattlesSettled);
    }

    /// <summary>
    /// Every request that has an id and whose connection still stands is answered: at the latest when its gateway has looked after it.
    /// </summary>
    private static void EverybodyIsAnswered(SimulatedWorld world)
    {
        foreach (var connection in world.Players.Select(p => p.Current).OfType<Connection>().Where(c => c.IsOpen))
        {
            world.Must(
                connection.Unanswered.Count == 0,
                $"{connection.Player.Name} waits in vain for an answer to {string.Join(", ", connection.Unanswered)}.");
        }
    }

    /// <summary>All connect, nobody who waits is left waiting while there are enough, and all find their way out.</summary>
    private static void EverybodyComesBack(SimulatedWorld world)
    {
        world.Log("Everybody comes back.");
        foreach (var player in world.Players)
        {
            if (!player.Connected || world.Chance(0.3))
                player.Connect();
        }

        world.RunUntil(world.Now + TimeSpan.FromSeconds(15));
        foreach (var player in world.Players)
            world.Must(player.Connected, $"{player.Name} was thrown out though nobody took over.");
        foreach (var player in world.Players)
            player.Ask(new ExitRoom());
        world.RunUntil(world.Now + TimeSpan.FromSeconds(15));
        foreach (var player in world.Players)
            world.Must(player.Outside, $"{player.Name} does not get out of its room.");
    }

    private static void EverybodyFights(SimulatedWorld world)
    {
        foreach (var player in world.Players)
            player.Ask(new JoinRoom(null));
        world.RunUntil(world.Now + TimeSpan.FromSeconds(5));
        var waiting = world.Players.Count(p => !p.Fights);
        world.Must(
            waiting == world.Players.Count % 2 && world.Players.All(p => p.Fights || p.Waits),
            $"Of {world.Players.Count} who joined, {waiting} found nobody.");
        foreach (var player in world.Players.Where(p => p.Fights).ToList())
        {
            player.Ask(new SyncScore(0));
            player.Ask(new Die());
        }

        world.RunUntil(world.Now + TimeSpan.FromSeconds(5));
        foreach (var player in world.Players)
        {
            world.Must(!player.Fights, $"{player.Name} still fights though all are dead.");
            player.Ask(new ExitRoom());
        }

        world.RunUntil(world.Now + TimeSpan.FromSeconds(5));
    }
}
