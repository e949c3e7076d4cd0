using GameServer.Game;
using GameServer.Hosting;
using GameServer.Settings;

namespace GameServer.Edge;

/// <summary>What a program with an edge is set to: read and checked once, when it starts.</summary>
public sealed record EdgeSettings(GameSettings Game, EdgeOptions Edge, AuthOptions Auth, BattleServerOptions BattleServers)
{
    /// <summary>Where it is set.</summary>
    public static IReadOnlyList<Section> Sections { get; } =
    [
        .. GameSettings.Sections, new("GameServer:BattleServers", () => new BattleServerOptions()),
        new("GameServer:Edge", () => new EdgeOptions()), new("Auth", () => new AuthOptions()),
    ];

    /// <summary>Who may be whom, for the line that a program says when it has started.</summary>
    public string AuthInWords => Auth.TokensOn ? "players need tokens (Auth:Mode=token)" : "anyone may be anyone (Auth:Mode=open)";

    /// <summary>Reads the settings; what is wrong with them, or with them together, is noted in the reader.</summary>
    public static EdgeSettings Read(SettingsReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        EdgeSettings settings = new(
            GameSettings.Read(reader), reader.Read<EdgeOptions>(), reader.Read<AuthOptions>(), reader.Read<BattleServerOptions>());
        var (auth, servers) = (settings.Auth, settings.BattleServers);
        if (auth.TokensOn && string.IsNullOrEmpty(auth.Key))
            reader.Problems.Add($"Auth:Key {Secret.Problem(auth.Key, AuthOptions.MinKeyBytes)}");
        reader.Problems.AddRange(Secret.Shared(
            ("Auth:Key", auth.Key), ("Auth:PreviousKey", auth.PreviousKey),
            ("GameServer:BattleServers:ApiKey", servers.ApiKey), ("GameServer:BattleServers:TicketKey", servers.TicketKey)));
        if (!auth.TokensOn && !auth.AnyoneMayBeAnyone && Exposure.BeyondLoopback(reader.Configuration) is { } address)
        {
            reader.Problems.Add(
                $"Auth:Mode is open, so anyone who can reach {address} could play as anyone and delete anyone. Set Auth:Mode=token with an Auth:Key, "
                + "listen on http://localhost:PORT, or insist with Auth:AnyoneMayBeAnyone=true.");
        }

        // Nobody could check a ticket, or tell a battle server from anybody else.
        if (settings.Game.Rules.Modes.FirstOrDefault(mode => mode.Value.BattleServers).Key is { } mode)
        {
            string[] missing =
            [
                .. string.IsNullOrEmpty(servers.TicketKey) ? ["GameServer:BattleServers:TicketKey must be set, to 32 bytes or more"] : (string[])[],
                .. string.IsNullOrEmpty(servers.ApiKey) ? ["GameServer:BattleServers:ApiKey must be set, to 16 characters or more"] : (string[])[],
            ];
            if (missing.Length > 0)
                reader.Problems.Add($"The mode {mode} uses battle servers, so {string.Join(", and ", missing)}.");
        }

        // With it the framework would believe the forwarded headers of any peer, whatever address that makes up.
        if (IsOn("FORWARDEDHEADERS_ENABLED") || IsOn("ASPNETCORE_FORWARDEDHEADERS_ENABLED"))
        {
            reader.Problems.Add("ASPNETCORE_FORWARDEDHEADERS_ENABLED would believe what any peer forwards; "
                + "name the proxies in GameServer:Edge:TrustedProxies instead.");
        }

        if (!UserIds.CanNormalize)
        {
            reader.Problems.Add(
                "User ids cannot be normalized: globalization is invariant here. Install ICU (libicu) and unset DOTNET_SYSTEM_GLOBALIZATION_INVARIANT.");
        }

        return settings;

        bool IsOn(string name) => bool.TryParse(reader.Configuration[name], out var on) && on;
    }
}
