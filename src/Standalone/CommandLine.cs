namespace GameServer.Standalone;

/// <summary>
/// The command line: <c>--name value</c> or <c>--name=value</c>, where a name is a short one or the full path of a setting.
/// </summary>
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
}
