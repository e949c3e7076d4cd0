namespace GameServer.Game;

/// <summary>
/// What an actor can be told. The messages of each actor stand in its folder, in one file. Each carries what makes it harmless when it
/// comes twice or late: a join id, a battle id, a tag, a lease epoch.
/// </summary>
public abstract record Message;

/// <summary>A message whose handler answers with <see cref="Effects.Reply"/>.</summary>
/// <typeparam name="TAnswer">What the answer is.</typeparam>
public interface IQuestion<TAnswer>;

/// <summary>
/// The first message an actor gets when it was made from stored state. What was not saved (presence, in a cluster also the last second's
/// scores) is lost by now.
/// </summary>
/// <param name="SessionsLost">True where every client connection died with the process (one process); false in a cluster, where
/// the gateways live on and will attach their sessions again.</param>
/// <param name="ScoresLost">True if scores may be missing from the stored state, because the host saves them late.</param>
public sealed record Loaded(bool SessionsLost, bool ScoresLost) : Message;

/// <summary>The actor's <see cref="Actor.Due"/> has come.</summary>
public sealed record Wake : Message;

/// <summary>
/// Something an actor needs from outside; the host carries it out after the state is safe and sends the answer, a message, to the
/// actor that asked. It may fail or be lost: the actor asks again when its time comes.
/// </summary>
public abstract record ExternalCall;
