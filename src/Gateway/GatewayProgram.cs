using GameServer.Edge;
using GameServer.Grains.Abstractions;
using GameServer.Hosting;
using GameServer.Settings;

namespace GameServer.Gateway;

/// <summary>What a gateway can be set to.</summary>
public static class GatewayProgram
{
    /// <summary>All its settings.</summary>
    public static ProgramSettings Settings { get; } = new(
        "Gateway", "A gateway of a cluster: players connect to it, and the silos keep the game.",
        [.. WebOptions.Sections("http://localhost:8080"), .. EdgeSettings.Sections, .. ClusterSettings.Sections]);
}
