using System.Net;
using System.Net.Sockets;
using System.Text;
using GameServer.Tickets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace GameServer.BattleServer.Tests;

/// <summary>A battle server with two ports, and its registry.</summary>
internal sealed class ServerUnderTest : IAsyncDisposable
{
    public const string TicketKey = "a key for tests, 32 bytes or more";
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly BattleTickets tickets = new(Encoding.UTF8.GetBytes(TicketKey), TimeProvider.System);
    private readonly IHost host;
    private long number;

    private ServerUnderTest(FakeRegistry registry, IHost host, string address) =>
        (Registry, this.host, Address) = (registry, host, address);

    public FakeRegistry Registry { get; }

    /// <summary>An address of its own, so that its ports are free whatever else runs.</summary>
    public string Address { get; }

    public int[] Ports { get; } = [8080, 8081];

    public IHostApplicationLifetime Lifetime => host.Services.GetRequiredService<IHostApplicationLifetime>();

    /// <summary>Starts both, and waits until the server is registered unless the registry was prepared otherwise.</summary>
    public static async Task<ServerUnderTest> StartAsync(
        Func<BattleServerOptions, BattleServerOptions>? change = null, Action<FakeRegistry>? prepare = null)
    {
        var registry = await FakeRegistry.StartAsync();
        prepare?.Invoke(registry);
        var address = $"127.{Random.Shared.Next(1, 255)}.{Random.Shared.Next(1, 255)}.{Random.Shared.Next(1, 255)}";
        var options = new BattleServerOptions
        {
            Id = "s1", Address = address, Ports = [8080, 8081], Subnet = "subnet-1", Registry = registry.Uri, ApiKey = "the api key of the tests", TicketKey = TicketKey,
            RetryDelay = TimeSpan.FromMilliseconds(20),
        };
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddBattleServer(change?.Invoke(options) ?? options);
        var host = builder.Build();
        await host.StartAsync();
        if (prepare is null)
            await registry.Registered.WaitAsync(Patience);
        return new(registry, host, address);
    }

    /// <summary>What the registry would let a ticket say now: each is newer than the one before.</summary>
    public BattleTicket Right(string battle, string player, int port = 0) => new(battle, player, "s1", Ports[port], Registry.Epoch, ++number);

    public string Ticket(string battle, string player, int port = 0) => Sign(Right(battle, player, port));

    public string Sign(BattleTicket ticket) => tickets.Issue(ticket, TimeSpan.FromSeconds(30));

    public Task<PlayerClient> ConnectAsync(int port = 0) => PlayerClient.ConnectAsync(Address, Ports[port]);

    /// <summary>A player who is in the battle: what the player said has come back.</summary>
    public async Task<PlayerClient> EnterAsync(string battle, string player, int port = 0)
    {
        await Registry.Registered;
        var client = await ConnectAsync(port);
        await client.SayAsync(Ticket(battle, player, port));
        await client.SayAsync($"here is {player}");
        Assert.Equal($"HERE IS {player.ToUpperInvariant()}", await client.HearAsync());
        return client;
    }

    public Task StopAsync() => host.StopAsync();

    public async Task StoppedAsync()
    {
        var stopped = new TaskCompletionSource();
        Lifetime.ApplicationStopping.Register(stopped.SetResult);
        await stopped.Task.WaitAsync(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        // Nobody waits for battles that a test left behind.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await host.StopAsync(now.Token);
        host.Dispose();
        await Registry.DisposeAsync();
    }
}

/// <summary>A player with a plain socket, as <c>nc</c> is one.</summary>
internal sealed class PlayerClient : IDisposable
{
    private readonly TcpClient client = new();
    private StreamReader? reader;

    public static async Task<PlayerClient> ConnectAsync(string address, int port)
    {
        var player = new PlayerClient();
        await player.client.ConnectAsync(IPAddress.Parse(address), port);
        player.reader = new(player.client.GetStream(), Encoding.UTF8);
        return player;
    }

    public async Task SayAsync(string line) => await SayBytesAsync(Encoding.UTF8.GetBytes($"{line}\n"));

    public async Task SayBytesAsync(byte[] bytes) => await client.GetStream().WriteAsync(bytes);

    /// <summary>The next line; null: the connection is closed.</summary>
    public async Task<string?> HearAsync()
    {
        try
        {
            return await reader!.ReadLineAsync().WaitAsync(ServerUnderTest.Patience);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The next line is this, and then the connection is closed.</summary>
    public async Task IsSentAwayAsync(string line)
    {
        Assert.Equal(line, await HearAsync());
        Assert.Null(await HearAsync());
    }

    public void Dispose() => client.Dispose();
}
