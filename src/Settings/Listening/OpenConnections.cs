using System.Net;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GameServer.Settings.Listening;

/// <summary>
/// Every TCP connection that the program has accepted, of all its listeners. One too many is refused at once and costs nothing but that: it
/// is closed before anything is read.
/// </summary>
internal sealed partial class OpenConnections
{
    // A flood is told in one line, and then in one a minute.
    private static readonly TimeSpan BetweenLines = TimeSpan.FromMinutes(1);

    private readonly TimeProvider time;
    private readonly ILogger<OpenConnections> log;
    private readonly Lock gate = new();
    private readonly HashSet<CountedConnection> open = [];
    private readonly Dictionary<IPAddress, int> byAddress = [];
    private long refused;
    private long? toldAt;

    /// <summary>None yet.</summary>
    /// <exception cref="SettingsException">The process may not open as many files as it needs to serve anybody.</exception>
    public OpenConnections(IOptions<ListeningOptions> options, TimeProvider time, ILogger<OpenConnections> log)
    {
        this.time = time;
        this.log = log;
        Max = options.Value.Max > 0 ? options.Value.Max : FileDescriptors.RoomForConnections() ?? int.MaxValue;
        if (Max < 2)
        {
            throw new SettingsException(
                "This process may open so few files that there is room for no connection; raise the limit (ulimit -n, LimitNOFILE) to 1024 or more.");
        }

        MaxPerAddress = options.Value.MaxPerAddress > 0 ? options.Value.MaxPerAddress : Max / 2;
    }

    /// <summary>How many there may be.</summary>
    public int Max { get; }

    /// <summary>How many of them one address may have.</summary>
    public int MaxPerAddress { get; }

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (gate)
                return open.Count;
        }
    }

    /// <summary>Takes a connection in; null if there is no room for it. It makes room when it is disposed of.</summary>
    public ConnectionContext? TryAdd(ConnectionContext connection)
    {
        var address = ClientAddress.Counted((connection.RemoteEndPoint as IPEndPoint)?.Address);
        int mine, all;
        lock (gate)
        {
            all = open.Count;
            ref var held = ref CollectionsMarshal.GetValueRefOrAddDefault(byAddress, address, out _);
            mine = held;
            if (all < Max && mine < MaxPerAddress)
            {
                held++;
                CountedConnection counted = new(connection, this, address);
                open.Add(counted);
                return counted;
            }

            if (mine == 0)
                byAddress.Remove(address);
            refused++;
            if (toldAt is { } last && time.GetElapsedTime(last) < BetweenLines)
                return null;
            toldAt = time.GetTimestamp();
        }

        LogRefused(log, address, all, Max, mine, MaxPerAddress, Interlocked.Read(ref refused));
        return null;
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

    private void Remove(CountedConnection connection)
    {
        lock (gate)
        {
            if (!open.Remove(connection))
                return;
            ref var held = ref CollectionsMarshal.GetValueRefOrAddDefault(byAddress, connection.Address, out _);
            if (--held == 0)
                byAddress.Remove(connection.Address);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Refused a connection from {Address}: {All} of {Max} are open, {Mine} of {MaxPerAddress} from there. {Refused} were refused since the start.")]
    private static partial void LogRefused(ILogger log, IPAddress address, int all, int max, int mine, int maxPerAddress, long refused);

    [LoggerMessage(Level = LogLevel.Information, Message = "Cut {Count} connections: {Why}")]
    private static partial void LogCut(ILogger log, int count, string why);

    /// <summary>A connection that counts until it is disposed of: only then is its descriptor free again.</summary>
    private sealed class CountedConnection(ConnectionContext inner, OpenConnections all, IPAddress address) : ForwardedConnection(inner)
    {
        public IPAddress Address => address;

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
