using GameServer.Settings;
using Microsoft.Extensions.Configuration;

namespace GameServer.BattleServer.Tests;

public sealed class RegistrationTests
{
    [Fact]
    public async Task It_registers_with_what_the_registry_needs_and_reports_its_connections()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var registration = await server.Registry.RegisteredAsync();
        Assert.Equal("the api key of the tests", registration.ApiKey);
        Assert.Equal(("subnet-1", server.Address), ((string)registration.Body!["subnet_id"]!, (string)registration.Body["address"]!));
        Assert.Equal(server.Ports, registration.Body["ports"]!.AsArray().Select(p => (int)p!));

        server.Registry.Give(server.Ports[0], "b1");
        using var alice = await server.EnterAsync("b1", "alice");
        using var bob = await server.EnterAsync("b1", "bob");
        while ((int)(await server.Registry.BeatAsync()).Body!["connections"]![$"{server.Ports[0]}"]! != 2)
        {
            // The heartbeat was on its way before both were here.
        }
        Assert.Equal(1, (int)(await server.Registry.BeatAsync()).Body!["epoch"]!);
    }

    [Theory]
    [InlineData(503)]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(409)]
    public async Task It_registers_again_and_again_until_it_is_taken(int status)
    {
        await using var server = await ServerUnderTest.StartAsync(prepare: r =>
        {
            r.Fails = call => call.Method == "PUT";
            r.Statuses.Enqueue(status);
            r.Statuses.Enqueue(status);
        });
        for (var i = 0; i < 3; i++)
            await server.Registry.RegisteredAsync();
        await server.Registry.BeatAsync();
    }

    [Theory]
    [InlineData(404)]
    [InlineData(409)]
    public async Task A_server_that_was_forgotten_drops_its_battles_and_registers_anew(int status)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.Registry.RegisteredAsync();
        server.Registry.Give(server.Ports[0], "b1");
        using var alice = await server.EnterAsync("b1", "alice");
        server.Registry.Statuses.Enqueue(status);
        server.Registry.Fails = call => call.Path.EndsWith("/heartbeat", StringComparison.Ordinal);
        await alice.IsSentAwayAsync("error: This battle has moved to another server.");
        await server.Registry.RegisteredAsync();
        Assert.Equal(2, (int)(await server.Registry.BeatAsync()).Body!["epoch"]!);
    }

    [Fact]
    public async Task A_heartbeat_that_fails_now_and_then_cuts_nobody()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.Registry.RegisteredAsync();
        server.Registry.Give(server.Ports[0], "b1");
        using var alice = await server.EnterAsync("b1", "alice");
        server.Registry.Statuses.Enqueue(503);
        server.Registry.Statuses.Enqueue(400);
        server.Registry.Fails = call => call.Path.EndsWith("/heartbeat", StringComparison.Ordinal);
        while (!server.Registry.Statuses.IsEmpty)
            await server.Registry.BeatAsync();
        await server.Registry.BeatAsync();
        await alice.SayAsync("still here");
        Assert.Equal("STILL HERE", await alice.HearAsync());
    }

    [Fact]
    public async Task A_battle_the_registry_no_longer_has_here_is_cut_at_the_next_heartbeat()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.Registry.RegisteredAsync();
        server.Registry.Give(server.Ports[0], "b1");
        using var alice = await server.EnterAsync("b1", "alice");
        server.Registry.TakeAll();
        await alice.IsSentAwayAsync("error: This battle is over, or has moved to another server.");
    }

    [Fact]
    public async Task A_stop_drains_first_and_ends_when_the_battle_does()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.Registry.RegisteredAsync();
        server.Registry.Give(server.Ports[0], "b1");
        using var alice = await server.EnterAsync("b1", "alice");

        var stopping = server.StopAsync();
        await server.Registry.NextAsync("DELETE", "battle-servers/s1?epoch=1");
        await alice.SayAsync("still fighting");
        Assert.Equal("STILL FIGHTING", await alice.HearAsync());
        Assert.False(stopping.IsCompleted);

        using var bob = await server.EnterAsync("b1", "bob");
        Assert.Equal("HERE IS BOB", await alice.HearAsync());
        server.Registry.TakeAll();
        await alice.SayAsync("quit");
        await bob.IsSentAwayAsync("YOU WIN");
        await server.Registry.NextAsync("POST", "/battles/b1/finished");
        await stopping.WaitAsync(ServerUnderTest.Patience);
    }

    [Fact]
    public async Task A_drain_waits_for_a_battle_whose_players_are_still_on_their_way()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.Registry.RegisteredAsync();
        server.Registry.Give(server.Ports[1], "b9");
        var stopping = server.StopAsync();
        await server.Registry.NextAsync("DELETE", "battle-servers/s1?epoch=1");
        for (var i = 0; i < 3; i++)
            await server.Registry.BeatAsync();
        Assert.False(stopping.IsCompleted);
        using var late = await server.EnterAsync("b9", "alice", port: 1);
        using var later = await server.EnterAsync("b9", "bob", port: 1);
        server.Registry.TakeAll();
        await late.SayAsync("quit");
        await stopping.WaitAsync(ServerUnderTest.Patience);
    }

    [Fact]
    public async Task A_drain_does_not_wait_for_a_battle_of_a_registry_that_has_been_gone_for_longer_than_the_lease()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.Registry.RegisteredAsync();
        server.Registry.Give(server.Ports[1], "b9");
        server.Registry.Command = "drain";
        await server.Registry.BeatAsync();
        server.Registry.Fails = _ =>
        {
            server.Registry.Statuses.Enqueue(503);
            return true;
        };
        await server.StoppedAsync();
    }

    [Fact]
    public async Task A_drain_ends_at_its_limit()
    {
        await using var server = await ServerUnderTest.StartAsync(o => o with { DrainLimit = TimeSpan.FromMilliseconds(200) });
        await server.Registry.RegisteredAsync();
        server.Registry.Give(server.Ports[0], "b1");
        using var alice = await server.EnterAsync("b1", "alice");
        await server.StopAsync().WaitAsync(ServerUnderTest.Patience);
        await alice.IsSentAwayAsync("error: This server is stopping.");
    }

    [Fact]
    public async Task A_server_the_registry_drains_ends_by_itself()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.Registry.RegisteredAsync();
        server.Registry.Command = "drain";
        await server.StoppedAsync();
    }

    [Fact]
    public async Task A_stop_without_a_registry_does_not_wait_for_it()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.Registry.RegisteredAsync();
        await server.Registry.DisposeAsync();
        await server.StopAsync().WaitAsync(ServerUnderTest.Patience);
    }

    [Fact]
    public async Task A_port_that_is_taken_stops_the_start_with_a_clear_error()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var problem = await Assert.ThrowsAsync<IOException>(() => ServerUnderTest.StartAsync(o => o with { Address = server.Address }));
        Assert.Contains($"{server.Address}:{server.Ports[0]} cannot be opened", problem.Message);
    }

    [Theory]
    [InlineData("--address is needed", "address", "")]
    [InlineData("--subnet is needed", "subnet", "")]
    [InlineData("BATTLE_SERVER_API_KEY is needed", "api-key", "")]
    [InlineData("BATTLE_SERVER_TICKET_KEY is needed", "ticket-key", "")]
    [InlineData("BATTLE_SERVER_TICKET_KEY has 5 bytes; it must have 32 or more", "ticket-key", "short")]
    [InlineData("address must be an IPv4 address", "address", "localhost")]
    [InlineData("address must be an IPv4 address", "address", "0.0.0.0")]
    [InlineData("subnet_id must be 1 to 64 characters", "subnet", "a b")]
    [InlineData("the server's id must be 1 to 64 characters", "id", "a b")]
    [InlineData("ports must be 1 to 16 ports", "ports", "")]
    [InlineData("ports must be different ports", "ports", "1,1")]
    [InlineData("a port must be an integer from 1 to 65535", "ports", "0")]
    [InlineData("--ports holds 'x'; allowed are whole numbers", "ports", "8080,x")]
    [InlineData("--registry is 'ftp://x'; allowed is a URL such as http://localhost:8080", "registry", "ftp://x")]
    [InlineData("--players is 1; allowed are 2 to 16", "players", "1")]
    [InlineData("--drain-limit is 1.00:00:01; allowed are 00:00:00 to 1.00:00:00", "drain-limit", "86401")]
    public async Task A_wrong_setting_is_refused_with_what_is_allowed(string told, string name, string value)
    {
        Dictionary<string, string?> settings = new()
        {
            ["address"] = "10.0.0.1", ["subnet"] = "x", ["api-key"] = "a key", ["ticket-key"] = ServerUnderTest.TicketKey,
        };
        Assert.Equal([8080, 8081], (await ReadAsync(settings)).Ports);
        Assert.Equal(Environment.MachineName, (await ReadAsync(settings)).Id);
        settings[name] = value;
        Assert.Contains(told, (await Assert.ThrowsAsync<SettingsException>(() => ReadAsync(settings))).Message);

        static Task<BattleServerOptions> ReadAsync(Dictionary<string, string?> settings) =>
            BattleServerOptions.ReadAsync(new(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), BattleServerProgram.Settings));
    }
}
