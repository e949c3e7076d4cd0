namespace GameServer.Game;

/// <summary>An action of a newer version: a gateway that was upgraded before this silo knows it. Refused.</summary>
/// <param name="Name">Its name on the wire.</param>
public sealed record UnknownAction(string Name) : ClientAction(Name);
