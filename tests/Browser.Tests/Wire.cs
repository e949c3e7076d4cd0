using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace GameServer.Browser.Tests;

/// <summary>The network between one browser and the server, with a pair of scissors.</summary>
public sealed class Wire : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource closed = new();
    private readonly Lock gate = new();
    private readonly HashSet<TcpClient> ends = [];
    private readonly int serverPort;
    private readonly Task accepting;
    private TaskCompletionSource flowing = Flowing();
    private bool cut;

    public Wire(int serverPort)
    {
        this.serverPort = serverPort;
        listener.Start();
        Address = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/"));
        accepting = AcceptAsync();
    }

    /// <summary>The server's address through this wire.</summary>
    public Uri Address { get; }

    /// <summary>Cuts all connections, and every new one until <see cref="Mend"/>.</summary>
    public void Cut()
    {
        lock (gate)
        {
            cut = true;
            foreach (var end in ends)
                end.Client.Close(0);
        }
    }

    /// <summary>Swallows nothing and delivers nothing until <see cref="Mend"/>, as a dead network does: connections stay, and are silent.</summary>
    public void Stall()
    {
        lock (gate)
            flowing = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Lets everything through again.</summary>
    public void Mend()
    {
        lock (gate)
        {
            cut = false;
            flowing.TrySetResult();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Cut();
        await closed.CancelAsync();
        Mend();
        listener.Stop();
        await accepting;
        closed.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!closed.IsCancellationRequested)
        {
            TcpClient near;
            try
            {
                near = await listener.AcceptTcpClientAsync(closed.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                return; // Disposed of.
            }

            _ = CarryAsync(near);
        }
    }

    private async Task CarryAsync(TcpClient near)
    {
        using TcpClient far = new();
        using (near)
        {
            try
            {
                if (!Hold(near, far))
                    return;
                await far.ConnectAsync(IPAddress.Loopback, serverPort, closed.Token);
                var (here, there) = (near.GetStream(), far.GetStream());
                await Task.WhenAny(CopyAsync(here, there), CopyAsync(there, here));
            }
            catch (Exception e) when (e is SocketException or IOException or OperationCanceledException or InvalidOperationException)
            {
                // An end is gone, or the wire was cut: so is the other.
            }
            finally
            {
                lock (gate)
                {
                    ends.Remove(near);
                    ends.Remove(far);
                }
            }
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[16384];
        while (await from.ReadAsync(buffer, closed.Token) is var read and > 0)
        {
            Task flows;
            lock (gate)
                flows = flowing.Task;
            await flows;
            await to.WriteAsync(buffer.AsMemory(0, read), closed.Token);
        }
    }

    private static TaskCompletionSource Flowing()
    {
        TaskCompletionSource flowing = new(TaskCreationOptions.RunContinuationsAsynchronously);
        flowing.SetResult();
        return flowing;
    }

    private bool Hold(TcpClient near, TcpClient far)
    {
        lock (gate)
        {
            if (cut)
            {
                near.Client.Close(0);
                return false;
            }

            ends.Add(near);
            ends.Add(far);
            return true;
        }
    }
}
