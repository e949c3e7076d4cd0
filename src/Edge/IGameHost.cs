using GameServer.Game;

namespace GameServer.Edge;

/// <summary>What the edge needs of the host that runs the actors.</summary>
public interface IGameHost
{
    /// <summary>The rules the host runs by.</summary>
    GameRules Rules { get; }

    /// <summary>Whether the host can serve now; false while it starts or drains.</summary>
    bool Ready { get; }

    /// <summary>
    /// Hands a message to a player's actor: <see cref="Connect"/>, <see cref="Disconnect"/>, <see cref="Request"/>,
    /// <see cref="PushWritten"/> or <see cref="ForgetSession"/>. Messages of one caller that awaits each call arrive in that order. Completes
    /// when the host has taken the message, not when it was handled (for a request that is told by <see cref="IClientConnections.Handled"/>,
    /// always and once); waits while the host's bounded inbox is full, which in turn stops the caller reading its socket.
    /// </summary>
    /// <exception cref="HostUnavailableException">The host cannot take it; the client should be told <c>unavailable</c>.</exception>
    ValueTask TellAsync(string userId, Message message, CancellationToken cancellationToken);

    /// <summary>Asks an actor a question; completes when the answer and what it rests on are safe.</summary>
    /// <exception cref="HostUnavailableException">No answer came; whether the question took effect is not known.</exception>
    ValueTask<TAnswer> AskAsync<TAnswer>(ActorId to, Question<TAnswer> question, CancellationToken cancellationToken);

    /// <summary>
    /// The host's counts for <c>/stats</c>, by name in snake_case: <c>waiting</c>, <c>battles</c>, counters of events, latencies in ms.
    /// </summary>
    ValueTask<IReadOnlyDictionary<string, double>> StatsAsync(CancellationToken cancellationToken);
}

/// <summary>The edge as the host sees it: where frames for clients go.</summary>
public interface IClientConnections
{
    /// <summary>
    /// Puts a frame into the connection's queue; never blocks and never throws. A connection that is gone swallows it: the player's log
    /// keeps what matters.
    /// </summary>
    void Deliver(ConnectionId connection, ClientFrame frame);

    /// <summary>
    /// A <see cref="Request"/> of this connection has been handled, or refused: what it causes for its own connection was delivered, or will
    /// be soon. The connection is read on, which it is not while the host has many of its requests. Never blocks and never throws.
    /// </summary>
    void Handled(ConnectionId connection);
}

/// <summary>The host cannot serve a message now.</summary>
public sealed class HostUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
