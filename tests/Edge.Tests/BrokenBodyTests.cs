using System.Net;
using System.Net.Sockets;
using System.Text;

namespace GameServer.Edge.Tests;

/// <summary>Whatever a client does to a body is the client's fault, and no error of the server.</summary>
public sealed class BrokenBodyTests
{
    private const string Head = "POST /create_user HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

    [Theory]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nno length\r\n", 400)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nabcdefgh\r\n0\r\n\r\n", 400)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 400)]
    [InlineData("Content-Length: 40000000\r\n\r\n{", 413)]
    [InlineData("Content-Length: 5\r\n\r\n{{{{{", 400)]
    [InlineData("Content-Length: 5\r\nExpect: 100-continue\r\n\r\n{{{{{", 400)]
    public async Task It_is_answered_with_its_status_and_is_no_line_in_the_log(string sent, int status)
    {
        await using var edge = await EdgeServer.StartAsync();
        using TcpClient tcp = new();
        await tcp.ConnectAsync(IPAddress.Loopback, edge.Port);
        await using var stream = tcp.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Head + "Connection: close\r\n" + sent));

        using StreamReader answer = new(stream);
        var all = await answer.ReadToEndAsync().WaitAsync(Wait.Patience);
        Assert.Contains($"HTTP/1.1 {status} ", all, StringComparison.Ordinal);
        Assert.Empty(edge.Log.Loud);
    }

    [Theory]
    [InlineData("Content-Length: 100\r\n\r\n{")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\n{")]
    public async Task A_client_that_goes_in_the_middle_of_it_is_no_line_in_the_log(string sent)
    {
        await using var edge = await EdgeServer.StartAsync();
        for (var gone = 1; gone <= 2; gone++)
        {
            using TcpClient tcp = new();
            await tcp.ConnectAsync(IPAddress.Loopback, edge.Port);
            await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Head + sent));
            // The call has begun to read.
            await Wait.UntilAsync(() => edge.Log.Entries.Count(entry => entry.Text.Contains("Executing endpoint", StringComparison.Ordinal)) == gone);
            tcp.Client.LingerState = new(enable: gone == 2, 0); // The second time with a reset.
            tcp.Close();
            await Wait.UntilAsync(() => edge.Log.Entries.Count(entry => entry.Category == "GameServer.Edge.CallGate") == gone);
        }

        Assert.Empty(edge.Log.Loud);
    }
}
