using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace GameServer.LocalAccelerator;

/// <summary>
/// The accelerator's ports: takes each connection and forwards it, byte for byte, to where the port is mapped. What is not allowed is
/// closed at once. A Deny refuses new connections and leaves those alone that are there. The destination sees this machine's address, not
/// the player's (the service preserves it).
/// </summary>
internal sealed partial class DataPath(
    IReadOnlyList<IPAddress> ips, int maxConnections, Func<int, IPEndPoint?> route, ILogger log) : IAsyncDisposable
{
    private const int BufferSize = 16 * 1024;
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly Dictionary<int, List<Socket>> listeners = [];
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
        while (true)
        {
            Socket player;
            try
            {
                player = await listener.AcceptAsync(stopping.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException
                or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return;
            }
            catch (SocketException problem)
            {
                // Such as too many open files: the listener itself is well.
                LogNotAccepted(port, problem.Message);
                await Task.Delay(100);
                continue;
            }
            // The accept loops are tasks too: a loop for each listening socket.
            if (route(port) is { } destination && Connections < maxConnections)
                Track(ForwardAsync(player, destination));
            else
                player.Dispose();
        }
    }

    private int Connections
    {
        get
        {
            lock (gate)
                return running.Count - listeners.Values.Sum(s => s.Count);
        }
    }

    private async Task ForwardAsync(Socket player, IPEndPoint destination)
    {
        using var server = new Socket(destination.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (player)
        using (var cut = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token))
        {
            player.NoDelay = true;
            try
            {
                using (var late = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token))
                {
                    late.CancelAfter(ConnectTimeout);
                    await server.ConnectAsync(destination, late.Token);
                }
                await Task.WhenAll(PumpAsync(player, server, cut), PumpAsync(server, player, cut));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // Nobody is there, or a side broke off: both ends are closed, which is all the accelerator could say either.
                LogBroken(destination, e.Message);
            }
        }
    }

    /// <summary>Carries one direction until its end, and then ends it on the other side; an error cuts both directions.</summary>
    private static async Task PumpAsync(Socket from, Socket to, CancellationTokenSource cut)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer, cut.Token)) > 0)
            {
                for (var sent = 0; sent < count;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), cut.Token);
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch
        {
            await cut.CancelAsync();
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
