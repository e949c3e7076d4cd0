using System.Net;
using System.Net.Sockets;
using System.Text;

namespace GameServer.Standalone.Tests;

/// <summary>TCP connections of strangers, who have more of them than the program has room for.</summary>
public sealed class ConnectionBoundTests : IDisposable
{
    private const string Upgrade = "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    private const string Live = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private readonly List<Socket> sockets = [];

    public void Dispose() => sockets.ForEach(socket => socket.Dispose());

    [Theory]
    [InlineData("")]
    [InlineData("GET /stats HTTP/1.1\r\nX-Half: ")]
    [InlineData(Live)]
    public async Task More_connections_than_descriptors_shut_nobody_out_and_are_one_line_in_the_log(string sent)
    {
        using var server = await ServerProcess.StartWithDescriptorsAsync(512, "none");
        foreach (var address in (string[])["127.0.0.2", "127.0.0.3", "127.0.0.4"])
        {
            for (var i = 0; i < 150; i++)
                await OpenAsync(server, address, sent);
        }

        Assert.Equal(200, await LiveAsync(server));
        Assert.Equal(101, await StatusAsync(await OpenAsync(server, "127.0.0.1", Upgrade)));
        Assert.Equal(101, await StatusAsync(await OpenAsync(server, "127.0.0.2", Upgrade)));

        var (exitCode, output) = await server.StopAsync();
        Assert.Equal(0, exitCode);
        Assert.Equal(2, output.Split("Too many connections").Length);
    }

    [Fact]
    public async Task Connections_in_use_are_kept_and_one_address_cannot_have_them_all()
    {
        using var server = await ServerProcess.StartAsync("none", "--GameServer:Connections:Max=4", "--GameServer:Connections:MaxPerAddress=3");
        for (var i = 0; i < 3; i++)
            Assert.Equal(101, await StatusAsync(await OpenAsync(server, "127.0.0.2", Upgrade)));

        Assert.Equal(0, await StatusAsync(await OpenAsync(server, "127.0.0.2", Upgrade)));
        var other = await OpenAsync(server, "127.0.0.3", Upgrade);
        Assert.Equal(101, await StatusAsync(other));
        Assert.Equal(0, await StatusAsync(await OpenAsync(server, "127.0.0.4", Upgrade)));

        other.Dispose();
        var status = 0;
        while (status == 0)
            status = await StatusAsync(await OpenAsync(server, "127.0.0.4", Upgrade));
        Assert.Equal(101, status);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("GET /stats HTTP/1.1\r\nX-Half: ", 408)]
    public async Task Who_sends_no_whole_request_is_cut_after_a_short_time(string sent, int status)
    {
        using var server = await ServerProcess.StartAsync(
            "none", "--GameServer:Connections:IdleTimeout=1", "--GameServer:Connections:RequestTimeout=1");
        Assert.Equal(status, await StatusAsync(await OpenAsync(server, "127.0.0.1", sent)));
    }

    /// <summary>What health says, at the latest when it is asked again: a connection may come at the moment in which places are being made.</summary>
    private static async Task<int> LiveAsync(ServerProcess server)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return (await server.GetAsync("/health/live")).Status;
            }
            catch (HttpRequestException) when (tries < 5)
            {
                // Again.
            }
        }
    }

    private async Task<Socket> OpenAsync(ServerProcess server, string from, string sent)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        sockets.Add(socket);
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        try
        {
            await socket.ConnectAsync(server.Address.Host, server.Address.Port).WaitAsync(LoopFixture.Patience);
            await socket.SendAsync(Encoding.ASCII.GetBytes(sent));
        }
        catch (SocketException)
        {
            // Refused already.
        }

        return socket;
    }

    /// <summary>The status of the first answer; 0: the connection was closed without one.</summary>
    private static async Task<int> StatusAsync(Socket socket)
    {
        var buffer = new byte[4096];
        try
        {
            var length = await socket.ReceiveAsync(buffer).WaitAsync(LoopFixture.Patience);
            return length == 0 ? 0 : int.Parse(Encoding.ASCII.GetString(buffer, 0, length).Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}
