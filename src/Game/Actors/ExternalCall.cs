namespace GameServer.Game;

/// <summary>
/// Something an actor needs from outside; the host carries it out after the state is safe and sends the answer, a message, to the
/// actor that asked. It may fail or be lost: the actor asks again when its time comes.
/// </summary>
public abstract record ExternalCall;
