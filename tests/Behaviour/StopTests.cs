using System.Net.Sockets;
using System.Text;

namespace GameServer.Behaviour;

/// <summary>SIGTERM, whatever strangers hold open at that moment.</summary>
public abstract class StopTests(RunningGame game) : BehaviourTest(game)
{
    /// <summary>What a stranger may have sent when the stop comes: each holds its connection in another way.</summary>
    private static readonly string[] Unfinished =
    [
        "",
        "GET /stats HT",
        "GET /stats HTTP/1.1\r\nHost: x\r\nX-Half: ",
        "POST /create_user HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
        "POST /create_user HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
        "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    ];

    [ServerFact]
    public async Task A_stop_is_over_long_before_the_grace_of_those_in_battle_whatever_strangers_hold_open()
    {
        // A server that waited for the strangers would be down for longer than that, and find every battle lost.
        await using var server = await Game.StartSmallAsync("--GameServer:Modes:default:BattleGrace=25");
        var players = new List<(GameClient First, GameClient Second)>();
        for (var i = 0; i < 5; i++)
        {
            var first = await GameClient.ConnectAsync(server.NextGateway, $"first{i}");
            var second = await GameClient.ConnectAsync(server.NextGateway, $"second{i}");
            await GameClient.MatchAsync(first, second);
            players.Add((first, second));
        }

        var strangers = new List<TcpClient>();
        try
        {
            foreach (var gateway in server.Gateways)
            {
                foreach (var sent in Unfinished)
                {
                    TcpClient stranger = new();
                    strangers.Add(stranger);
                    await stranger.ConnectAsync(gateway.Host, gateway.Port);
                    await stranger.GetStream().WriteAsync(Encoding.ASCII.GetBytes(sent));
                }
            }

            // Connections are accepted in their order, so the strangers' are, too.
            Assert.Equal(200, (await server.CallAsync("GET", "/health/ready")).Status);

            await server.RestartAsync();

            foreach (var (first, second) in players)
            {
                await first.ReconnectAsync();
                Assert.Equal($"joinroom {first.UserId}_ROOM", await first.SeesAsync());
                Assert.Equal($"peer_player_id {second.UserId}", await first.SeesAsync());
            }
        }
        finally
        {
            strangers.ForEach(stranger => stranger.Dispose());
            players.ForEach(pair =>
            {
                pair.First.Dispose();
                pair.Second.Dispose();
            });
        }
    }
}
