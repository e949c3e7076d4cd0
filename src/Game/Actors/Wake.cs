namespace GameServer.Game;

/// <summary>The actor's <see cref="Actor.Due"/> has come.</summary>
public sealed record Wake : Message;
