using System.Net;
using GameServer.Game;
using GameServer.Hosting.Listening;
using Microsoft.Extensions.Logging;

namespace GameServer.Edge;

/// <summary>
/// The sessions of version 2 whose connection has closed and that can be resumed. Their players keep a log for each, so there is a bound for
/// each address and one for all of this process: where there would be one too many, the oldest is forgotten. Who comes back to that one
/// begins a new session and is told the whole state; a place in a queue or battle is not touched.
/// </summary>
internal sealed partial class KeptSessions(IGameHost host, EdgeOptions options, TimeProvider time, ILogger<KeptSessions> log)
{
    private readonly Lock gate = new();
    private readonly LinkedList<Kept> all = [];
    private readonly Dictionary<IPAddress, LinkedList<Kept>> addresses = [];
    private readonly Dictionary<string, Kept> players = new(StringComparer.Ordinal);

    /// <summary>How many there are.</summary>
    internal int Count
    {
        get
        {
            lock (gate)
                return all.Count;
        }
    }

    /// <summary>The player has a connection again: what was kept is resumed, or over.</summary>
    public void Connected(string userId)
    {
        lock (gate)
        {
            if (players.TryGetValue(userId, out var kept))
                Remove(kept);
        }
    }

    /// <summary>A connection has closed and its player knows; completes when those that are too many are told to forget theirs.</summary>
    public async ValueTask ClosedAsync(string userId, ConnectionId connection, IPAddress? address)
    {
        foreach (var (player, last) in Add(userId, connection, ClientAddress.Counted(address)))
        {
            try
            {
                await host.TellAsync(player, new ForgetSession(last), CancellationToken.None);
            }
            catch (HostUnavailableException e)
            {
                LogNotForgotten(log, player, e.Message); // It ends by itself, after its time.
            }
        }
    }

    private List<(string UserId, ConnectionId Connection)> Add(string userId, ConnectionId connection, IPAddress address)
    {
        List<(string, ConnectionId)> tooMany = [];
        lock (gate)
        {
            if (players.TryGetValue(userId, out var older))
                Remove(older);
            while (all.First is { Value: var oldest } && time.GetElapsedTime(oldest.Since) >= host.Rules.ResumeTime)
                Remove(oldest); // Its player has forgotten it.

            if (!addresses.TryGetValue(address, out var there))
                addresses.Add(address, there = []);
            Kept kept = new(userId, connection, address, time.GetTimestamp());
            kept.InAll = all.AddLast(kept);
            kept.AtAddress = there.AddLast(kept);
            players.Add(userId, kept);
            if (options.SessionsKeptPerAddress > 0 && there.Count > options.SessionsKeptPerAddress)
                Forget(there.First!.Value);
            if (options.SessionsKept > 0 && all.Count > options.SessionsKept)
                Forget(all.First!.Value);
        }

        return tooMany;

        void Forget(Kept kept)
        {
            Remove(kept);
            tooMany.Add((kept.UserId, kept.Connection));
        }
    }

    private void Remove(Kept kept)
    {
        players.Remove(kept.UserId);
        all.Remove(kept.InAll);
        var there = addresses[kept.Address];
        there.Remove(kept.AtAddress);
        if (there.Count == 0)
            addresses.Remove(kept.Address);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{UserId} could not be told to forget its session: {Why}")]
    private static partial void LogNotForgotten(ILogger log, string userId, string why);

    private sealed class Kept(string userId, ConnectionId connection, IPAddress address, long since)
    {
        public string UserId => userId;

        public ConnectionId Connection => connection;

        public IPAddress Address => address;

        public long Since => since;

        public LinkedListNode<Kept> InAll { get; set; } = null!;

        public LinkedListNode<Kept> AtAddress { get; set; } = null!;
    }
}
