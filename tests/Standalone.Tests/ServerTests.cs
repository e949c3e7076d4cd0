using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text.Json;

namespace GameServer.Standalone.Tests;

/// <summary>The program as its users meet it: a process, sockets, and SIGKILL.</summary>
public sealed class ServerTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_workshops_transcript_comes_out_word_for_word()
    {
        using var server = await ServerProcess.StartAsync("none");
        using var user1 = await GameClient.ConnectAsync(server, "user1");
        using var user2 = await GameClient.ConnectAsync(server, "user2");

        await user1.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal("joinroom user1_ROOM", await user1.NextLineAsync());
        await user2.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal("joinroom user1_ROOM", await user2.NextLineAsync());
        Assert.Equal("peer_player_id user1", await user2.NextLineAsync());
        Assert.Equal("peer_player_id user2", await user1.NextLineAsync());
        await user2.SendAsync("""{"action":"attack"}""");
        Assert.Equal("attacked FREEZE", await user1.NextLineAsync());
        await user1.SendAsync("""{"action":"attack"}""");
        Assert.Equal("attacked FREEZE", await user2.NextLineAsync());
        await user1.SendAsync("""{"action":"syncscore","score":20}""");
        Assert.Equal("player_syncscore 20", await user2.NextLineAsync());
        await user2.SendAsync("""{"action":"syncscore","score":25}""");
        Assert.Equal("player_syncscore 25", await user1.NextLineAsync());
        await user2.SendAsync("""{"action":"die"}""");
        Assert.Equal("player_died user2", await user1.NextLineAsync());
        await user1.SendAsync("""{"action":"die"}""");
        Assert.Equal("player_died all", await user2.NextLineAsync());
        Assert.Equal("battle_settlement LOSE", await user1.NextLineAsync());
        Assert.Equal("battle_settlement WIN", await user2.NextLineAsync());

        // Nothing more came: the next frame is the answer to something new.
        await user1.SendAsync("""{"action":"die"}""");
        Assert.Equal("error", (await user1.NextAsync()).GetProperty("action").GetString());
        await user2.SendAsync("""{"action":"die"}""");
        Assert.Equal("error", (await user2.NextAsync()).GetProperty("action").GetString());
    }

    [Fact]
    public async Task A_battle_goes_on_after_SIGKILL_and_is_settled_right()
    {
        GameClient alice, bob;
        using (var server = await ServerProcess.StartAsync(folder.Path))
        {
            alice = await GameClient.ConnectAsync(server, "alice", v2: true);
            bob = await GameClient.ConnectAsync(server, "bob", v2: true);
            await StartBattleAsync(alice, bob);
            await alice.SendAsync("""{"action":"syncscore","score":41,"id":1}""");
            await alice.AnswerAsync("1");
            await bob.SendAsync("""{"action":"syncscore","score":40,"id":1}""");
            await bob.AnswerAsync("1");
            await bob.SendAsync("""{"action":"die","id":2}""");
            await bob.AnswerAsync("2");
            server.Kill();
        }

        using var again = await ServerProcess.StartAsync(folder.Path);
        using var aliceAgain = await GameClient.ConnectAsync(again, "alice", v2: true, resume: alice.Token, lastSeq: alice.LastSeq);
        using var bobAgain = await GameClient.ConnectAsync(again, "bob", v2: true, resume: bob.Token, lastSeq: bob.LastSeq);
        Assert.Equal(alice.Token, aliceAgain.Token);
        // A request of before the crash that is sent again has no second effect, and a dead player stays dead.
        await bobAgain.SendAsync("""{"action":"die","id":2}""");
        Assert.Equal("ok", (await bobAgain.AnswerAsync("2")).GetProperty("action").GetString());
        await bobAgain.SendAsync("""{"action":"syncscore","score":99,"id":3}""");
        Assert.Equal("dead", (await bobAgain.AnswerAsync("3")).GetProperty("data").GetProperty("code").GetString());

        await aliceAgain.SendAsync("""{"action":"die","id":2}""");
        Assert.Equal("WIN", await UntilAsync(aliceAgain, "battle_settlement"));
        Assert.Equal("LOSE", await UntilAsync(bobAgain, "battle_settlement"));
        Assert.Equal((1, 0), await RecordAsync(again, "alice"));
        Assert.Equal((0, 1), await RecordAsync(again, "bob"));
        alice.Dispose();
        bob.Dispose();
    }

    [Fact]
    public async Task A_settlement_that_was_pushed_survives_SIGKILL_and_counts_once()
    {
        using (var server = await ServerProcess.StartAsync(folder.Path))
        {
            using var alice = await GameClient.ConnectAsync(server, "alice");
            using var bob = await GameClient.ConnectAsync(server, "bob");
            await StartBattleAsync(alice, bob);
            await alice.SendAsync("""{"action":"die"}""");
            Assert.Equal("alice", await UntilAsync(bob, "player_died"));
            await bob.SendAsync("""{"action":"die"}""");
            Assert.Equal("DRAW", await UntilAsync(bob, "battle_settlement"));
            server.Kill();
        }

        using var again = await ServerProcess.StartAsync(folder.Path);
        var record = JsonElement.Parse((await again.GetAsync("/players/alice")).Body);
        Assert.Equal(1, record.GetProperty("draws").GetInt32());
        Assert.Equal(0, await StatAsync(again, "battles"));
    }

    [Fact]
    public async Task After_SIGKILL_a_player_who_does_not_come_back_is_dead_when_the_grace_ends()
    {
        string[] grace = ["--GameServer:Modes:default:BattleGrace", "2"];
        using (var server = await ServerProcess.StartAsync(folder.Path, grace))
        {
            using var alice = await GameClient.ConnectAsync(server, "alice");
            using var bob = await GameClient.ConnectAsync(server, "bob");
            await StartBattleAsync(alice, bob);
            await bob.SendAsync("""{"action":"syncscore","score":7}""");
            Assert.Equal("7", await UntilAsync(alice, "player_syncscore"));
            server.Kill();
        }

        // Only alice comes back; she is told where she is, and then bob dies of his absence.
        using var again = await ServerProcess.StartAsync(folder.Path, grace);
        using var back = await GameClient.ConnectAsync(again, "alice");
        Assert.Equal("bob", await UntilAsync(back, "player_died"));
        await back.SendAsync("""{"action":"die"}""");
        Assert.Equal("LOSE", await UntilAsync(back, "battle_settlement"));
        Assert.Equal((1, 0), await RecordAsync(again, "bob"));
    }

    [Fact]
    public async Task A_battle_server_is_reached_through_the_accelerator_and_again_after_SIGKILL()
    {
        // Ports of this test alone: the accelerator's, and two of a battle server at 127.0.0.4.
        var first = Random.Shared.Next(200, 600) * 100;
        string[] settings =
        [
            "--GameServer:Modes:default:BattleServers=true", "--GameServer:BattleServers:TicketKey=0123456789abcdef0123456789abcdef",
            $"--GameServer:LocalAccelerator:ListenerPorts={first}-{first + 63}", $"--GameServer:LocalAccelerator:DestinationPorts={first}-{first + 1}",
        ];
        using var battle = new TcpListener(IPAddress.Parse("127.0.0.4"), first);
        battle.Start();
        int outside;
        using (var server = await ServerProcess.StartAsync(folder.Path, settings))
        {
            var registration = $$"""{"subnet_id":"subnet-local","address":"127.0.0.4","ports":[{{first}}]}""";
            Assert.Equal(200, (await server.PutAsync("/battle-servers/s1", registration)).Status);
            while (await StatAsync(server, "servers_live") == 0)
                await Task.Yield();
            using var alice = await GameClient.ConnectAsync(server, "alice");
            using var bob = await GameClient.ConnectAsync(server, "bob");
            await StartBattleAsync(alice, bob);
            outside = JsonElement.Parse(await UntilAsync(alice, "battle_server")).GetProperty("port").GetInt32();
            Assert.InRange(outside, first, first + 63);
            await AssertReachesAsync(battle, outside);
            server.Kill();
        }

        using var again = await ServerProcess.StartAsync(folder.Path, settings);
        using var back = await GameClient.ConnectAsync(again, "alice");
        Assert.Equal(outside, JsonElement.Parse(await UntilAsync(back, "battle_server")).GetProperty("port").GetInt32());
        await AssertReachesAsync(battle, outside);
    }

    [Fact]
    public async Task A_stop_closes_connections_with_1001_and_ends_with_exit_code_0()
    {
        using var server = await ServerProcess.StartAsync(folder.Path);
        using var alice = await GameClient.ConnectAsync(server, "alice");
        await alice.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal("joinroom alice_ROOM", await alice.NextLineAsync());
        var closed = Assert.ThrowsAsync<WebSocketException>(alice.NextAsync);
        var (exitCode, output) = await server.StopAsync();
        await closed;
        Assert.Equal(1001, alice.CloseCode);
        Assert.Equal(0, exitCode);
        Assert.Contains("Stopped", output, StringComparison.Ordinal);

        // The place in the queue was kept.
        using var again = await ServerProcess.StartAsync(folder.Path);
        using var back = await GameClient.ConnectAsync(again, "alice");
        Assert.Equal("joinroom alice_ROOM", await back.NextLineAsync());
    }

    [Fact]
    public async Task With_data_none_nothing_is_written_and_nothing_is_left()
    {
        using (var server = await ServerProcess.StartAsync("none"))
        {
            Assert.Equal(200, (await server.PostAsync("/create_user", """{"user_id":"alice"}""")).Status);
            Assert.Equal(400, (await server.PostAsync("/create_user", """{"user_id":"alice"}""")).Status);
        }

        using var again = await ServerProcess.StartAsync("none");
        Assert.Equal(200, (await again.PostAsync("/create_user", """{"user_id":"alice"}""")).Status);
        Assert.False(Directory.Exists("none"));
    }

    [Theory]
    [InlineData("--GameServer:Modes:ranked:RoomSize=40", "RoomSize is 40; allowed are 2 to 16")]
    [InlineData("--GameServer:Modes:ranked:RoomSise=4", "GameServer:Modes:ranked:RoomSise is no setting; allowed in GameServer:Modes:ranked are RoomSize,")]
    [InlineData("--GameServer:Modes:ranked:BattleGrace=soon", "is 'soon'; allowed are times as hh:mm:ss or a number of seconds")]
    [InlineData("--GameServer:Modes:Rank!:RoomSize=2", "allowed are 1 to 32 of a-z 0-9 _ -")]
    [InlineData("--GameServer:DefaultMode=ranked", "allowed are the modes default")]
    [InlineData("--GameServer:Bogus=1", "GameServer:Bogus is no setting; allowed in GameServer are")]
    [InlineData("--GameServer:Edge:Bogus=1", "GameServer:Edge:Bogus is no setting")]
    [InlineData("--GameServer:Edge:QueueFrames=1", "allowed are 16 to 65536")]
    [InlineData("--GameServer:BattleServers:Lease=0", "allowed are 00:00:01 to 00:10:00")]
    [InlineData("--GameServer:RecoveryTime=5", "RecoveryTime is 00:00:05; it must be longer than ReattachTime, 00:00:10")]
    [InlineData("--GameServer:LocalAccelerator:ListenerPorts=80", "allowed are two ports from 1 to 65535, such as 10000-10099")]
    [InlineData("--GameServer:LocalAccelerator:Bogus=1", "GameServer:LocalAccelerator:Bogus is no setting")]
    [InlineData("--GameServer:Modes:default:BattleServers=true", "GameServer:BattleServers:TicketKey must be set")]
    [InlineData("--Auth:Mode=closed", "allowed are open and token")]
    [InlineData("--bogus=1", "'--bogus=1' is not known; allowed are --urls, --data")]
    [InlineData("--urls=nonsense", "Invalid url: 'nonsense'")]
    [InlineData("--urls=http://127.0.0.1:99999", "allowed are 0 to 65535")]
    [InlineData("--data=/dev/null/x", "Choose another folder with --data DIR")]
    public async Task A_wrong_setting_is_refused_at_the_start_with_what_is_allowed(string argument, string told)
    {
        using var server = new Child(ServerProcess.Assembly, "--urls", "http://127.0.0.1:0", "--data", "none", argument);
        var errors = await server.Errors.ReadToEndAsync().WaitAsync(LoopFixture.Patience);
        Assert.Equal(1, await server.ExitAsync());
        Assert.Contains(told, errors, StringComparison.Ordinal);
        Assert.StartsWith("Cannot start: ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.Equal("", await server.Output.ReadToEndAsync());
    }

    [Fact]
    public async Task A_second_server_on_the_same_data_or_port_is_refused()
    {
        using var server = await ServerProcess.StartAsync(folder.Path);
        using var sameData = new Child(ServerProcess.Assembly, "--urls", "http://127.0.0.1:0", "--data", folder.Path);
        Assert.Contains("in use by another process", await sameData.Errors.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(1, await sameData.ExitAsync());
        using var samePort = new Child(ServerProcess.Assembly, "--urls", $"{server.Address}", "--data", "none");
        Assert.Contains("Choose another address with --urls", await samePort.Errors.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(1, await samePort.ExitAsync());
        Assert.Equal(200, (await server.GetAsync("/health/ready")).Status);
    }

    [SmallDiskFact]
    public async Task On_a_full_disk_requests_are_told_unavailable_and_all_goes_on_when_there_is_room()
    {
        Assert.True(SmallDisk.TryMount(folder.Path, 2));
        try
        {
            using var server = await ServerProcess.StartAsync(folder.Path);
            using var alice = await GameClient.ConnectAsync(server, "alice", v2: true);
            using var bob = await GameClient.ConnectAsync(server, "bob", v2: true);
            await StartBattleAsync(alice, bob);
            FillDisk(folder.In("ballast"));

            // The requests go out until one is refused; what was acknowledged before must stay.
            var score = 0;
            while (true)
            {
                score++;
                await alice.SendAsync($$"""{"action":"syncscore","score":{{score}},"id":{{score}}}""");
                if ((await server.GetAsync("/health/ready")).Status == 503)
                    break;
            }

            await alice.SendAsync("""{"action":"die","id":"refused"}""");
            Assert.Equal("unavailable", (await alice.AnswerAsync("refused")).GetProperty("data").GetProperty("code").GetString());

            File.Delete(folder.In("ballast"));
            while ((await server.GetAsync("/health/ready")).Status != 200)
                await Task.Yield();
            await alice.SendAsync("""{"action":"syncscore","score":1000000,"id":"last"}""");
            Assert.Equal("ok", (await alice.AnswerAsync("last")).GetProperty("action").GetString());
            while (await UntilAsync(bob, "player_syncscore") != "1000000")
            {
            }
        }
        finally
        {
            SmallDisk.Unmount(folder.Path);
        }
    }

    [Fact]
    public async Task Killed_at_random_moments_under_traffic_it_loses_nothing_it_acknowledged()
    {
        const int Pairs = 4;
        var random = new Random(7);
        var pairs = Enumerable.Range(0, Pairs).Select(index => new ScoringPair($"a{index}", $"b{index}")).ToList();
        for (var kill = 0; kill <= 12; kill++)
        {
            using var server = await ServerProcess.StartAsync(folder.Path, "--GameServer:Edge:MessagesPerSecondPerPlayer=0");
            // One pair after the other: the first time they join, and the queue must match them with each other.
            foreach (var pair in pairs)
                await pair.ConnectAsync(server);
            var playing = pairs.Select(pair => Task.Run(pair.PlayUntilCutAsync)).ToList();
            // A moment is a number of acknowledged requests, so it falls anywhere between two commits and inside one.
            var moment = pairs.Sum(pair => pair.Acknowledged) + random.Next(1, 120);
            while (pairs.Sum(pair => pair.Acknowledged) < moment)
                await Task.WhenAny([.. playing, Task.Delay(1)]);
            server.Kill();
            await Task.WhenAll(playing);
        }

        using var last = await ServerProcess.StartAsync(folder.Path);
        await Task.WhenAll(pairs.Select(pair => pair.ConnectAsync(last)));
        foreach (var pair in pairs)
            await pair.FinishAsync(last);
        Assert.All(pairs, pair => Assert.True(pair.Acknowledged > 13));
    }

    private static async Task StartBattleAsync(GameClient first, GameClient second)
    {
        await first.SendAsync("""{"action":"joinroom"}""");
        await UntilAsync(first, "joinroom");
        await second.SendAsync("""{"action":"joinroom"}""");
        await UntilAsync(first, "peer_player_id");
        await UntilAsync(second, "peer_player_id");
    }

    internal static async Task<string> UntilAsync(GameClient client, string action)
    {
        while (true)
        {
            var frame = await client.NextAsync();
            if (frame.GetProperty("action").GetString() == action)
                return frame.GetProperty("data").ToString();
        }
    }

    private static async Task<(int Wins, int Losses)> RecordAsync(ServerProcess server, string user)
    {
        var record = JsonElement.Parse((await server.GetAsync($"/players/{user}")).Body);
        return (record.GetProperty("wins").GetInt32(), record.GetProperty("losses").GetInt32());
    }

    private static async Task<double> StatAsync(ServerProcess server, string name) =>
        JsonElement.Parse((await server.GetAsync("/stats")).Body).GetProperty(name).GetDouble();

    private static async Task AssertReachesAsync(TcpListener battle, int outside)
    {
        using var player = new TcpClient();
        await player.ConnectAsync(IPAddress.Loopback, outside).WaitAsync(LoopFixture.Patience);
        using var accepted = await battle.AcceptTcpClientAsync().WaitAsync(LoopFixture.Patience);
        await player.GetStream().WriteAsync("hello"u8.ToArray());
        var received = new byte[5];
        await accepted.GetStream().ReadExactlyAsync(received).AsTask().WaitAsync(LoopFixture.Patience);
        Assert.Equal("hello"u8.ToArray(), received);
    }

    private static void FillDisk(string path)
    {
        using var file = File.Create(path);
        var block = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(block);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // Full, as wanted.
        }
    }

    /// <summary>Two players in a battle; the first sends its score, one higher each time, and waits for the answer.</summary>
    private sealed class ScoringPair(string first, string second)
    {
        private GameClient? scorer;
        private GameClient? watcher;
        private int sent;
        private int seen;

        /// <summary>The last score that was answered with ok, which is also how many were.</summary>
        public int Acknowledged { get; private set; }

        public async Task ConnectAsync(ServerProcess server)
        {
            var fresh = scorer is null;
            scorer = await ConnectAsync(server, first, scorer);
            watcher = await ConnectAsync(server, second, watcher);
            if (fresh)
                await StartBattleAsync(scorer, watcher);
        }

        public async Task PlayUntilCutAsync()
        {
            var watching = WatchUntilCutAsync();
            try
            {
                while (true)
                {
                    // What was under way at the crash is sent again under its id, as a client does.
                    if (sent == Acknowledged)
                        sent++;
                    await scorer!.SendAsync($$"""{"action":"syncscore","score":{{sent}},"id":{{sent}}}""");
                    Assert.Equal("ok", (await scorer.AnswerAsync($"{sent}")).GetProperty("action").GetString());
                    Acknowledged = sent;
                }
            }
            catch (WebSocketException)
            {
                // The server was killed.
            }

            await watching;
        }

        public async Task FinishAsync(ServerProcess server)
        {
            await scorer!.SendAsync("""{"action":"die","id":"end"}""");
            Assert.Equal("ok", (await scorer.AnswerAsync("end")).GetProperty("action").GetString());
            await watcher!.SendAsync("""{"action":"die","id":"end"}""");
            Assert.Equal("WIN", await UntilAsync(scorer, "battle_settlement"));
            Assert.Equal("LOSE", await UntilAsync(watcher, "battle_settlement"));
            var result = JsonElement.Parse((await server.GetAsync($"/players/{first}")).Body);
            Assert.Equal(1, result.GetProperty("wins").GetInt32());
            // Everything acknowledged is in the score, and at most the one that was under way besides.
            var score = result.GetProperty("last").GetProperty("score").GetInt32();
            Assert.InRange(score, Acknowledged, sent);
            Assert.InRange(seen, 0, score);
        }

        private static async Task<GameClient> ConnectAsync(ServerProcess server, string user, GameClient? before)
        {
            if (before is null)
                return await GameClient.ConnectAsync(server, user, v2: true);
            var again = await GameClient.ConnectAsync(server, user, v2: true, resume: before.Token, lastSeq: before.LastSeq);
            Assert.Equal(before.Token, again.Token);
            before.Dispose();
            return again;
        }

        private async Task WatchUntilCutAsync()
        {
            try
            {
                while (true)
                {
                    var score = int.Parse(await UntilAsync(watcher!, "player_syncscore"), System.Globalization.CultureInfo.InvariantCulture);
                    Assert.True(score >= seen, $"{second} saw {score} after {seen}: what was pushed did not stay true.");
                    seen = score;
                }
            }
            catch (WebSocketException)
            {
                // The server was killed.
            }
        }
    }
}
