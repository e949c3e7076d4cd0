namespace GameServer.Game;

/// <summary>
/// One WebSocket connection. The number is never used again by its gateway; in a late message it names a connection that is gone, and so
/// the message touches nothing.
/// </summary>
/// <param name="Gateway">The gateway process that holds it; empty in a single process.</param>
/// <param name="Number">Its number there.</param>
public readonly record struct ConnectionId(string Gateway, long Number);
