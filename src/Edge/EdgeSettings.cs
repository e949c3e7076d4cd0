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
        var auth = reader.Read<AuthOptions>(configuration.GetSection(AuthOptions.Section));
        var servers = reader.Read<BattleServerOptions>(
            configuration.GetSection(BattleServerOptions.Section), [.. SectionReader.NamesOf<BattleServerRules>()]);
        reader.Problems.AddRange(Secret.Shared(
            ($"{AuthOptions.Section}:{nameof(auth.Key)}", auth.Key), ($"{AuthOptions.Section}:{nameof(auth.PreviousKey)}", auth.PreviousKey),
            ($"{BattleServerOptions.Section}:{nameof(servers.ApiKey)}", servers.ApiKey),
            ($"{BattleServerOptions.Section}:{nameof(servers.TicketKey)}", servers.TicketKey)));
        if (!auth.TokensOn && !auth.AnyoneMayBeAnyone && Exposure.BeyondLoopback(configuration) is { } address)
        {
            reader.Problems.Add(
                $"Auth:Mode is open, so anyone who can reach {address} could play as anyone and delete anyone. Set Auth:Mode=token with an Auth:Key, "
                + "listen on http://localhost:PORT, or insist with Auth:AnyoneMayBeAnyone=true.");
        }

        // With it the framework would believe the forwarded headers of any peer, whatever address that makes up.
        foreach (var name in new[] { "FORWARDEDHEADERS_ENABLED", "ASPNETCORE_FORWARDEDHEADERS_ENABLED" })
        {
            if (bool.TryParse(configuration[name], out var enabled) && enabled)
            {
                reader.Problems.Add("ASPNETCORE_FORWARDEDHEADERS_ENABLED would believe what any peer forwards; "
                    + $"name the proxies in {EdgeOptions.Section}:TrustedProxies instead.");
                break;
            }
        }

        if (!UserIds.CanNormalize)
        {
            reader.Problems.Add(
                "User ids cannot be normalized: globalization is invariant here. Install ICU (libicu) and unset DOTNET_SYSTEM_GLOBALIZATION_INVARIANT.");
        }

        reader.ThrowIfAnythingIsWrong();
        return settings;
    }

    /// <summary>Who may be whom, for the line that a program says when it has started.</summary>
    /// <param name="configuration">The configuration, checked.</param>
    public static string DescribeAuth(IConfiguration configuration)
    {
        var auth = new SectionReader().Read<AuthOptions>(configuration.GetSection(AuthOptions.Section));
        return auth.TokensOn ? "players need tokens (Auth:Mode=token)" : "anyone may be anyone (Auth:Mode=open)";
    }
}
