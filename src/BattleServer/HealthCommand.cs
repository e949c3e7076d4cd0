using System.Net.Sockets;
using System.Text;

namespace GameServer.BattleServer;

/// <summary>
/// The command <c>--health</c>: asks the battle server that runs beside it, set the same way, whether it lives. An image without a shell has
/// nothing else to ask with.
/// </summary>
internal static class HealthCommand
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <summary>Connects to the first port without a ticket: a server that lives says what is wrong with that.</summary>
    /// <param name="options">The settings, which are those of the server.</param>
    /// <returns>The exit code, 0: it lives, 1: it does not.</returns>
    public static async Task<int> RunAsync(BattleServerOptions options)
    {
        var asked = $"{options.Address}:{options.Ports[0]}";
        using var late = new CancellationTokenSource(Timeout);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(options.Address, options.Ports[0], late.Token);
            var stream = client.GetStream();
            await stream.WriteAsync("health\n"u8.ToArray(), late.Token);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            var answer = await reader.ReadLineAsync(late.Token);
            Console.WriteLine($"{asked} answers {answer ?? "nothing"}");
            return answer is null ? 1 : 0;
        }
        catch (Exception problem) when (problem is SocketException or IOException or OperationCanceledException)
        {
            Console.WriteLine($"{asked} does not answer: {problem.Message}");
            return 1;
        }
    }
}
