namespace GameServer.Game;

/// <summary>A port of one registration of a battle server.</summary>
/// <param name="ServerId">The server.</param>
/// <param name="Port">Its own port.</param>
/// <param name="Epoch">The registration's epoch.</param>
public sealed record ServerPlace(string ServerId, int Port, long Epoch);
