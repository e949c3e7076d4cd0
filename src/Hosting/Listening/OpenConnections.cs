using System.Net;
using GameServer.Settings;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace GameServer.Hosting.Listening;

/// <summary>
/// Every TCP connection that the program has accepted, of all its listeners.
/// <para>
/// Overflow policy. When there is no room for one more, of its address or at all, the oldest that has no request under way makes room: one
/// that has only been opened, or has sent half a request, or waits for the next. So those who hold connections and do nothing shut nobody
/// out, not even others of their address. Where all are in use, WebSockets above all, the new one is closed before anything is read of it.
/// </para>
/// </summary>
internal sealed partial class OpenConnections
{
    /// <summary>Connections that are being closed and still have their descriptors, at most; out of what is kept in reserve.</summary>
    private const int MostClosing = 8;

    // A flood is told in one line, and then in one a minute.
    private static readonly TimeSpan BetweenLines = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    private readonly ListeningOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<OpenConnections> log;
    private readonly int? descriptors = FileDescriptors.Limit();
    private readonly Lock gate = new();
    private readonly Dictionary<IPAddress, Share> addresses = [];
    private readonly HashSet<CountedConnection> open = [];
    private readonly LinkedList<CountedConnection> idle = []; // The one that is longest so comes first.
    private TaskCompletionSource? oneClosed; // Who waits for that, if anybody.
    private int closing;
    private int max;
    private long lookedAt;
    private long? toldAt;
    private long turnedAway;

    /// <summary>None yet.</summary>
    /// <exception cref="SettingsException">The process may not open as many files as it needs to serve anybody.</exception>
    public OpenConnections(ListeningOptions options, TimeProvider time, ILogger<OpenConnections> log)
    {
        this.options = options;
        this.time = time;
        this.log = log;
        if (descriptors < FileDescriptors.Least)
        {
            throw new SettingsException(
                $"This process may have {descriptors} files open; it needs {FileDescriptors.Least}, and one more for each connection (ulimit -n, LimitNOFILE).");
        }

        Look();
    }

    /// <summary>How many there are, those that are being closed included.</summary>
    public int Count
    {
        get
        {
            lock (gate)
                return open.Count;
        }
    }

