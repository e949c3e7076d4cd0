using GameServer.Settings;

namespace GameServer.BattleServer;

/// <summary>What a battle server can be set to.</summary>
public static class BattleServerProgram
{
    /// <summary>All its settings.</summary>
    public static ProgramSettings Settings { get; } = new(
        "BattleServer",
        """
        A battle server: several ports, one battle on each at a time. A player's first line is the ticket; then every line goes to all players
        in capitals. Who says quit has lost; the last one has won, the registry is told, and the battle is settled with it.
        """,
        [new("", () => new BattleServerOptions())], "BATTLE_SERVER_");
}
