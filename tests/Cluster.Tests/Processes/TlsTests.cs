using System.Globalization;
using System.Net;
using System.Net.Sockets;
using GameServer.Behaviour;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>Who may come to a silo's ports.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("cluster-tls-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [ClusterFact]
    public async Task A_silo_takes_connections_at_its_advertised_address_and_nowhere_else()
    {
        await using var cluster = await GameCluster.StartAsync();
        int[] ports = [GameCluster.FreePort(), GameCluster.FreePort()];
        await cluster.StartSiloAsync(
            "--Silo:AdvertisedAddress", "127.0.0.2", "--Silo:Port", Text(ports[0]), "--Silo:GatewayPort", Text(ports[1]));
        foreach (var port in ports)
        {
            Assert.True(await TakesConnectionsAsync("127.0.0.2", port));
            Assert.False(await TakesConnectionsAsync("127.0.0.1", port));
        }
    }

    [ClusterFact]
    public async Task With_mutual_tls_the_game_is_played_and_who_has_no_certificate_of_the_cluster_is_refused()
    {
        using TestAuthority own = new("own"), foreign = new("foreign");
        await using var cluster = await GameCluster.StartAsync();
        await cluster.StartSiloAsync(Tls(own, "silo1"));
        await cluster.StartSiloAsync(Tls(own, "silo2"));
        await cluster.StartGatewayAsync(settings: Tls(own, "gateway"));
        foreach (var settings in (string[][])[[], Tls(foreign, "stranger")])
        {
            await using var stranger = cluster.BeginGateway(settings);
            await stranger.SaysAsync("No silo answers yet; waiting for one.");
            Assert.DoesNotContain("The game is at", stranger.Output, StringComparison.Ordinal);
        }

        await using var silo = GameCluster.StartSilo([.. cluster.SiloSettings, .. Tls(foreign, "strange silo")]);
        var code = await silo.EndsAsync();
        Assert.Contains("Cannot start: Silos of this cluster are alive, and this one and they do not reach each other", silo.Output, StringComparison.Ordinal);
        Assert.Equal(1, code);

        // Players who hear nothing for so long would be taken for gone, so they come only now.
        using var user1 = await GameClient.ConnectAsync(() => GameCluster.At(cluster.Gateways[0]), "user1");
        using var user2 = await GameClient.ConnectAsync(() => GameCluster.At(cluster.Gateways[0]), "user2");
        await GameClient.MatchAsync(user1, user2);
        await user1.SendAsync("""{"action":"syncscore","score":7}""");
        Assert.Equal(7, (await user2.UntilAsync("player_syncscore")).GetInt32());
    }

    [ClusterFact]
    public async Task Certificates_and_their_authority_are_replaced_under_a_running_game()
    {
        using TestAuthority old = new("old"), next = new("next");
        await using var cluster = await GameCluster.StartAsync();
        var silo = await cluster.StartSiloAsync(Tls(old, "silo"));
        var gateway = await cluster.StartGatewayAsync(settings: Tls(old, "gateway"));
        using var user1 = await GameClient.ConnectAsync(() => GameCluster.At(cluster.Gateways[0]), "user1");
        using var user2 = await GameClient.ConnectAsync(() => GameCluster.At(cluster.Gateways[0]), "user2");
        await GameClient.MatchAsync(user1, user2);
        var score = 0;
        await PlayAsync();

        // As operations says: first all take both, then all get new ones, then the old authority goes.
        foreach (var (name, process) in new[] { ("silo", silo), ("gateway", gateway) })
        {
            Trust(name, old, next);
            await process.SaysAsync($"New connections of the cluster show the certificate CN={name},");
            await PlayAsync();
        }

        foreach (var (name, process) in new[] { ("silo", silo), ("gateway", gateway) })
        {
            next.Issue(Certificate(name), $"{name} again");
            await process.SaysAsync($"New connections of the cluster show the certificate CN={name} again,");
            await PlayAsync();
        }

        File.WriteAllText(Certificate("silo"), "half a file");
        await silo.SaysAsync("those read before stay in use. Cluster:Tls:CertificateFile cannot be read");
        await PlayAsync();
        var later = await cluster.StartSiloAsync(Tls(next, "later silo"));
        await PlayAsync();
        await cluster.StartGatewayAsync(settings: Tls(next, "later gateway"));
        using var user3 = await GameClient.ConnectAsync(() => GameCluster.At(cluster.Gateways[1]), "user3");
        await user3.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal("joinroom user3_ROOM", await user3.SeesAsync());
        await PlayAsync();
        Assert.Equal(0, await later.StopAsync());

        // On the connections of the beginning. Each reads now and then, or the gateway would think it gone.
        async Task PlayAsync()
        {
            score++;
            foreach (var (user, other) in ((GameClient, GameClient)[])[(user1, user2), (user2, user1)])
            {
                await user.SendAsync($$"""{"action":"syncscore","score":{{score}}}""");
                while ((await other.UntilAsync("player_syncscore")).GetInt32() != score)
                {
                    // An earlier one.
                }
            }
        }
    }

    [Theory]
    [InlineData("CertificatePassword", "wrong", "Cluster:Tls:CertificateFile cannot be read")]
    [InlineData("CertificateFile", "/nowhere", "Cluster:Tls:CertificateFile cannot be read")]
    [InlineData("CertificateFile", "", "Cluster:Tls is set without Cluster:Tls:CertificateFile")]
    [InlineData("AuthorityFile", "", "Cluster:Tls:AuthorityFile is not set")]
    [InlineData("AuthorityFile", "/dev/null", "Cluster:Tls:AuthorityFile has no certificate")]
    [InlineData("Key", "1", "Cluster:Tls:Key is no setting; allowed in Cluster:Tls are CertificateFile, CertificatePassword, AuthorityFile")]
    public async Task A_silo_or_gateway_with_wrong_certificates_says_what_is_wrong_and_does_not_start(string setting, string value, string answer)
    {
        using TestAuthority authority = new("own");
        string[] settings = [.. Tls(authority, "wrong"), $"env:Cluster__Tls__{setting}={value}"];
        foreach (var start in (Func<ChildProcess>[])[() => GameCluster.StartSilo(settings), () => GameCluster.StartGateway(GameCluster.FreePort(), settings)])
        {
            await using var process = start();
            Assert.Equal(1, await process.EndsAsync());
            Assert.Contains($"Cannot start: {answer}", process.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_certificate_that_the_others_would_refuse_is_refused_at_the_start()
    {
        using TestAuthority authority = new("own"), foreign = new("foreign");
        var settings = Tls(authority, "silo");
        foreach (var issue in (Action[])[
            () => foreign.Issue(Certificate("silo"), "of another authority"),
            () => authority.Issue(Certificate("silo"), "ended", TimeSpan.FromMinutes(1))])
        {
            issue();
            await using var silo = GameCluster.StartSilo(settings);
            Assert.Equal(1, await silo.EndsAsync());
            Assert.Contains("would be refused by all others", silo.Output, StringComparison.Ordinal);
        }
    }

    /// <summary>A new certificate, and what its process is told of it.</summary>
    private string[] Tls(TestAuthority authority, string name)
    {
        authority.Issue(Certificate(name), name);
        return [
            $"env:Cluster__Tls__CertificateFile={Certificate(name)}", $"env:Cluster__Tls__CertificatePassword={TestAuthority.Password}",
            $"env:Cluster__Tls__AuthorityFile={Trust(name, authority)}"];
    }

    /// <summary>The file with the authorities that a process knows the others by.</summary>
    private string Trust(string name, params TestAuthority[] authorities)
    {
        var file = Path.Combine(folder, $"{name}.pem");
        File.WriteAllLines($"{file}.new", authorities.Select(authority => authority.Pem));
        File.Move($"{file}.new", file, overwrite: true);
        return file;
    }

    private string Certificate(string name) => Path.Combine(folder, $"{name}.pfx");

    private static async Task<bool> TakesConnectionsAsync(string address, int port)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Parse(address), port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
