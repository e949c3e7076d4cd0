namespace GameServer.Game;

/// <summary>How a <see cref="GatewaySession"/> stands with its player.</summary>
public abstract record SessionPhase
{
    private SessionPhase() { }

    /// <summary>The first attachment is not confirmed. Whether the player knows of the connection is not known.</summary>
    public sealed record Opening : SessionPhase;

    /// <summary>The player knows the connection, as far as can be seen from here. Requests are handed on.</summary>
    public sealed record Attached : SessionPhase;

    /// <summary>Something is lost, or may be. The connection is attached again before anything else is handed on.</summary>
    /// <param name="Why">How that is known.</param>
    public sealed record Detached(DetachReason Why) : SessionPhase;

    /// <summary>
    /// The connection is being attached again. What is found missing meanwhile leads to <see cref="Detached"/>, which the call's success
    /// does not end: it may have been lost after the player handled the call.
    /// </summary>
    public sealed record Attaching : SessionPhase;

    /// <summary>
    /// The client was told to close the connection. Another one may be the player's by now, so nothing is handed on any more; it is only
    /// waited for that the client is gone.
    /// </summary>
    public sealed record Closed : SessionPhase;

    /// <summary>The client is gone, and the player is told so, however long that takes.</summary>
    /// <param name="Since">When that began.</param>
    public sealed record Leaving(TimeSpan Since) : SessionPhase;

    /// <summary>The player knows that the client is gone, or that was given up. Nothing happens any more.</summary>
    public sealed record Ended : SessionPhase;
}
