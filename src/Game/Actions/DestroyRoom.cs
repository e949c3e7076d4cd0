namespace GameServer.Game;

/// <summary>Destroy the waiting room one owns.</summary>
public sealed record DestroyRoom() : ClientAction("destroyroom");
