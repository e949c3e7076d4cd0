using System.Diagnostics;
using System.Text;
using GameServer.Game;
using GameServer.Tickets;

namespace GameServer.BattleServer.Tests;

/// <summary>
/// The blog's story from end to end with real processes: register, be mapped, be allocated, play through the accelerator, come back,
/// lose the server, go on elsewhere.
/// </summary>
public sealed class BlogTests
{
    // The program where it was built: beside the tests it would lack what they take from another framework.
    internal static readonly string Program = Path.Combine(
        AppContext.BaseDirectory.TrimEnd('/').Replace("/tests/BattleServer.Tests/", "/src/BattleServer/", StringComparison.Ordinal), "GameServer.BattleServer.dll");

    private readonly BattleTickets tickets = new(Encoding.UTF8.GetBytes(ServerUnderTest.TicketKey), TimeProvider.System);
    private long number;

    [Fact]
    public async Task Two_players_play_through_the_accelerator_and_go_on_elsewhere_when_their_server_is_killed()
    {
        await using var host = await RegistryHost.StartAsync("127.0.9.0/28", (8080, 8081));
        using var first = Start(host, "first", "127.0.9.4");
        await LiveAsync(host, "first");

        // Least loaded, mapped, and only then told.
        host.Tell(new AllocateServer("b1"));
        var allocated = Assert.IsType<ServerAllocated>(await host.RoomToldAsync());
        Assert.Equal(("b1", "localhost"), (allocated.Server.BattleId, allocated.Server.Dns));
        using var alice = await EnterAsync(allocated, "alice");
        using var bob = await EnterAsync(allocated, "bob");
        Assert.Equal("HERE IS BOB", await alice.HearAsync());
        await alice.SayAsync("ping");
        Assert.Equal("PING", await alice.HearAsync());
        Assert.Equal("PING", await bob.HearAsync());

        // Dropped and back, by the same way in.
        alice.Dispose();
        using var again = await EnterAsync(allocated, "alice");
        Assert.Equal("HERE IS ALICE", await bob.HearAsync());

        using var second = Start(host, "second", "127.0.9.5");
        await LiveAsync(host, "second");
        first.Kill();
        await first.WaitForExitAsync();
        Assert.Null(await bob.HearAsync());
        var moved = Assert.IsType<ServerAllocated>(await host.RoomToldAsync());
        Assert.True(moved.Fence > allocated.Fence);
        Assert.NotEqual(allocated.Server.Port, moved.Server.Port);
        using var aliceMoved = await EnterAsync(moved, "alice");
        using var bobMoved = await EnterAsync(moved, "bob");
        Assert.Equal("HERE IS BOB", await aliceMoved.HearAsync());

        // The end: the port is free again, and a stopped server leaves with nothing held.
        await bobMoved.SayAsync("quit");
        await aliceMoved.IsSentAwayAsync("YOU WIN");
        Assert.Equal(
            new() { ["alice"] = BattleResult.Win, ["bob"] = BattleResult.Lose },
            (await host.ReportedAsync()).Results.ToDictionary(r => r.Key, r => r.Value));
        await UntilAsync(() => host.Status().Servers.Single().Ports.All(p => p.BattleId is null));
        Process.Start("kill", ["-TERM", $"{second.Id}"]).Dispose();
        await second.WaitForExitAsync().WaitAsync(ServerUnderTest.Patience);
        Assert.Equal(0, second.ExitCode);
        Assert.Empty(host.Status().Servers);
    }

    private async Task<PlayerClient> EnterAsync(ServerAllocated allocated, string player)
    {
        var client = await PlayerClient.ConnectAsync("127.0.0.1", allocated.Server.Port);
        var (server, port, epoch) = allocated.Server.Place!;
        await client.SayAsync(tickets.Issue(new(allocated.Server.BattleId, player, server, port, epoch, ++number), TimeSpan.FromSeconds(30)));
        await client.SayAsync($"here is {player}");
        Assert.Equal($"HERE IS {player.ToUpperInvariant()}", await client.HearAsync());
        return client;
    }

    private static Task LiveAsync(RegistryHost host, string id) =>
        UntilAsync(() => host.Status().Servers.Any(s => s.ServerId == id && s.State == "live" && s.Ports.All(p => p.OutsidePort != 0)));

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition())
            await Task.Delay(20, patience.Token);
    }

    private static ServerProcess Start(RegistryHost host, string id, string address) => ServerProcess.Run(new("dotnet", [
        Program, "--id", id, "--address", address, "--ports", "8080,8081", "--subnet", RegistryHost.Subnet,
        "--registry", host.Url])
    {
        Environment = { ["BATTLE_SERVER_API_KEY"] = RegistryHost.ApiKey, ["BATTLE_SERVER_TICKET_KEY"] = ServerUnderTest.TicketKey },
    });

    /// <summary>A battle server's process, which does not outlive the test.</summary>
    private sealed class ServerProcess(Process process) : IDisposable
    {
        public int Id => process.Id;

        public int ExitCode => process.ExitCode;

        public static ServerProcess Run(ProcessStartInfo start) => new(Process.Start(start)!);

        public void Kill() => process.Kill();

        public Task WaitForExitAsync() => process.WaitForExitAsync();

        public void Dispose()
        {
            if (!process.HasExited)
                process.Kill();
            process.Dispose();
        }
    }
}
