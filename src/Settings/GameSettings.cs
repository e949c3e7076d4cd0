using System.Text.RegularExpressions;
using GameServer.Game;
using Microsoft.Extensions.Configuration;

namespace GameServer.Settings;

/// <summary>
/// The rules of the game and of its battle servers, from the section <c>GameServer</c>. Silos and gateways must be given the same.
/// </summary>
/// <param name="Rules">The rules of the game.</param>
/// <param name="BattleServers">The rules of the battle servers' registry.</param>
public sealed partial record GameSettings(GameRules Rules, BattleServerRules BattleServers)
{
    /// <summary>The section's name.</summary>
    public const string Section = "GameServer";

    /// <summary>Reads and checks the rules; what is wrong is noted in the reader.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="reader">Where problems are noted.</param>
    /// <param name="alsoAllowed">Keys of the section that others read.</param>
    /// <param name="alsoAllowedForBattleServers">Keys of its part <c>BattleServers</c> that others read.</param>
    public static GameSettings Read(
        IConfiguration configuration, SectionReader reader, string[] alsoAllowed, string[] alsoAllowedForBattleServers)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var section = configuration.GetSection(Section);
        var rules = reader.Read<GameRules>(section, [.. alsoAllowed, "BattleServers"]);
        var battleServers = ReadBattleServers(section.GetSection("BattleServers"), reader, alsoAllowedForBattleServers);

        var modes = new Dictionary<string, ModeRules>(GameRules.ShippedModes);
        foreach (var child in section.GetSection(nameof(GameRules.Modes)).GetChildren())
        {
            if (!Name().IsMatch(child.Key))
                reader.Problems.Add($"{child.Path}: '{child.Key}' is no name for a mode; allowed are 1 to 32 of a-z 0-9 _ -.");
            var mode = reader.Read(child, modes.TryGetValue(child.Key, out var shipped) ? shipped with { } : new ModeRules());
            if (mode.Problem() is { } problem)
                reader.Problems.Add($"{child.Path}: {problem}");
            modes[child.Key] = mode;
        }

        rules = rules with { Modes = modes };
        if (!modes.ContainsKey(rules.DefaultMode))
            reader.Problems.Add(
                $"{section.Path}:DefaultMode is '{rules.DefaultMode}'; allowed are the modes {string.Join(", ", modes.Keys)}.");
        if (!Name().IsMatch(rules.Region))
            reader.Problems.Add($"{section.Path}:Region is '{rules.Region}'; allowed are 1 to 32 of a-z 0-9 _ -.");
        CheckTime(nameof(GameRules.ResumeTime), rules.ResumeTime, TimeSpan.FromDays(1));
        CheckTime(nameof(GameRules.ReattachTime), rules.ReattachTime, TimeSpan.FromMinutes(5));
        CheckTime(nameof(GameRules.RecoveryTime), rules.RecoveryTime, TimeSpan.FromMinutes(5));
        if (rules.RecoveryTime <= rules.ReattachTime)
            reader.Problems.Add(
                $"{section.Path}:RecoveryTime is {rules.RecoveryTime}; it must be longer than ReattachTime, {rules.ReattachTime}.");
        foreach (var (name, mode) in modes)
        {
            if (mode.BattleServers && mode.BattleLimit >= battleServers.AllocationLimit)
            {
                reader.Problems.Add(
                    $"{section.Path}:BattleServers:AllocationLimit is {battleServers.AllocationLimit}; it must be longer than the BattleLimit of the mode "
                    + $"'{name}', {mode.BattleLimit}, or its port would go to another battle.");
            }
        }

        return new(rules, battleServers);

        void CheckTime(string name, TimeSpan value, TimeSpan most)
        {
            if (value < TimeSpan.Zero || value > most)
                reader.Problems.Add($"{section.Path}:{name} is {value}; allowed are 00:00:00 to {most}.");
        }
    }

    private static BattleServerRules ReadBattleServers(IConfigurationSection section, SectionReader reader, string[] alsoAllowed)
    {
        var rules = reader.Read<BattleServerRules>(section, alsoAllowed);
        if (rules.Problem() is { } problem)
            reader.Problems.Add($"{section.Path}: {problem}");
        return rules;
    }

    [GeneratedRegex("^[a-z0-9_-]{1,32}$")]
    private static partial Regex Name();
}
