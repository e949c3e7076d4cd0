using GameServer.Game;

namespace GameServer.Standalone.Loop;

/// <summary>
/// Which connection is a player's, and what it was given last: an actor that has to be made again in the middle of it all is attached to it
/// anew, as a gateway does. As many as there are connections; the loop's thread alone uses it.
/// </summary>
internal sealed class LiveConnections
{
    private readonly Dictionary<string, Live> byPlayer = [];
    private readonly Dictionary<ConnectionId, Live> byConnection = [];

    /// <summary>A message from the edge was handled, or refused.</summary>
    public void Note(string player, Message message)
    {
        switch (message)
        {
            case Connect connect:
                if (byPlayer.Remove(player, out var old))
                    byConnection.Remove(old.Connect.Connection);
                var live = new Live(connect) { LastSeq = connect.LastSeq };
                byPlayer.Add(player, live);
                byConnection[connect.Connection] = live;
                break;
            case Disconnect disconnect when byConnection.Remove(disconnect.Connection):
                byPlayer.Remove(player);
                break;
        }
    }

    /// <summary>A push goes out.</summary>
    public void Note(ConnectionId connection, PushFrame push)
    {
        if (byConnection.TryGetValue(connection, out var live))
            live.LastSeq = push.Seq;
    }

    /// <summary>What attaches a player's connection to its actor again; null: the player has none.</summary>
    public Connect? Attachment(string player) => byPlayer.TryGetValue(player, out var live)
        ? live.Connect with { Resume = null, LastSeq = live.LastSeq, LastScore = null, Again = true } : null;

    private sealed class Live(Connect connect)
    {
        public Connect Connect { get; } = connect;

        public long? LastSeq { get; set; }
    }
}
