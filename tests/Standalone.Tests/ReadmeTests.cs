using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using GameServer.Behaviour;

namespace GameServer.Standalone.Tests;

/// <summary>What the README says to type, typed: the commands as they stand there, only with ports of this test's own.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public async Task The_block_on_battle_servers_brings_two_players_to_a_battle_server_whose_result_counts()
    {
        var (game, outside) = (FreePort(), ServerProcess.AcceleratorPorts());
        var script = BlockUnder("## Battle servers")
            .Replace("dotnet build src/Standalone && dotnet build src/BattleServer\n", "", StringComparison.Ordinal) // Done before the tests.
            .Replace("GameServer.Standalone ", $"GameServer.Standalone --data none --urls http://127.0.0.1:{game} ", StringComparison.Ordinal)
            .Replace("--registry http://localhost:8080 ", $"--registry http://localhost:{game} ", StringComparison.Ordinal)
            .Replace("8080,8081", $"{outside},{outside + 1}", StringComparison.Ordinal);
        using var terminal = Process.Start(new ProcessStartInfo("bash", ["-c", script + "\nwait"])
        {
            WorkingDirectory = Root,
            Environment =
            {
                ["GameServer__LocalAccelerator__ListenerPorts"] = $"{outside}-{outside + 63}",
                ["GameServer__LocalAccelerator__DestinationPorts"] = $"{outside}-{outside + 1}",
            },
        })!;
        try
        {
            Uri address = new($"http://127.0.0.1:{game}");
            await UntilThreeServersAsync(address);
            using var user1 = await GameClient.ConnectAsync(() => address, "user1");
            using var user2 = await GameClient.ConnectAsync(() => address, "user2");
            await user1.SendAsync("""{"action":"joinroom"}""");
            await user2.SendAsync("""{"action":"joinroom"}""");
            using var first = await NetcatAsync(await user1.UntilAsync("battle_server"));
            using var second = await NetcatAsync(await user2.UntilAsync("battle_server"));
            // Who comes second hears the first only from then on.
            await second.SayAsync("here");
            await second.HearsAsync("HERE");
            await first.SayAsync("ping");
            await first.HearsAsync("PING");
            await second.HearsAsync("PING");
            await first.SayAsync("quit");
            await first.HearsAsync("YOU LOSE");
            await second.HearsAsync("YOU WIN");
            Assert.Equal("LOSE", (await user1.UntilAsync("battle_settlement")).GetString());
            Assert.Equal("WIN", (await user2.UntilAsync("battle_settlement")).GetString());
        }
        finally
        {
            terminal.Kill(entireProcessTree: true);
        }
    }

    private static string Root
    {
        get
        {
            DirectoryInfo? folder = new(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder!.FullName, "GameServer.sln")))
                folder = folder.Parent;
            return folder.FullName;
        }
    }

    /// <summary>The first block of commands under a heading.</summary>
    private static string BlockUnder(string heading)
    {
        var readme = File.ReadAllText(Path.Combine(Root, "README.md"));
        var from = readme.IndexOf("```\n", readme.IndexOf($"{heading}\n", StringComparison.Ordinal), StringComparison.Ordinal) + 4;
        return readme[from..readme.IndexOf("```\n", from, StringComparison.Ordinal)];
    }

    private static async Task UntilThreeServersAsync(Uri address)
    {
        using var patience = new CancellationTokenSource(4 * GameServerUnderTest.Patience); // Four programs start.
        using var http = new HttpClient();
        while (true)
        {
            try
            {
                using var stats = JsonDocument.Parse(await http.GetStringAsync(new Uri(address, "/stats"), patience.Token));
                if (stats.RootElement.TryGetProperty("servers_live", out var live) && live.GetDouble() == 3)
                    return;
            }
            catch (HttpRequestException)
            {
                // It is starting.
            }

            await Task.Delay(20, patience.Token);
        }
    }

    private static async Task<Netcat> NetcatAsync(JsonElement place)
    {
        var player = await Netcat.OpenAsync(place.GetProperty("port").GetInt32());
        await player.SayAsync(place.GetProperty("ticket").GetString()!);
        return player;
    }

    private static int FreePort()
    {
        using TcpListener free = new(IPAddress.Loopback, 0);
        free.Start();
        return ((IPEndPoint)free.LocalEndpoint).Port;
    }

    /// <summary>Lines over TCP, as <c>nc</c> has them.</summary>
    private sealed class Netcat : IDisposable
    {
        private readonly TcpClient client = new();
        private StreamReader? reader;

        public static async Task<Netcat> OpenAsync(int port)
        {
            var player = new Netcat();
            await player.client.ConnectAsync("localhost", port);
            player.reader = new(player.client.GetStream(), Encoding.UTF8);
            return player;
        }

        public async Task SayAsync(string line) => await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes($"{line}\n"));

        /// <summary>The next line is this, or one after it.</summary>
        public async Task HearsAsync(string line)
        {
            string? heard;
            do
                heard = await reader!.ReadLineAsync().WaitAsync(GameServerUnderTest.Patience);
            while (heard is not null && heard != line);
            Assert.Equal(line, heard);
        }

        public void Dispose() => client.Dispose();
    }
}
