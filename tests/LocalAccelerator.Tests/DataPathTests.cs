using System.Net.Sockets;
using System.Text;

namespace GameServer.LocalAccelerator.Tests;

public sealed class DataPathTests
{
    private static readonly LocalAcceleratorOptions Options =
        new() { Subnets = new Dictionary<string, string> { ["subnet-local"] = "127.0.7.0/28" } };

    [Fact]
    public async Task Allowed_traffic_reaches_exactly_the_mapped_port_and_comes_back()
    {
        await using var accelerator = await Accelerators.WholeAsync(Options);
        using var first = Accelerators.Echo("127.0.7.4", 8080, "first");
        using var second = Accelerators.Echo("127.0.7.4", 8081, "second");
        await accelerator.AllowAsync("127.0.7.4", 8080, 8081);
        foreach (var (port, name) in new[] { (8080, "first"), (8081, "second") })
        {
            using var player = await Player.ConnectAsync(await accelerator.OutsideAsync("127.0.7.4", port));
            Assert.Equal(name, await player.ReadLineAsync());
            await player.WriteLineAsync("hello");
            Assert.Equal("hello", await player.ReadLineAsync());
            // Half closed: what is on its way still comes, then the end.
            await player.WriteLineAsync("last");
            player.EndWriting();
            Assert.Equal("last", await player.ReadLineAsync());
            Assert.Null(await player.ReadLineAsync());
        }
    }

    [Fact]
    public async Task Traffic_that_is_not_allowed_or_leads_nowhere_is_closed()
    {
        await using var accelerator = await Accelerators.WholeAsync(Options);
        using var server = Accelerators.Echo("127.0.7.5", 8080, "server");
        var outside = await accelerator.OutsideAsync("127.0.7.5", 8080);
        using (var denied = await Player.ConnectAsync(outside))
            Assert.Null(await denied.ReadLineAsync());

        var rows = await accelerator.RowsAsync(accelerator.EndpointGroupArn!.Split("/listener/")[0]);
        var unmapped = Enumerable.Range(outside / 100 * 100, 100).First(p => rows.TrueForAll(r => r.Outside != p));
        using (var nowhere = await Player.ConnectAsync(unmapped))
            Assert.Null(await nowhere.ReadLineAsync());

        await accelerator.AllowAsync("127.0.7.6", 8080);
        using var nobody = await Player.ConnectAsync(await accelerator.OutsideAsync("127.0.7.6", 8080));
        Assert.Null(await nobody.ReadLineAsync());
    }

    [Fact]
    public async Task A_deny_refuses_new_connections_and_leaves_the_old_ones()
    {
        await using var accelerator = await Accelerators.WholeAsync(Options);
        using var server = Accelerators.Echo("127.0.7.7", 8080, "server");
        await accelerator.AllowAsync("127.0.7.7", 8080);
        var outside = await accelerator.OutsideAsync("127.0.7.7", 8080);
        using var old = await Player.ConnectAsync(outside);
        Assert.Equal("server", await old.ReadLineAsync());
        await accelerator.DenyAsync("127.0.7.7", 8080);
        using var late = await Player.ConnectAsync(outside);
        Assert.Null(await late.ReadLineAsync());
        await old.WriteLineAsync("still here");
        Assert.Equal("still here", await old.ReadLineAsync());
    }

    [Fact]
    public async Task More_connections_than_the_bound_are_closed_and_there_is_room_again_when_one_ends()
    {
        await using var accelerator = await Accelerators.WholeAsync(Options with { MaxConnections = 1 });
        using var server = Accelerators.Echo("127.0.7.8", 8080, "server");
        await accelerator.AllowAsync("127.0.7.8", 8080);
        var outside = await accelerator.OutsideAsync("127.0.7.8", 8080);
        using (var one = await Player.ConnectAsync(outside))
        {
            Assert.Equal("server", await one.ReadLineAsync());
            using var more = await Player.ConnectAsync(outside);
            Assert.Null(await more.ReadLineAsync());
        }
        using var patience = new CancellationTokenSource(Accelerators.Patience);
        while (true)
        {
            patience.Token.ThrowIfCancellationRequested();
            using var again = await Player.ConnectAsync(outside);
            if (await again.ReadLineAsync() == "server")
                break;
        }
    }

