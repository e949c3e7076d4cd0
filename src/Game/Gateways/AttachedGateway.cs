namespace GameServer.Game;

/// <summary>A gateway as it has attached a connection, and the order of what that is sent.</summary>
/// <typeparam name="TGateway">How a gateway is reached.</typeparam>
/// <param name="connection">The connection.</param>
/// <param name="gateway">How its gateway is reached.</param>
/// <param name="attachment">How often the connection was attached, this time included.</param>
public sealed class AttachedGateway<TGateway>(ConnectionId connection, TGateway gateway, int attachment)
{
    private long order = (long)attachment << 32;

    /// <summary>The connection.</summary>
    public ConnectionId Connection => connection;

    /// <summary>How its gateway is reached.</summary>
    public TGateway Gateway => gateway;

    /// <summary>How often the connection was attached, this time included.</summary>
    public int Attachment => attachment;

    /// <summary>
    /// The place of the next frame, see <see cref="SessionInput.FrameArrived"/>. Another connection of the same gateway, an older one, has
    /// no order.
    /// </summary>
    /// <param name="to">Where the frame goes.</param>
    public long NextOrder(ConnectionId to) => to == connection ? ++order : 0;
}
