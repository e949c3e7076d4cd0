using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;

namespace GameServer.BattleServer;

/// <summary>
/// One player's TCP connection: lines of UTF-8 in both directions. Written by many, read by one.
/// </summary>
internal sealed class PlayerConnection : IDisposable
{
    /// <summary>The longest line a player may send, in bytes; a ticket is the longest there is.</summary>
    public const int MaxLine = 4096;

    /// <summary>
    /// Lines that wait to be sent. When one more comes the connection is closed: a player who does not read cannot follow the
    /// battle, and may come back with a newer ticket.
    /// </summary>
    private const int MaxWaiting = 256;

    // What is still to be said to a player who is sent away, all of it, must not keep the socket for longer.
    private static readonly TimeSpan GoodbyeTime = TimeSpan.FromSeconds(5);

    private readonly Channel<byte[]> waiting = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
    private readonly byte[] buffer = new byte[MaxLine + 1];
    private readonly Socket socket;
    private readonly ITimer cut;
    private int start;
    private int end;

    /// <summary>A connection that was just taken.</summary>
    public PlayerConnection(Socket socket, TimeProvider time)
    {
        this.socket = socket;
        cut = time.CreateTimer(_ => socket.Dispose(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Sends a line, if the connection is still there; never waits.</summary>
    public void Send(string line)
    {
        if (!waiting.Writer.TryWrite(Encoding.UTF8.GetBytes(line + "\n")))
            Close();
    }

    /// <summary>Says why, and closes once that is sent.</summary>
    public void Close(string reason)
    {
        Send(reason);
        Close();
    }

    /// <summary>Writes what is sent until the connection is closed, from here or there; then the socket is closed.</summary>
    public async Task WriteAsync()
    {
        try
        {
            await foreach (var line in waiting.Reader.ReadAllAsync())
            {
                for (var sent = 0; sent < line.Length;)
                    sent += await socket.SendAsync(line.AsMemory(sent), SocketFlags.None);
            }
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The player is gone, or did not read in time; the reader ends too, because the socket is closed now.
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>The next line, without its end; null: the connection is closed.</summary>
    /// <exception cref="LineTooLongException">The line is longer than <see cref="MaxLine"/> bytes.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async ValueTask<string?> ReadLineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var at = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
            if (at >= 0)
            {
                var line = Encoding.UTF8.GetString(buffer, start, at).TrimEnd('\r');
                start += at + 1;
                return line;
            }
            if (start > 0)
            {
                buffer.AsSpan(start, end - start).CopyTo(buffer);
                (start, end) = (0, end - start);
            }
            if (end == buffer.Length)
                throw new LineTooLongException();
            try
            {
                var count = await socket.ReceiveAsync(buffer.AsMemory(end), cancellationToken);
                if (count == 0)
                    return null;
                end += count;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return null;
            }
        }
    }

    /// <summary>Closes the socket at once.</summary>
    public void Dispose()
    {
        waiting.Writer.TryComplete();
        cut.Dispose();
        socket.Dispose();
    }

    private void Close()
    {
        if (waiting.Writer.TryComplete())
            cut.Change(GoodbyeTime, Timeout.InfiniteTimeSpan);
    }
}

/// <summary>A line is longer than allowed.</summary>
internal sealed class LineTooLongException() : Exception($"A line may have at most {PlayerConnection.MaxLine} bytes.");
