using GameServer.Edge;
using GameServer.Hosting;
using GameServer.LocalAccelerator;
using GameServer.Settings;

namespace GameServer.Standalone;

/// <summary>What Standalone can be set to.</summary>
public static class StandaloneProgram
{
    /// <summary>All its settings.</summary>
    public static ProgramSettings Settings { get; } = new(
        "Standalone", "The game server: all of it in one process.",
        [
            .. WebOptions.Sections("http://localhost:8080"), new("GameServer", () => new DataOptions()), .. EdgeSettings.Sections,
            new("GameServer:LocalAccelerator", () => new LocalAcceleratorOptions()),
        ],
        shortNames: new Dictionary<string, string> { ["data"] = "GameServer:Data" });
}
