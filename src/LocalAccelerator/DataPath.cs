using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace GameServer.LocalAccelerator;

/// <summary>
/// The accelerator's ports: takes each connection and forwards it, byte for byte, to where the port is mapped. What is not allowed is
/// closed at once. A Deny refuses new connections and leaves those alone that are there. The destination sees this machine's address, not
/// the player's (the service preserves it).
/// <para>
/// A connection lasts as long as the destination wants it: when that has ended its side, the player's is given
/// <see cref="LingerTime"/>, so that who does not let go of a connection that is over keeps no place. Where nothing moves in either
/// direction for <see cref="LocalAcceleratorOptions.IdleTimeout"/> both sides are closed.
/// </para>
/// </summary>
internal sealed partial class DataPath(
    LocalAcceleratorOptions options, Func<int, IPEndPoint?> route, TimeProvider time, ILogger log) : IAsyncDisposable
{
    private const int BufferSize = 16 * 1024;
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AcceptRetryTime = TimeSpan.FromMilliseconds(100);

    private readonly Lock gate = new();
    private readonly IReadOnlyList<IPAddress> ips = [.. options.Ips.Select(IPAddress.Parse)];
    private readonly Dictionary<int, List<Socket>> listeners = [];
    private readonly Dictionary<int, int> connections = [];
    private readonly HashSet<Task> running = [];
    private readonly CancellationTokenSource stopping = new();

    /// <summary>Listens on these ports.</summary>
    /// <exception cref="LocalAcceleratorException">One cannot be opened; then none is.</exception>
    public void Open(IReadOnlyList<int> ports)
    {
        var opened = new List<int>();
        try
        {
            foreach (var port in ports)
            {
                opened.Add(port);
                foreach (var ip in ips)
                    Listen(ip, port);
            }
        }
        catch (SocketException problem)
        {
            Close(opened);
            throw LocalAcceleratorException.Ports($"Port {opened[^1]} cannot be opened on this machine: {problem.Message}");
        }
    }

    /// <summary>Stops listening on these ports. Connections that are there stay.</summary>
    public void Close(IReadOnlyList<int> ports)
    {
        lock (gate)
        {
            foreach (var port in ports)
            {
                if (listeners.Remove(port, out var sockets))
                    sockets.ForEach(s => s.Dispose());
            }
        }
    }

    /// <summary>Stops listening and cuts all connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        Task[] left;
        lock (gate)
        {
            foreach (var socket in listeners.Values.SelectMany(s => s))
                socket.Dispose();
            listeners.Clear();
            left = [.. running];
        }
        await Task.WhenAll(left);
        stopping.Dispose();
    }

    private void Listen(IPAddress ip, int port)
    {
        var socket = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(ip, port));
            socket.Listen();
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        lock (gate)
        {
            if (!listeners.TryGetValue(port, out var sockets))
                listeners[port] = sockets = [];
            sockets.Add(socket);
        }
        Track(AcceptAsync(socket, port));
    }

    private async Task AcceptAsync(Socket listener, int port)
    {
        var failing = false;
        while (true)
        {
            Socket player;
            try
            {
                player = await listener.AcceptAsync(stopping.Token);
                failing = false;
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException
                or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return;
            }
            catch (SocketException problem)
            {
                // Such as too many open files: the listener itself is well. Told once, not each time it is tried.
                if (!failing)
                    LogNotAccepted(port, problem.Message);
                failing = true;
                await Task.Delay(AcceptRetryTime, time);
                continue;
            }
            if (route(port) is { } destination && TryCount(port))
                Track(ForwardAsync(player, port, destination));
            else
                player.Dispose();
        }
    }

    /// <summary>
    /// Takes a place for one more connection, if there is one: at this port, so that one port's crowd leaves the others alone, and in all.
    /// </summary>
    private bool TryCount(int port)
    {
        lock (gate)
        {
            var here = connections.GetValueOrDefault(port);
            if (here >= options.MaxConnectionsOfPort || connections.Values.Sum() >= options.MaxConnections)
                return false;
            connections[port] = here + 1;
            return true;
        }
    }

    private async Task ForwardAsync(Socket player, int port, IPEndPoint destination)
    {
        using var server = new Socket(destination.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using (player)
        {
            var forwarding = new Forwarding(time, stopping.Token);
            try
            {
                server.NoDelay = player.NoDelay = true;
                using (var late = new CancellationTokenSource(ConnectTimeout, time))
                using (var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stopping.Token))
                    await server.ConnectAsync(destination, either.Token);
                await using (time.CreateTimer(_ => forwarding.CutIfIdle(options.IdleTimeout), null, options.IdleTimeout / 2, options.IdleTimeout / 2))
                    await Task.WhenAll(PumpAsync(player, server, forwarding, last: false), PumpAsync(server, player, forwarding, last: true));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // Nobody is there, or a side broke off: both ends are closed, as the accelerator does.
                LogBroken(destination, e.Message);
            }
            finally
            {
                forwarding.Dispose();
                lock (gate)
                    connections[port]--;
            }
        }
    }

    /// <summary>
    /// Carries one direction until its end, and then ends it on the other side; an error cuts both directions. The end of the
    /// <paramref name="last"/> one, the destination's, is that of the other too, after a moment.
    /// </summary>
    private static async Task PumpAsync(Socket from, Socket to, Forwarding forwarding, bool last)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer, forwarding.Cut)) > 0)
            {
                forwarding.Moved();
                for (var sent = 0; sent < count; forwarding.Moved())
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), forwarding.Cut);
            }
            to.Shutdown(SocketShutdown.Send);
            if (last)
                forwarding.CutAfter(LingerTime);
        }
        catch
        {
            forwarding.CutNow();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Track(Task task)
    {
        lock (gate)
            running.Add(task);
        _ = task.ContinueWith(done =>
        {
            lock (gate)
                running.Remove(done);
        }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    [LoggerMessage(LogLevel.Warning, "A connection to port {Port} could not be taken: {Problem}")]
    private partial void LogNotAccepted(int port, string problem);

    [LoggerMessage(LogLevel.Debug, "The connection to {Destination} broke: {Problem}")]
    private partial void LogBroken(IPEndPoint destination, string problem);
}
