using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text.Json;
using GameServer.Behaviour;

namespace GameServer.Standalone.Tests;

/// <summary>The program as its users meet it: a process, sockets, and SIGKILL.</summary>
public sealed class ServerTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_battle_server_is_reached_through_the_accelerator_and_again_after_SIGKILL()
    {
        // Ports of this test alone: the accelerator's, and two of a battle server at 127.0.0.4.
        var first = ServerProcess.AcceleratorPorts();
        string[] settings =
        [
            "--GameServer:Modes:default:BattleServers=true", $"env:GameServer__BattleServers__TicketKey={RunningGame.TicketKey}",
            $"env:GameServer__BattleServers__ApiKey={RunningGame.ApiKey}",
            $"--GameServer:LocalAccelerator:ListenerPorts={first}-{first + 63}", $"--GameServer:LocalAccelerator:DestinationPorts={first}-{first + 1}",
        ];
        using var battle = new TcpListener(IPAddress.Parse("127.0.0.4"), first);
        battle.Start();
        int outside;
        using (var server = await ServerProcess.StartAsync(folder.Path, settings))
        {
            var registration = $$"""{"subnet_id":"subnet-local","address":"127.0.0.4","ports":[{{first}}]}""";
            Assert.Equal(200, (await server.PutAsync("/battle-servers/s1", registration, RunningGame.ApiKey)).Status);
            while (await StatAsync(server, "servers_live") == 0)
                await Task.Yield();
            using var alice = await GameClient.ConnectAsync(() => server.Address, "alice");
            using var bob = await GameClient.ConnectAsync(() => server.Address, "bob");
            await StartBattleAsync(alice, bob);
            outside = JsonElement.Parse((await alice.UntilAsync("battle_server")).ToString()).GetProperty("port").GetInt32();
            Assert.InRange(outside, first, first + 63);
            await AssertReachesAsync(battle, outside);
            server.Kill();
        }

        using var again = await ServerProcess.StartAsync(folder.Path, settings);
        using var back = await GameClient.ConnectAsync(() => again.Address, "alice");
        Assert.Equal(outside, JsonElement.Parse((await back.UntilAsync("battle_server")).ToString()).GetProperty("port").GetInt32());
        await AssertReachesAsync(battle, outside);
    }

    [Fact]
    public async Task A_stop_closes_connections_with_1001_and_ends_with_exit_code_0()
    {
        using var server = await ServerProcess.StartAsync(folder.Path);
        using var alice = await GameClient.ConnectAsync(() => server.Address, "alice");
        await alice.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal("joinroom alice_ROOM", await alice.SeesAsync());
        var closed = alice.CloseCodeAsync();
        var (exitCode, output) = await server.StopAsync();
        Assert.Equal(1001, await closed);
        Assert.Equal(0, exitCode);
        Assert.Contains("Stopped", output, StringComparison.Ordinal);

        // The place in the queue was kept.
        using var again = await ServerProcess.StartAsync(folder.Path);
        using var back = await GameClient.ConnectAsync(() => again.Address, "alice");
        Assert.Equal("joinroom alice_ROOM", await back.SeesAsync());
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
    [InlineData("http://localhost:{0}")]
    [InlineData("http://127.0.0.1:{0};http://[::1]:0")]
    [InlineData("http://*:{0}")]
    public async Task The_health_command_says_whether_the_program_beside_it_lives(string urls)
    {
        using var server = await ServerProcess.StartAsync("none");
        var set = string.Format(CultureInfo.InvariantCulture, urls, server.Address.Port);
        using (var lives = new Child(ServerProcess.Assembly, "--health", "--urls", set, "--data", "none"))
            Assert.Equal(0, await lives.ExitAsync());

        await server.StopAsync();
        using var doesNot = new Child(ServerProcess.Assembly, "--health", "--urls", set, "--data", "none");
        Assert.Equal(1, await doesNot.ExitAsync());
        Assert.Contains($":{server.Address.Port}/health/live does not answer", await doesNot.Output.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--GameServer:Modes:ranked:RoomSize=40", "RoomSize is 40; allowed are 2 to 16")]
    [InlineData("--GameServer:Modes:ranked:RoomSise=4", "GameServer:Modes:ranked:RoomSise is no setting; allowed in GameServer:Modes:ranked are RoomSize,")]
    [InlineData("--GameServer:Modes:ranked:BattleGrace=soon", "is 'soon'; allowed are times as hh:mm:ss or a number of seconds")]
    [InlineData("--GameServer:Modes:Rank!:RoomSize=2", "allowed are 1 to 32 of a-z 0-9 _ -")]
    [InlineData("--GameServer:DefaultMode=ranked", "allowed are the modes default")]
    [InlineData("--GameServer:Bogus=1", "GameServer:Bogus is no setting; allowed in GameServer are")]
    [InlineData("--GameServer:Edge:Bogus=1", "GameServer:Edge:Bogus is no setting")]
    [InlineData("--GameServer:Edge:QueueFrames=1", "allowed are 1024 to 65536")]
    [InlineData("--GameServer:BattleServers:Lease=0", "allowed are 00:00:01 to 00:10:00")]
    [InlineData("--GameServer:RecoveryTime=5", "RecoveryTime is 00:00:05; it must be longer than ReattachTime, 00:00:10")]
    [InlineData("--GameServer:LocalAccelerator:ListenerPorts=80", "allowed are two ports from 1 to 65535, such as 10000-10099")]
    [InlineData("--GameServer:LocalAccelerator:Bogus=1", "GameServer:LocalAccelerator:Bogus is no setting")]
    [InlineData("--GameServer:Modes:default:BattleServers=true", "GameServer:BattleServers:TicketKey must be set, to 32 bytes or more, and GameServer:BattleServers:ApiKey must be set")]
    [InlineData("--Auth:Mode=closed", "allowed are open and token")]
    [InlineData("--bogus=1", "'--bogus=1' is not known; allowed are --urls and settings such as")]
    [InlineData("--urls=nonsense", "Invalid url: 'nonsense'")]
    [InlineData("--urls=http://127.0.0.1:99999", "allowed are 0 to 65535")]
    [InlineData("--data=/dev/null/x", "Choose another folder with --data DIR")]
    [InlineData("--Auth:Key=a key that others can read here", "'--Auth:Key' is a secret, and every user of this machine can read arguments. Set Auth__Key in the")]
    [InlineData("--GameServer:BattleServers:TicketKey=x", "'--GameServer:BattleServers:TicketKey' is a secret")]
    [InlineData("--GameServer:BattleServers:ApiKey=x", "'--GameServer:BattleServers:ApiKey' is a secret")]
    [InlineData("--Kestrel:Certificates:Default:Password=x", "'--Kestrel:Certificates:Default:Password' is a secret")]
    [InlineData("--Secrets=/dev/null/x", "Secrets is '/dev/null/x', which is no folder")]
    [InlineData("env:Auht__Mode=token", "Auht is no section of the settings; Auth is.")]
    [InlineData("env:GameSevrer__Modes__ranked__RoomSize=4", "GameSevrer is no section of the settings; GameServer is.")]
    [InlineData("env:Auth_Mode=token", "in the environment a section ends with two underscores: Auth__Mode")]
    [InlineData("--Kestrel:Endpoint:a:Url=http://127.0.0.1:0", "Kestrel:Endpoint is no setting; allowed in Kestrel are Endpoints,")]
    [InlineData("--Kestrel:Endpoints:a:Bogus=1", "missing the required 'Url' parameter")]
    [InlineData("--Kestrel:Endpoints:a:Url=nonsense", "Invalid url: 'nonsense'")]
    [InlineData("--Logging:LogLevel:Default=Loud", "'Loud' is not supported")]
    [InlineData("--urls=https://127.0.0.1:0", "No server certificate was specified")]
    [InlineData("--urls=http://0.0.0.0:0", "Auth:Mode is open, so anyone who can reach http://0.0.0.0:0 could play as anyone")]
    [InlineData("--urls=http://127.0.0.1:0;http://*:0", "Auth:Mode is open, so anyone who can reach http://*:0 could")]
    [InlineData("--Kestrel:Endpoints:a:Url=http://[::]:0", "Auth:Mode is open, so anyone who can reach http://[::]:0 could")]
    [InlineData("env:ASPNETCORE_FORWARDEDHEADERS_ENABLED=true", "name the proxies in GameServer:Edge:TrustedProxies")]
    [InlineData("--GameServer:Edge:TrustedProxies:0=proxy", "TrustedProxies holds 'proxy'; allowed are addresses such as 10.0.0.7")]
    [InlineData("env:Auth__PreviousKey=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "Auth:PreviousKey is easily guessed")]
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
    public async Task A_certificate_with_another_password_is_refused_with_one_line_that_does_not_repeat_it()
    {
        var file = folder.In("server.pfx");
        using (var key = System.Security.Cryptography.RSA.Create(2048))
        {
            var request = new System.Security.Cryptography.X509Certificates.CertificateRequest(
                "CN=localhost", key, System.Security.Cryptography.HashAlgorithmName.SHA256, System.Security.Cryptography.RSASignaturePadding.Pkcs1);
            using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            await File.WriteAllBytesAsync(file, certificate.Export(System.Security.Cryptography.X509Certificates.X509ContentType.Pfx, "right"));
        }

        using var server = new Child(
            ServerProcess.Assembly, "--urls", "https://127.0.0.1:0", "--data", "none", $"--Kestrel:Certificates:Default:Path={file}",
            "env:Kestrel__Certificates__Default__Password=the wrong one");
        var errors = await server.Errors.ReadToEndAsync().WaitAsync(LoopFixture.Patience);
        Assert.Equal(1, await server.ExitAsync());
        Assert.StartsWith("Cannot start: The certificate cannot be used: ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("the wrong one", errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("0123456789abcdef0123456789abcdef")]
    [InlineData("abcdefghijklmnopqrstuvwxyz0123456789")]
    [InlineData("passwordpasswordpasswordpassword")]
    public async Task A_key_that_is_easily_guessed_is_refused_and_not_repeated(string key)
    {
        foreach (var setting in new[] { "Auth__Key", "GameServer__BattleServers__TicketKey", "GameServer__BattleServers__ApiKey" })
        {
            using var server = new Child(
                ServerProcess.Assembly, "--urls", "http://127.0.0.1:0", "--data", "none", "--Auth:Mode=token", "env:Auth__Key=a key for the tests of tokens, long enough",
                $"env:{setting}={key}");
            var errors = await server.Errors.ReadToEndAsync().WaitAsync(LoopFixture.Patience);
            Assert.Equal(1, await server.ExitAsync());
            Assert.Contains($"{setting.Replace("__", ":", StringComparison.Ordinal)} is easily guessed", errors, StringComparison.Ordinal);
            Assert.DoesNotContain(key, errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task One_key_for_two_uses_is_refused()
    {
        const string Key = "a key for the tests of tokens, long enough";
        using var server = new Child(
            ServerProcess.Assembly, "--urls", "http://127.0.0.1:0", "--data", "none", "--Auth:Mode=token", $"env:Auth__Key={Key}",
            $"env:GameServer__BattleServers__TicketKey={Key}");
        var errors = await server.Errors.ReadToEndAsync().WaitAsync(LoopFixture.Patience);
        Assert.Equal(1, await server.ExitAsync());
        Assert.Contains("Auth:Key and GameServer:BattleServers:TicketKey are the same", errors, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_come_from_files_and_one_line_says_what_was_started()
    {
        var secrets = Directory.CreateDirectory(folder.In("secrets")).FullName;
        await File.WriteAllTextAsync(Path.Combine(secrets, "Auth__Key"), "a key for the tests of tokens, long enough\n");
        using var server = await ServerProcess.StartAsync("none", "--Auth:Mode=token", "--Secrets", secrets);
        var created = await server.PostAsync("/create_user", """{"user_id":"alice"}""");
        Assert.NotEmpty(JsonElement.Parse(created.Body).GetProperty("token").GetString()!);
        Assert.Equal(401, (await server.GetAsync("/ws?user_id=alice")).Status);
        var line = server.StartLine;
        Assert.Matches(@"^Open http://127\.0\.0\.1:\d+ in two windows to play\. GameServer \d+\.\d+\.\d+: players need tokens \(Auth:Mode=token\)\. Nothing is kept", line);

        using var open = await ServerProcess.StartAsync(folder.In("data"));
        Assert.Contains("anyone may be anyone (Auth:Mode=open)", open.StartLine, StringComparison.Ordinal);
        Assert.Contains($"The game is kept in {folder.In("data")}", open.StartLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_section_misspelt_in_a_file_is_refused_like_one_in_the_environment()
    {
        var secrets = Directory.CreateDirectory(folder.In("secrets")).FullName;
        await File.WriteAllTextAsync(Path.Combine(secrets, "Atuh__Mode"), "token");
        using var server = new Child(ServerProcess.Assembly, "--urls", "http://127.0.0.1:0", "--data", "none", "--Secrets", secrets);
        Assert.Contains("Atuh is no section of the settings; Auth is.", await server.Errors.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(1, await server.ExitAsync());
    }

    [Fact]
    public async Task A_server_that_listens_on_loopback_answers_to_no_name_of_another_site()
    {
        using var server = await ServerProcess.StartAsync("none");
        using var http = new HttpClient();
        foreach (var (host, status) in new[]
        {
            ("127.0.0.1", 200), ("localhost", 200), ("localhost:1", 200), ("game.localhost", 200), ("[::1]:80", 200),
            ("evil.example", 400), ("localhost.evil.example", 400), ("192.0.2.1", 400),
        })
        {
            foreach (var path in new[] { "/", "/stats", "/battle-servers", "/ws", "/health/live" })
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Address, path)) { Headers = { Host = host } };
                using var answer = await http.SendAsync(request).WaitAsync(LoopFixture.Patience);
                Assert.True(((int)answer.StatusCode == 400) == (status == 400), $"{host}{path} was answered {(int)answer.StatusCode}");
            }
        }

        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Host", "evil.example");
        var refused = await Assert.ThrowsAsync<WebSocketException>(
            () => socket.ConnectAsync(new Uri($"ws://127.0.0.1:{server.Address.Port}/ws"), CancellationToken.None));
        Assert.Contains("400", refused.Message, StringComparison.Ordinal);

        using var proxied = await ServerProcess.StartAsync("none", "--AllowedHosts=game.example");
        using var byProxy = new HttpRequestMessage(HttpMethod.Get, new Uri(proxied.Address, "/stats")) { Headers = { Host = "game.example" } };
        using var allowed = await http.SendAsync(byProxy);
        Assert.Equal(200, (int)allowed.StatusCode);
    }

    [Fact]
    public async Task Open_mode_beyond_this_machine_is_possible_if_one_insists_and_token_mode_without()
    {
        using (var insists = await ServerProcess.StartAsync("none", "--urls", "http://0.0.0.0:0", "--Auth:AnyoneMayBeAnyone=true"))
            Assert.Equal(200, (await insists.GetAsync("/health/live")).Status);
        using var tokens = await ServerProcess.StartAsync(
            "none", "--urls", "http://0.0.0.0:0", "--Auth:Mode=token", "env:Auth__Key=a key for the tests of tokens, long enough");
        Assert.Equal(200, (await tokens.GetAsync("/health/live")).Status);
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
            using var alice = await GameClient.ConnectAsync(() => server.Address, "alice", Protocol.V2);
            using var bob = await GameClient.ConnectAsync(() => server.Address, "bob", Protocol.V2);
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
            Assert.Equal("error unavailable die refused", await alice.AnswerAsync("refused"));

            File.Delete(folder.In("ballast"));
            while ((await server.GetAsync("/health/ready")).Status != 200)
                await Task.Yield();
            await alice.SendAsync("""{"action":"syncscore","score":1000000,"id":"last"}""");
            Assert.Equal("ok last", await alice.AnswerAsync("last"));
            while ((await bob.UntilAsync("player_syncscore")).ToString() != "1000000")
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
        (await first.UntilAsync("joinroom")).ToString();
        await second.SendAsync("""{"action":"joinroom"}""");
        (await first.UntilAsync("peer_player_id")).ToString();
        (await second.UntilAsync("peer_player_id")).ToString();
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
        private Uri? address;
        private GameClient? scorer;
        private GameClient? watcher;
        private int sent;
        private int seen;

        /// <summary>The last score that was answered with ok, which is also how many were.</summary>
        public int Acknowledged { get; private set; }

        public async Task ConnectAsync(ServerProcess server)
        {
            address = server.Address;
            if (scorer is not null)
            {
                await ResumeAsync(scorer);
                await ResumeAsync(watcher!);
                return;
            }

            scorer = await GameClient.ConnectAsync(() => address, first, Protocol.V2);
            watcher = await GameClient.ConnectAsync(() => address, second, Protocol.V2);
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
                    Assert.Equal($"ok {sent}", await scorer.AnswerAsync($"{sent}"));
                    Acknowledged = sent;
                }
            }
            catch (Exception e) when (e is WebSocketException or ConnectionLostException)
            {
                // The server was killed.
            }

            await watching;
        }

        public async Task FinishAsync(ServerProcess server)
        {
            await scorer!.SendAsync("""{"action":"die","id":"end"}""");
            Assert.Equal("ok end", await scorer.AnswerAsync("end"));
            await watcher!.SendAsync("""{"action":"die","id":"end"}""");
            Assert.Equal("WIN", (await scorer.UntilAsync("battle_settlement")).GetString());
            Assert.Equal("LOSE", (await watcher.UntilAsync("battle_settlement")).GetString());
            scorer.Dispose();
            watcher.Dispose();
            var result = JsonElement.Parse((await server.GetAsync($"/players/{first}")).Body);
            Assert.Equal(1, result.GetProperty("wins").GetInt32());
            // Everything acknowledged is in the score, and at most the one that was under way besides.
            var score = result.GetProperty("last").GetProperty("score").GetInt32();
            Assert.InRange(score, Acknowledged, sent);
            Assert.InRange(seen, 0, score);
        }

        private static async Task ResumeAsync(GameClient player)
        {
            await player.ReconnectAsync();
            Assert.True(player.Welcome.GetProperty("resumed").GetBoolean());
        }

        private async Task WatchUntilCutAsync()
        {
            try
            {
                while (true)
                {
                    var score = (await watcher!.UntilAsync("player_syncscore")).GetInt32();
                    Assert.True(score >= seen, $"{second} saw {score} after {seen}: what was pushed did not stay true.");
                    seen = score;
                }
            }
            catch (ConnectionLostException)
            {
                // The server was killed.
            }
        }
    }
}
