using GameServer.Settings;

namespace GameServer.Standalone;

/// <summary>The command line: <c>--name value</c> or <c>--name=value</c>, where a name is a short one or the full path of a setting.</summary>
internal static class CommandLine
{
    /// <summary>What <c>--help</c> shows.</summary>
    public const string Help = """
        The game server: all of it in one process.

          --urls URLS        where to listen; default http://localhost:8080
          --data DIR         the folder that keeps the game; default ./data; none: nothing is kept
          --GameServer:...   any setting, such as --GameServer:Modes:ranked:RoomSize=4
          --help             this text

        The same settings can stand in appsettings.json in the current folder, or in the environment (GameServer__Modes__ranked__RoomSize=4).
        """;

    /// <summary>The short names and the settings they stand for.</summary>
    public static Dictionary<string, string> ShortNames { get; } = new() { ["--data"] = "GameServer:Data" };

    // What the framework reads, and the sections.
    private static readonly string[] Known =
        ["data", "urls", "http_ports", "https_ports", "environment", "contentRoot", "GameServer", "Auth", "Logging", "Kestrel", "AllowedHosts"];

    /// <summary>Throws on anything that would be ignored.</summary>
    /// <exception cref="SettingsException">An argument is not known, or has no value.</exception>
    public static void Check(ReadOnlySpan<string> arguments)
    {
        for (var index = 0; index < arguments.Length; index++)
        {
            var argument = arguments[index];
            var name = argument.Split('=')[0];
            if (!name.StartsWith("--", StringComparison.Ordinal) || !Known.Contains(name[2..].Split(':')[0], StringComparer.OrdinalIgnoreCase))
                throw new SettingsException($"'{argument}' is not known; allowed are --urls, --data, --help and settings such as --GameServer:DefaultMode=default.");
            if (name.Length < argument.Length)
                continue;
            if (++index == arguments.Length)
                throw new SettingsException($"'{argument}' has no value; write {argument} VALUE or {argument}=VALUE.");
        }
    }
}
