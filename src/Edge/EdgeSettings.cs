using GameServer.Game;
using GameServer.Settings;
using Microsoft.Extensions.Configuration;

namespace GameServer.Edge;

/// <summary>What a program with an edge is set to.</summary>
public static class EdgeSettings
{
    /// <summary>
    /// Reads and checks the rules of the game, and the edge's own settings for unknown names; their bounds the edge checks itself.
    /// </summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="alsoAllowed">Keys of the section <c>GameServer</c> that the program reads itself.</param>
    /// <exception cref="SettingsException">Something is unknown or out of bounds; the message lists all that is wrong.</exception>
    public static GameSettings Read(IConfiguration configuration, string[] alsoAllowed)
    {
        var reader = new SectionReader();
        var settings = GameSettings.Read(
            configuration, reader, ["Edge", .. alsoAllowed], [.. SectionReader.NamesOf<BattleServerOptions>()]);
        reader.Read<EdgeOptions>(configuration.GetSection(EdgeOptions.Section));
        reader.Read<AuthOptions>(configuration.GetSection(AuthOptions.Section));
        reader.Read<BattleServerOptions>(
            configuration.GetSection(BattleServerOptions.Section), [.. SectionReader.NamesOf<BattleServerRules>()]);
        if (!UserIds.CanNormalize)
            reader.Problems.Add(
                "User ids cannot be normalized: globalization is invariant here. Install ICU (libicu) and unset DOTNET_SYSTEM_GLOBALIZATION_INVARIANT.");
        reader.ThrowIfAnythingIsWrong();
        return settings;
    }
}
