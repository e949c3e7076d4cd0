namespace GameServer.Game;

/// <summary>
/// The first message an actor gets when it was made from stored state. What was not saved (presence, in a cluster also the last second's
/// scores) is lost by now.
/// </summary>
/// <param name="SessionsLost">True where every client connection died with the process (one process); false in a cluster, where
/// the gateways live on and will attach their sessions again.</param>
/// <param name="ScoresLost">True if scores may be missing from the stored state, because the host saves them late.</param>
public sealed record Loaded(bool SessionsLost, bool ScoresLost) : Message;
