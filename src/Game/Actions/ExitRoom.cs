namespace GameServer.Game;

/// <summary>Leave the queue, or die and leave the battle.</summary>
public sealed record ExitRoom() : ClientAction("exitroom");