    [Fact]
    public async Task Who_does_not_let_go_of_a_connection_that_its_server_has_ended_keeps_no_place()
    {
        await using var accelerator = await Accelerators.WholeAsync(Options with { MaxConnectionsOfPort = 1 });
        using var server = new TcpListener(System.Net.IPAddress.Parse("127.0.7.9"), 8080);
        server.Start();
        await accelerator.AllowAsync("127.0.7.9", 8080);
        var outside = await accelerator.OutsideAsync("127.0.7.9", 8080);
        using var silent = await Player.ConnectAsync(outside);
        using (var socket = await server.AcceptSocketAsync())
            socket.Shutdown(SocketShutdown.Both);
        Assert.Null(await silent.ReadLineAsync());

        // It still holds its end.
        var served = server.AcceptSocketAsync();
        using var patience = new CancellationTokenSource(Accelerators.Patience);
        while (!served.IsCompleted)
        {
            patience.Token.ThrowIfCancellationRequested();
            using var next = await Player.ConnectAsync(outside);
            await Task.WhenAny(served, next.ReadLineAsync());
        }

        (await served).Dispose();
    }

    [Fact]
    public async Task A_connection_on_which_nothing_moves_is_closed()
    {
        await using var accelerator = await Accelerators.WholeAsync(Options with { IdleTimeout = TimeSpan.FromMilliseconds(200) });
        using var server = Accelerators.Echo("127.0.7.10", 8080, "server");
        await accelerator.AllowAsync("127.0.7.10", 8080);
        using var player = await Player.ConnectAsync(await accelerator.OutsideAsync("127.0.7.10", 8080));
        Assert.Equal("server", await player.ReadLineAsync());
        Assert.Null(await player.ReadLineAsync());
    }

    [Fact]
    public async Task The_crowd_at_one_port_leaves_the_others_alone()
    {
        await using var accelerator = await Accelerators.WholeAsync(Options with { MaxConnectionsOfPort = 2 });
        using var crowded = Accelerators.Echo("127.0.7.11", 8080, "crowded");
        using var other = Accelerators.Echo("127.0.7.11", 8081, "other");
        await accelerator.AllowAsync("127.0.7.11", 8080, 8081);
        var outside = await accelerator.OutsideAsync("127.0.7.11", 8080);
        using var one = await Player.ConnectAsync(outside);
        using var two = await Player.ConnectAsync(outside);
        Assert.Equal(("crowded", "crowded"), (await one.ReadLineAsync(), await two.ReadLineAsync()));
        using var three = await Player.ConnectAsync(outside);
        Assert.Null(await three.ReadLineAsync());
        using var elsewhere = await Player.ConnectAsync(await accelerator.OutsideAsync("127.0.7.11", 8081));
        Assert.Equal("other", await elsewhere.ReadLineAsync());
    }

    [Fact]
    public async Task A_listener_port_that_is_taken_is_a_clear_error_and_opens_none()
    {
        await using var accelerator = await Accelerators.WholeAsync(Options);
        var from = await accelerator.OutsideAsync("127.0.7.4", 8080) / 100 * 100;
        var problem = await Assert.ThrowsAsync<LocalAcceleratorException>(() => LocalAcceleratorServer.StartAsync(
            Options with { ListenerPorts = (from - 10, from + 89) }, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, CancellationToken.None));
        Assert.Contains("cannot be opened", problem.Message);
    }
}

/// <summary>A player with a plain socket.</summary>
internal sealed class Player : IDisposable
{
    private readonly TcpClient client = new();
    private StreamReader? reader;

    public static async Task<Player> ConnectAsync(int port)
    {
        var player = new Player();
        await player.client.ConnectAsync("127.0.0.1", port);
        player.reader = new(player.client.GetStream(), Encoding.UTF8);
        return player;
    }

    /// <summary>The next line; null: the connection is closed.</summary>
    public async Task<string?> ReadLineAsync()
    {
        try
        {
            return await reader!.ReadLineAsync().WaitAsync(Accelerators.Patience);
        }
        catch (IOException)
        {
            return null;
        }
    }

    public async Task WriteLineAsync(string line) => await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes($"{line}\n"));

    public void EndWriting() => client.Client.Shutdown(SocketShutdown.Send);

    public void Dispose() => client.Dispose();
}
