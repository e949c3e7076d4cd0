using System.Collections.Concurrent;
using GameServer.Game;

namespace GameServer.Edge;

/// <summary>Every open connection of this process, by number.</summary>
internal sealed class ConnectionTable : IClientConnections, IDisposable
{
    private readonly ConcurrentDictionary<long, Connection> open = new();
    private readonly string gateway;
    private readonly ITimer timer;
    private readonly TaskCompletionSource empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long lastNumber;
    private volatile bool draining;

    /// <summary>An empty table.</summary>
    public ConnectionTable(EdgeOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        gateway = options.Gateway;

        // A number is never used again, not even by the process that comes after this one: they start from the clock, with room for a
        // million connections a millisecond.
        lastNumber = (time.GetUtcNow() - new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)).Ticks / TimeSpan.TicksPerMillisecond << 20;
        timer = time.CreateTimer(_ => CutOverdue(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    /// <summary>How many there are, those being closed included.</summary>
    public int Count => open.Count;

    /// <summary>Whether this process takes no new connections any more.</summary>
    public bool Draining => draining;

    /// <summary>The connection with this address; null if it is gone or another process's.</summary>
    public Connection? Find(ConnectionId id) =>
        id.Gateway == gateway && open.TryGetValue(id.Number, out var connection) ? connection : null;

    /// <inheritdoc/>
    public void Deliver(ConnectionId connection, ClientFrame frame) => Find(connection)?.Deliver(frame);

    /// <inheritdoc/>
    public void Handled(ConnectionId connection) => Find(connection)?.Handled();

    /// <inheritdoc/>
    public void Dispose() => timer.Dispose();

    /// <summary>An address that no connection has had.</summary>
    public ConnectionId NextId() => new(gateway, Interlocked.Increment(ref lastNumber));

    public void Add(Connection connection)
    {
        open[connection.Id.Number] = connection;
        if (draining)
            CloseForDrain(connection); // It came in just before; the drain may have missed it.
    }

    public void Remove(Connection connection)
    {
        open.TryRemove(connection.Id.Number, out _);
        if (draining && open.IsEmpty)
            empty.TrySetResult();
    }

    /// <summary>From now on no connection is taken in.</summary>
    public void StopTaking() => draining = true;

    /// <summary>Closes all connections with 1001; completes when all are gone and their players' actors know.</summary>
    public Task DrainAsync()
    {
        draining = true;
        foreach (var (_, connection) in open)
            CloseForDrain(connection);
        if (open.IsEmpty)
            empty.TrySetResult();
        return empty.Task;
    }

    private static void CloseForDrain(Connection connection) =>
        connection.Close(CloseCodes.Draining, "this server is draining: reconnect", atOnce: false);

    private void CutOverdue()
    {
        foreach (var (_, connection) in open)
            connection.CutIfOverdue();
    }
}
