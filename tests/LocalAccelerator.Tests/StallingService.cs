using System.Net;
using System.Net.Sockets;
using System.Text;

namespace GameServer.LocalAccelerator.Tests;

/// <summary>A service that takes each call, says at most the beginning of an answer, and then nothing more.</summary>
internal sealed class StallingService : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly TaskCompletionSource called = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<TcpClient> clients = [];
    private int calls;

    public StallingService(string answer)
    {
        listener.Start();
        Address = new($"http://{listener.LocalEndpoint}/");
        _ = TakeAsync(Encoding.ASCII.GetBytes(answer));
    }

    public Uri Address { get; }

    /// <summary>How many calls have come.</summary>
    public int Calls => Volatile.Read(ref calls);

    /// <summary>Done when the first call has come.</summary>
    public Task Called => called.Task;

    public void Dispose()
    {
        listener.Dispose();
        lock (clients)
            clients.ForEach(client => client.Dispose());
    }

    private async Task TakeAsync(byte[] answer)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync();
                lock (clients)
                    clients.Add(client);
                await client.GetStream().ReadExactlyAsync(new byte[4]);
                Interlocked.Increment(ref calls);
                await client.GetStream().WriteAsync(answer);
                called.TrySetResult();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            // Disposed of.
        }
    }
}
