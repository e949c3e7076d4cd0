using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using GameServer.Behaviour;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>Battles on battle servers, through a gateway and a silo.</summary>
public sealed class BattleServerTests
{
    private const string Key = "the key that signs the tickets of the tests";
    private static readonly string[] OnBattleServers = ["--GameServer:Modes:default:BattleServers", "true"];
    private static readonly string[] Signed = [$"env:GameServer__BattleServers__TicketKey={Key}"];

    [Fact]
    public async Task Both_players_are_sent_to_a_battle_server_play_there_and_it_drains_when_told_to_stop()
    {
        await using var cluster = await SmallCluster.StartAsync(onlyGateways: Signed, settings: OnBattleServers);
        var (port, gateway) = (GameCluster.FreePort(), cluster.Gateways[0].Port);
        await using var server = GameCluster.StartBattleServer("one", port, gateway, $"env:BATTLE_SERVER_TICKET_KEY={Key}");
        await server.SaysAsync("one is registered");

        using var user1 = await GameClient.ConnectAsync(() => GameCluster.At(gateway), "user1");
        using var user2 = await GameClient.ConnectAsync(() => GameCluster.At(gateway), "user2");
        await GameClient.MatchAsync(user1, user2);
        var (first, second) = (Server(await user1.SeesAsync()), Server(await user2.SeesAsync()));
        Assert.Equal(port, first.GetProperty("port").GetInt32());
        Assert.Equal(port, second.GetProperty("port").GetInt32());
        Assert.NotEqual(first.GetProperty("ticket").GetString(), second.GetProperty("ticket").GetString());

        using var line1 = await Line.OpenAsync(first);
        using var line2 = await Line.OpenAsync(second);
        await server.SaysAsync("user1 is in battle");
        await server.SaysAsync("user2 is in battle");
        await line1.WriteAsync("hello");
        await line1.ReadsAsync("HELLO");
        await line2.ReadsAsync("HELLO");

        // Told to stop, it takes no new battle and ends with the last one.
        server.Terminate();
        await server.SaysAsync("one drains");
        Assert.False(server.HasExited);
        await line2.WriteAsync("quit");
        Assert.Equal(0, await server.EndsAsync());
    }

    [Fact]
    public async Task Who_is_matched_without_a_free_server_is_told_so_once_and_gets_the_next_that_registers()
    {
        await using var cluster = await SmallCluster.StartAsync(onlyGateways: Signed, settings: OnBattleServers);
        var gateway = cluster.Gateways[0].Port;
        using var user1 = await GameClient.ConnectAsync(() => GameCluster.At(gateway), "user1");
        using var user2 = await GameClient.ConnectAsync(() => GameCluster.At(gateway), "user2");
        await GameClient.MatchAsync(user1, user2);
        foreach (var user in (GameClient[])[user1, user2])
            Assert.Contains("unavailable", await user.SeesAsync(), StringComparison.Ordinal);

        var (status, lease) = await cluster.CallAsync(
            HttpMethod.Put, "/battle-servers/one", """{"subnet_id":"subnet-local","address":"127.0.0.1","ports":[8080]}""");
        Assert.Equal(200, status);
        Assert.Equal("serve", lease.GetProperty("command").GetString());
        var epoch = lease.GetProperty("epoch").GetInt64();
        Assert.Equal(8080, Server(await user1.SeesAsync()).GetProperty("port").GetInt32());
        Assert.Equal(8080, Server(await user2.SeesAsync()).GetProperty("port").GetInt32());

        // The rest of the calls, each over the wire between gateway and silo.
        (status, lease) = await cluster.CallAsync(
            HttpMethod.Post, "/battle-servers/one/heartbeat", $$$"""{"epoch":{{{epoch}}},"connections":{"8080":2}}""");
        Assert.Equal(200, status);
        var battle = lease.GetProperty("battles").GetProperty("8080").GetString();
        (_, var list) = await cluster.CallAsync(HttpMethod.Get, "/battle-servers");
        var server = Assert.Single(list.GetProperty("servers").EnumerateArray());
        var door = Assert.Single(server.GetProperty("ports").EnumerateArray());
        Assert.Equal("live", server.GetProperty("state").GetString());
        Assert.Equal(battle, door.GetProperty("battle_id").GetString());
        Assert.Equal(2, door.GetProperty("connections").GetInt32());
        (_, var stats) = await cluster.CallAsync(HttpMethod.Get, "/stats");
        Assert.Equal((1, 1), (stats.GetProperty("servers_live").GetInt32(), stats.GetProperty("server_battles").GetInt32()));

        (status, _) = await cluster.CallAsync(
            HttpMethod.Post, "/battle-servers/one/heartbeat", $$$"""{"epoch":{{{epoch + 1}}},"connections":{}}""");
        Assert.Equal(409, status);
        (status, _) = await cluster.CallAsync(HttpMethod.Post, "/battle-servers/two/heartbeat", """{"epoch":1,"connections":{}}""");
        Assert.Equal(404, status);
        (status, _) = await cluster.CallAsync(HttpMethod.Delete, "/battle-servers/one");
        Assert.Equal(200, status);
        (_, lease) = await cluster.CallAsync(
            HttpMethod.Post, "/battle-servers/one/heartbeat", $$$"""{"epoch":{{{epoch}}},"connections":{"8080":2}}""");
        Assert.Equal("drain", lease.GetProperty("command").GetString());
        (status, _) = await cluster.CallAsync(HttpMethod.Post, $"/battle-servers/one/battles/{battle}/finished");
        Assert.Equal(200, status);
        (_, stats) = await cluster.CallAsync(HttpMethod.Get, "/stats");
        Assert.Equal((0, 0), (stats.GetProperty("servers_live").GetInt32(), stats.GetProperty("server_battles").GetInt32()));
    }

    private static JsonElement Server(string seen)
    {
        var at = seen.IndexOf("battle_server ", StringComparison.Ordinal);
        Assert.True(at == 0, seen);
        using var json = JsonDocument.Parse(seen[(at + "battle_server ".Length)..]);
        return json.RootElement.Clone();
    }

    /// <summary>A player's connection to a battle server.</summary>
    private sealed class Line : IDisposable
    {
        private readonly TcpClient client = new();
        private StreamReader reader = null!;

        public static async Task<Line> OpenAsync(JsonElement server)
        {
            var line = new Line();
            var address = IPAddress.Parse(server.GetProperty("ips")[0].GetString()!);
            await line.client.ConnectAsync(address, server.GetProperty("port").GetInt32());
            line.reader = new(line.client.GetStream(), Encoding.UTF8);
            await line.WriteAsync(server.GetProperty("ticket").GetString()!);
            return line;
        }

        public async Task WriteAsync(string text) => await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes($"{text}\n"));

        /// <summary>Reads up to this line.</summary>
        public async Task ReadsAsync(string text)
        {
            using CancellationTokenSource patience = new(ChildProcess.Patience);
            while (await reader.ReadLineAsync(patience.Token) is { } read)
            {
                if (read == text)
                    return;
            }

            Assert.Fail($"The line ended without '{text}'.");
        }

        public void Dispose()
        {
            reader?.Dispose();
            client.Dispose();
        }

    }
}
