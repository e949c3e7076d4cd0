using System.Text.RegularExpressions;
using GameServer.Game;
using GameServer.Settings;

namespace GameServer.Hosting;

/// <summary>The rules of the game and of its battle servers, from the section <c>GameServer</c>. Silos and gateways must be given the same.</summary>
public sealed record GameSettings(GameRules Rules, BattleServerRules BattleServers)
{
    /// <summary>Where the rules are set.</summary>
    public static IReadOnlyList<Section> Sections { get; } =
    [
        new("GameServer", () => new GameRules()), new("GameServer:BattleServers", () => new BattleServerRules()),
        new("GameServer:Modes:NAME", () => new ModeRules(), GameRules.ShippedModes.ToDictionary(mode => mode.Key, mode => (object)mode.Value)),
    ];

    /// <summary>Reads the rules; what is wrong is noted in the reader.</summary>
    public static GameSettings Read(SettingsReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var (rules, battleServers) = (reader.Read<GameRules>(), reader.Read<BattleServerRules>());
        var modes = new Dictionary<string, ModeRules>(GameRules.ShippedModes);
        foreach (var (name, mode) in reader.ReadNamed(name => modes.TryGetValue(name, out var shipped) ? shipped with { } : new ModeRules()))
        {
            if (!Regex.IsMatch(name, GameRules.NamePattern))
                reader.Problems.Add($"GameServer:Modes:{name}: '{name}' is no name for a mode; {GameRules.NamesAllowed}.");
            modes[name] = mode;
        }

        if (!modes.ContainsKey(rules.DefaultMode))
            reader.Problems.Add($"GameServer:DefaultMode is '{rules.DefaultMode}'; allowed are the modes {string.Join(", ", modes.Keys)}.");
        if (rules.RecoveryTime <= rules.ReattachTime)
            reader.Problems.Add($"GameServer:RecoveryTime is {rules.RecoveryTime}; it must be longer than ReattachTime, {rules.ReattachTime}.");
        foreach (var (name, mode) in modes)
        {
            if (mode.Battle is { } battle && !rules.BattleRules.ContainsKey(battle))
                reader.Problems.Add($"GameServer:Modes:{name}:Battle is '{battle}'; allowed are {string.Join(", ", rules.BattleRules.Keys)}.");
            if (mode.BattleServers && mode.BattleLimit >= battleServers.AllocationLimit)
            {
                reader.Problems.Add(
                    $"GameServer:BattleServers:AllocationLimit is {battleServers.AllocationLimit}; it must be longer than the BattleLimit of the mode "
                    + $"'{name}', {mode.BattleLimit}, or its port would go to another battle.");
            }
        }

        return new(rules with { Modes = modes }, battleServers);
    }
}
