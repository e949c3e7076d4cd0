namespace GameServer.Game;

/// <summary>A message on its way from one actor to another.</summary>
/// <param name="To">The receiver.</param>
/// <param name="Message">The message.</param>
/// <param name="Durable">Delivered at least once, whatever crashes; otherwise at most once is enough.</param>
public readonly record struct Envelope(ActorId To, Message Message, bool Durable);