    /// <summary>
    /// Takes a connection in; null if there is no room for it. It makes room when it is disposed of. Waits while too many are being closed:
    /// those not accepted yet cost the process nothing.
    /// </summary>
    public async ValueTask<ConnectionContext?> AddAsync(ConnectionContext connection)
    {
        while (true)
        {
            Task closed;
            lock (gate)
            {
                if (closing < MostClosing)
                    break;
                closed = (oneClosed ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await closed;
        }

        return TryAdd(connection);
    }

    private CountedConnection? TryAdd(ConnectionContext connection)
    {
        var address = ClientAddress.Counted((connection.RemoteEndPoint as IPEndPoint)?.Address);
        CountedConnection? added = null, evicted = null;
        bool tell;
        (int All, int Max, int Mine, int MaxMine, long Away) told;
        lock (gate)
        {
            if (time.GetElapsedTime(lookedAt) >= BetweenLooks)
                Look();
            var maxMine = options.MaxPerAddress > 0 ? options.MaxPerAddress : Math.Max(max / 2, 1);
            var share = addresses.GetValueOrDefault(address) ?? new();
            told = (open.Count - closing, max, share.Open, maxMine, 0);
            var full = share.Open >= maxMine ? share.Idle : open.Count - closing >= max ? idle : null;
            if (full is not null)
            {
                evicted = full.First?.Value;
                if (evicted is not null)
                    Close(evicted);
            }

            if (full is null || evicted is not null)
            {
                addresses[address] = share; // It is gone if the one that gave way was its last.
                share.Open++;
                added = new(connection, this, address, share);
                open.Add(added);
                BecomeIdle(added);
            }

            tell = full is not null && (toldAt is not { } last || time.GetElapsedTime(last) >= BetweenLines);
            if (full is not null)
                told.Away = ++turnedAway;
            if (tell)
                toldAt = time.GetTimestamp();
        }

        if (tell)
            LogFull(log, address, told.All, told.Max, told.Mine, told.MaxMine, told.Away);
        evicted?.Abort(new ConnectionAbortedException("Its place was needed: it had no request under way."));
        return added;
    }

    /// <summary>A request has come on this connection.</summary>
    public void Begin(CountedConnection connection)
    {
        lock (gate)
        {
            if (connection.Requests++ == 0)
                NoLongerIdle(connection);
        }
    }

    /// <summary>A request of this connection has ended; a WebSocket has been one for all of its life.</summary>
    public void End(CountedConnection connection)
    {
        lock (gate)
        {
            if (--connection.Requests == 0 && connection.Counted)
                BecomeIdle(connection);
        }
    }

    /// <summary>Cuts all there are.</summary>
    public void Abort(string why)
    {
        CountedConnection[] left;
        lock (gate)
            left = [.. open];
        if (left.Length > 0)
            LogCut(log, left.Length, why);
        foreach (var connection in left)
            connection.Abort(new ConnectionAbortedException(why));
    }

    // What else is open changes, most of all after the start: code is loaded when it is first needed, and its files stay open.
    private void Look()
    {
        var room = descriptors is { } limit ? FileDescriptors.Room(limit, FileDescriptors.Open() - open.Count) : int.MaxValue;
        max = options.Max > 0 ? Math.Min(options.Max, room) : room;
        lookedAt = time.GetTimestamp();
    }

    private void BecomeIdle(CountedConnection connection)
    {
        idle.AddLast(connection.InAll);
        connection.Share.Idle.AddLast(connection.InShare);
    }

    private void NoLongerIdle(CountedConnection connection)
    {
        if (connection.InAll.List is null)
            return;
        idle.Remove(connection.InAll);
        connection.Share.Idle.Remove(connection.InShare);
    }

    // From here on its place is another's, but for its descriptor.
    private void Close(CountedConnection connection)
    {
        NoLongerIdle(connection);
        connection.Counted = false;
        closing++;
        if (--connection.Share.Open == 0)
            addresses.Remove(connection.Address);
    }

    private void Remove(CountedConnection connection)
    {
        lock (gate)
        {
            if (!open.Remove(connection))
                return;
            if (connection.Counted)
                Close(connection);
            closing--;
            oneClosed?.TrySetResult();
            oneClosed = null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Too many connections, the last from {Address}: {All} of {Max} are open, {Mine} of {MaxMine} from there. {Away} had to give way or were refused so far.")]
    private static partial void LogFull(ILogger log, IPAddress address, int all, int max, int mine, int maxMine, long away);

    [LoggerMessage(Level = LogLevel.Information, Message = "Cut {Count} connections: {Why}")]
    private static partial void LogCut(ILogger log, int count, string why);

    /// <summary>The connections of one address.</summary>
    internal sealed class Share
    {
        public LinkedList<CountedConnection> Idle { get; } = [];

        public int Open { get; set; }
    }

    /// <summary>A connection that counts until it is disposed of: only then is its descriptor free again.</summary>
    internal sealed class CountedConnection : ForwardedConnection
    {
        private static readonly object Key = new();

        private readonly OpenConnections all;

        public CountedConnection(ConnectionContext inner, OpenConnections all, IPAddress address, Share share) : base(inner)
        {
            (this.all, Address, Share) = (all, address, share);
            (InAll, InShare) = (new(this), new(this));
            Items[Key] = this;
        }

        public IPAddress Address { get; }

        public Share Share { get; }

        /// <summary>Its places among the idle ones; in no list while a request is under way.</summary>
        public LinkedListNode<CountedConnection> InAll { get; }

        /// <inheritdoc cref="InAll"/>
        public LinkedListNode<CountedConnection> InShare { get; }

        /// <summary>Requests under way.</summary>
        public int Requests { get; set; }

        /// <summary>Whether it still has its place.</summary>
        public bool Counted { get; set; } = true;

        /// <summary>The one with these items.</summary>
        public static CountedConnection? Of(IDictionary<object, object?>? items) =>
            items is not null && items.TryGetValue(Key, out var found) ? (CountedConnection?)found : null;

        public override async ValueTask DisposeAsync()
        {
            try
            {
                await base.DisposeAsync();
            }
            finally
            {
                all.Remove(this);
            }
        }
    }
}
