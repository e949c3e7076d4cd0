namespace GameServer.Game;

/// <summary>
/// What a <see cref="GatewaySession"/> wants done next. It has one task at a time, and wants no other before it was told how that went.
/// </summary>
public abstract record SessionTask
{
    private SessionTask() { }

    /// <summary>
    /// Call the player. Followed by <see cref="SessionInput.CallSucceeded"/>, <see cref="SessionInput.CallFailed"/> or
    /// <see cref="SessionInput.CallBroken"/>; after a request also by <see cref="SessionInput.NotKnown"/>, after a
    /// <see cref="CheckSession"/> by <see cref="SessionInput.Checked"/>.
    /// </summary>
    /// <param name="Message">
    /// <see cref="Connect"/>, <see cref="Request"/>, <see cref="PushWritten"/>, <see cref="CheckSession"/> or <see cref="Disconnect"/>.
    /// </param>
    /// <param name="Attachment">For a <see cref="Connect"/>: how often this connection was attached, this time included; else 0.</param>
    public sealed record Call(Message Message, int Attachment = 0) : SessionTask;

    /// <summary>Let time pass. Followed by <see cref="SessionInput.WaitOver"/>.</summary>
    /// <param name="Time">How long.</param>
    public sealed record Wait(TimeSpan Time) : SessionTask;
}
