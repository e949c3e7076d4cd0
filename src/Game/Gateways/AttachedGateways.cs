namespace GameServer.Game;

/// <summary>
/// The gateways that a player's frames go to: those of its last two connections, the one that holds the session and the one it was taken
/// from, which has a socket to close. Not stored: a gateway attaches its connections again when the player was loaded anew.
/// </summary>
/// <typeparam name="TGateway">How a gateway is reached.</typeparam>
public sealed class AttachedGateways<TGateway>
{
    private const int Most = 2;

    private readonly List<AttachedGateway<TGateway>> gateways = [];

    /// <summary>All of them, each with the connection it attached last.</summary>
    public IReadOnlyList<AttachedGateway<TGateway>> All => gateways;

    /// <summary>A gateway attaches a connection.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="gateway">How its gateway is reached.</param>
    /// <param name="attachment">How often it was attached, this time included.</param>
    public void Attach(ConnectionId connection, TGateway gateway, int attachment)
    {
        if (Find(connection) is { } known && known.Connection == connection && known.Attachment > attachment)
            return; // A call that was given up comes late: its gateway counts on by the newer one.
        gateways.RemoveAll(g => g.Connection.Gateway == connection.Gateway);
        gateways.Add(new(connection, gateway, attachment));
        if (gateways.Count > Most)
            gateways.RemoveAt(0);
    }

    /// <summary>The gateway of this connection; null: it is not known, and what came of a request could not be told.</summary>
    public AttachedGateway<TGateway>? Find(ConnectionId connection) => gateways.Find(g => g.Connection.Gateway == connection.Gateway);

    /// <summary>The player was loaded anew.</summary>
    public void Clear() => gateways.Clear();
}
