using System.Text.RegularExpressions;
using GameServer.Edge;
using GameServer.Game;

namespace GameServer.Standalone.Configuration;

/// <summary>What the server is set to, from the section <c>GameServer</c> of the configuration.</summary>
/// <param name="Data">The folder that keeps the game; null: nothing is kept.</param>
/// <param name="Rules">The rules of the game.</param>
/// <param name="Servers">The rules of the battle servers' registry.</param>
public sealed partial record Settings(string? Data, GameRules Rules, BattleServerRules Servers)
{
    /// <summary>Reads and checks all of it. What the edge reads itself is checked for unknown names only; it knows its own bounds.</summary>
    /// <exception cref="SettingsException">Something is unknown or out of bounds; the message lists all that is wrong.</exception>
    public static Settings Read(IConfiguration configuration)
    {
        var reader = new SectionReader();
        var section = configuration.GetSection("GameServer");
        var data = section["Data"] is { Length: > 0 } folder ? folder : "data";
        var rules = reader.Read<GameRules>(section, alsoAllowed: ["Data", "Edge", "BattleServers"]);
        reader.Read<EdgeOptions>(configuration.GetSection(EdgeOptions.Section));
        reader.Read<AuthOptions>(configuration.GetSection(AuthOptions.Section));
        // One section, two readers: what the edge tells battle servers, and what the registry goes by.
        var serverSection = configuration.GetSection(BattleServerOptions.Section);
        reader.Read<BattleServerOptions>(serverSection, alsoAllowed: [.. SectionReader.NamesOf<BattleServerRules>()]);
        var servers = reader.Read<BattleServerRules>(serverSection, alsoAllowed: [.. SectionReader.NamesOf<BattleServerOptions>()]);
        if (servers.Problem() is { } wrong)
            reader.Problems.Add($"{serverSection.Path}: {wrong}");

        // The default mode is always there; what is set for it changes it.
        var modes = new Dictionary<string, ModeRules> { ["default"] = new() };
        foreach (var child in section.GetSection(nameof(GameRules.Modes)).GetChildren())
        {
            if (!Name().IsMatch(child.Key))
                reader.Problems.Add($"{child.Path}: '{child.Key}' is no name for a mode; allowed are 1 to 32 of a-z 0-9 _ -.");
            var mode = reader.Read<ModeRules>(child);
            if (mode.Problem() is { } problem)
                reader.Problems.Add($"{child.Path}: {problem}");
            modes[child.Key] = mode;
        }

        rules = rules with { Modes = modes };
        if (!modes.ContainsKey(rules.DefaultMode))
            reader.Problems.Add($"{section.Path}:DefaultMode is '{rules.DefaultMode}'; allowed are the modes {string.Join(", ", modes.Keys)}.");
        if (!Name().IsMatch(rules.Region))
            reader.Problems.Add($"{section.Path}:Region is '{rules.Region}'; allowed are 1 to 32 of a-z 0-9 _ -.");
        CheckTime(nameof(GameRules.ResumeTime), rules.ResumeTime, TimeSpan.FromDays(1));
        CheckTime(nameof(GameRules.ReattachTime), rules.ReattachTime, TimeSpan.FromMinutes(5));
        CheckTime(nameof(GameRules.RecoveryTime), rules.RecoveryTime, TimeSpan.FromMinutes(1));

        reader.ThrowIfAnythingIsWrong();
        return new(data == "none" ? null : data, rules, servers);

        void CheckTime(string name, TimeSpan value, TimeSpan most)
        {
            if (value < TimeSpan.Zero || value > most)
                reader.Problems.Add($"{section.Path}:{name} is {value}; allowed are 00:00:00 to {most}.");
        }
    }

    [GeneratedRegex("^[a-z0-9_-]{1,32}$")]
    private static partial Regex Name();
}
