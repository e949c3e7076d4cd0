namespace GameServer.Game;

/// <summary>What a <see cref="GatewaySession"/> is told.</summary>
public abstract record SessionInput
{
    private SessionInput() { }

    /// <summary>The client's connection is open. The first input, once.</summary>
    public sealed record Opened : SessionInput;

    /// <summary>
    /// The client asks for something (<see cref="Request"/>), or a push that asked for it went out to its socket
    /// (<see cref="PushWritten"/>). The host hands in at most <see cref="GatewaySession.MostWaiting"/> that the session has not yet taken.
    /// </summary>
    /// <param name="Message">The message for the player.</param>
    public sealed record FromClient(Message Message) : SessionInput;

    /// <summary>The client's connection is closed. Nothing comes from the client after it.</summary>
    public sealed record ClientGone : SessionInput;

    /// <summary>A frame for the client has come from the player.</summary>
    /// <param name="Frame">The frame.</param>
    /// <param name="Start">The number of the last push before the player's session began.</param>
    /// <param name="Order">
    /// Its place among the frames of one attachment: the attachment's number in the upper half, 1, 2, 3 … in the lower. 0: it has none.
    /// </param>
    public sealed record FrameArrived(ClientFrame Frame, long Start, long Order) : SessionInput;

    /// <summary>
    /// The time of <see cref="SessionOutputs.LookAt"/> has come, or the cluster has changed, or some time has passed: is all well?
    /// </summary>
    public sealed record Look : SessionInput;

    /// <summary>The time of a <see cref="SessionTask.Wait"/> is over.</summary>
    public sealed record WaitOver : SessionInput;

    /// <summary>The player has handled the call.</summary>
    public sealed record CallSucceeded : SessionInput;

    /// <summary>The player has answered a <see cref="CheckSession"/>.</summary>
    /// <param name="Status">The answer.</param>
    public sealed record Checked(SessionStatus Status) : SessionInput;

    /// <summary>
    /// The player has done nothing with the request: it was loaded anew and does not know where to send what would come of it.
    /// </summary>
    public sealed record NotKnown : SessionInput;

    /// <summary>The call failed and is worth another try. It may have been handled all the same.</summary>
    public sealed record CallFailed : SessionInput;

    /// <summary>The call failed for a reason that another try does not mend.</summary>
    public sealed record CallBroken : SessionInput;

    /// <summary>Too many sessions linger (<see cref="SessionOutputs.Lingers"/>): this one gives up telling its player.</summary>
    public sealed record LingeringRefused : SessionInput;
}
