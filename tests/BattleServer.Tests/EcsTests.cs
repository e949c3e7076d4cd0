using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using GameServer.Tickets;

namespace GameServer.BattleServer.Tests;

/// <summary>A battle server as a task of ECS.</summary>
public sealed class EcsTests
{
    private const string Protected = """{"ProtectionEnabled":true,"ExpiresInMinutes":10}""";
    private const string NotProtected = """{"ProtectionEnabled":false}""";

    [Fact]
    public async Task It_asks_not_to_be_stopped_from_the_first_battle_until_none_is_on()
    {
        await using var ecs = await FakeEcs.StartAsync();
        await using var server = await ServerUnderTest.StartAsync(options => options with { EcsAgent = ecs.Agent });
        using var alice = await server.EnterAsync("b1", "alice", port: 0);
        Assert.Equal(Protected, await ecs.ToldAsync());
        using var bob = await server.EnterAsync("b1", "bob", port: 0);
        using var carol = await server.EnterAsync("b2", "carol", port: 1);
        using var dave = await server.EnterAsync("b2", "dave", port: 1);
        await bob.SayAsync("quit");
        Assert.Equal("YOU LOSE", await bob.HearAsync());
        await dave.SayAsync("quit");
        Assert.Equal("YOU LOSE", await dave.HearAsync());
        // Neither for the second battle nor for the end of the first it said anything.
        Assert.Equal(NotProtected, await ecs.ToldAsync());
    }

    [Fact]
    public async Task A_protection_that_is_refused_is_asked_for_again()
    {
        await using var ecs = await FakeEcs.StartAsync();
        ecs.Refusals = 1;
        await using var server = await ServerUnderTest.StartAsync(options => options with { EcsAgent = ecs.Agent });
        using var alice = await server.EnterAsync("b1", "alice");
        Assert.Equal(Protected, await ecs.ToldAsync());
        Assert.Equal(Protected, await ecs.ToldAsync());
    }

    [OwnAddressFact]
    public async Task A_task_learns_its_address_from_ECS_and_lets_its_battle_end_when_it_is_told_to_stop()
    {
        await using var ecs = await FakeEcs.StartAsync();
        await using var registry = await FakeRegistry.StartAsync();
        var port = FreePort();
        Dictionary<string, string> environment = new()
        {
            ["ECS_CONTAINER_METADATA_URI_V4"] = ecs.Metadata, ["ECS_AGENT_URI"] = ecs.Agent.ToString(), ["BATTLE_SERVER_ID"] = "s1",
            ["BATTLE_SERVER_PORTS"] = $"{port}", ["BATTLE_SERVER_SUBNET"] = "subnet-1", ["BATTLE_SERVER_REGISTRY"] = registry.Uri.ToString(),
            ["BATTLE_SERVER_API_KEY"] = RegistryHost.ApiKey, ["BATTLE_SERVER_TICKET_KEY"] = ServerUnderTest.TicketKey,
        };
        Assert.Equal(1, await HealthAsync(environment));
        using var server = Start(environment);
        try
        {
            var registration = await registry.RegisteredAsync();
            Assert.Equal(FakeEcs.OwnAddress, (string)registration.Body!["address"]!);
            Assert.Equal(0, await HealthAsync(environment));

            await registry.BeatAsync(); // Sent when the registration's answer has come: from now on its tickets are good.
            using var alice = await EnterAsync(port, "alice", 1);
            registry.Give(port, "b1");
            Assert.Equal(Protected, await ecs.ToldAsync());
            using var kill = Process.Start("kill", ["-TERM", $"{server.Id}"]);
            await registry.NextAsync("DELETE", "battle-servers/s1?epoch=1");
            using var bob = await EnterAsync(port, "bob", 2);
            await bob.SayAsync("quit");
            Assert.Equal("YOU LOSE", await bob.HearAsync());
            await registry.NextAsync("POST", "battle-servers/s1/battles/b1/finished");
            registry.TakeAll();
            await server.WaitForExitAsync().WaitAsync(ServerUnderTest.Patience);
            Assert.Equal(0, server.ExitCode);
        }
        finally
        {
            if (!server.HasExited)
                server.Kill();
        }
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("169.254.172.2")]
    public async Task An_address_that_nobody_else_can_reach_stops_the_start(string address)
    {
        await using var ecs = await FakeEcs.StartAsync();
        ecs.Address = address;
        using var server = Start(new()
        {
            ["ECS_CONTAINER_METADATA_URI_V4"] = ecs.Metadata, ["BATTLE_SERVER_SUBNET"] = "subnet-1", ["BATTLE_SERVER_API_KEY"] = RegistryHost.ApiKey,
            ["BATTLE_SERVER_TICKET_KEY"] = ServerUnderTest.TicketKey,
        });
        try
        {
            Assert.Contains($"The task's own address is {address}", await server.StandardError.ReadLineAsync().WaitAsync(ServerUnderTest.Patience));
            await server.WaitForExitAsync().WaitAsync(ServerUnderTest.Patience);
            Assert.NotEqual(0, server.ExitCode);
        }
        finally
        {
            if (!server.HasExited)
                server.Kill();
        }
    }

    private static async Task<PlayerClient> EnterAsync(int port, string player, long number)
    {
        var client = await PlayerClient.ConnectAsync(FakeEcs.OwnAddress!, port);
        BattleTickets tickets = new(Encoding.UTF8.GetBytes(ServerUnderTest.TicketKey), TimeProvider.System);
        await client.SayAsync(tickets.Issue(new("b1", player, "s1", port, 1, number), TimeSpan.FromSeconds(30)));
        await client.SayAsync($"here is {player}");
        Assert.Equal($"HERE IS {player.ToUpperInvariant()}", await client.HearAsync());
        return client;
    }

    private static async Task<int> HealthAsync(Dictionary<string, string> environment)
    {
        using var asked = Start(environment, "--health");
        await asked.WaitForExitAsync().WaitAsync(ServerUnderTest.Patience);
        return asked.ExitCode;
    }

    private static Process Start(Dictionary<string, string> environment, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [BlogTests.Program, .. arguments]) { RedirectStandardError = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Parse(FakeEcs.OwnAddress!), 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
