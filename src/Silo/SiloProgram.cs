using GameServer.Ecs;
using GameServer.Grains.Abstractions;
using GameServer.Hosting;
using GameServer.Settings;

namespace GameServer.Silo;

/// <summary>What a silo can be set to.</summary>
public static class SiloProgram
{
    /// <summary>All its settings. What gateways alone read may stand beside them: one file is for both.</summary>
    public static ProgramSettings Settings { get; } = new(
        "Silo", "A silo of a cluster: it keeps the game, and gateways connect to it.",
        [
            .. WebOptions.Sections("http://localhost:8081"), .. GameSettings.Sections, .. ClusterSettings.Sections,
            new("Storage", () => new StoragePlace()), new("DynamoDB", () => new DynamoDbPlace()), new("Dashboard", () => new DashboardAccess()),
            new("GlobalAccelerator", () => new AcceleratorPlace()),
        ],
        elsewhere:
        [
            TaskAddress.Variable, "Auth", "GameServer:Edge", "GameServer:BattleServers:ApiKey", "GameServer:BattleServers:TicketKey",
            "GameServer:BattleServers:TicketLifetime",
        ]);
}
