namespace GameServer.Game;

/// <summary>A frame on its way to one connection.</summary>
/// <param name="Connection">The receiver.</param>
/// <param name="Frame">The frame.</param>
public readonly record struct ClientEnvelope(ConnectionId Connection, ClientFrame Frame);
