using System.Text;
using GameServer.Tickets;

namespace GameServer.BattleServer.Tests;

public sealed class BattleTests
{
    [Fact]
    public async Task Two_players_hear_each_other_in_capitals()
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var alice = await server.EnterAsync("b1", "alice");
        using var bob = await server.EnterAsync("b1", "bob");
        Assert.Equal("HERE IS BOB", await alice.HearAsync());
        await alice.SayAsync("ping\r");
        Assert.Equal("PING", await alice.HearAsync());
        Assert.Equal("PING", await bob.HearAsync());
        await bob.SayAsync("größe");
        Assert.Equal("GRÖßE", await alice.HearAsync());
    }

    [Fact]
    public async Task Each_port_has_a_battle_of_its_own()
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var alice = await server.EnterAsync("b1", "alice", port: 0);
        using var carol = await server.EnterAsync("b2", "carol", port: 1);
        await carol.SayAsync("only mine");
        Assert.Equal("ONLY MINE", await carol.HearAsync());
        await alice.SayAsync("mine");
        Assert.Equal("MINE", await alice.HearAsync());
    }

    [Fact]
    public async Task Quit_ends_the_battle_is_reported_and_frees_the_port()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.Registry.RegisteredAsync();
        using var alice = await server.EnterAsync("b1", "alice");
        using var bob = await server.EnterAsync("b1", "bob");
        Assert.Equal("HERE IS BOB", await alice.HearAsync());
        await bob.SayAsync("quit");
        await alice.IsSentAwayAsync("BYE");
        await bob.IsSentAwayAsync("BYE");
        await server.Registry.NextAsync("POST", "battle-servers/s1/battles/b1/finished");

        using var late = await server.ConnectAsync();
        await late.SayAsync(server.Ticket("b1", "alice"));
        await late.IsSentAwayAsync("error: This battle is over.");
        using var carol = await server.EnterAsync("b2", "carol");
    }

    [Fact]
    public async Task The_end_of_a_battle_is_reported_again_until_the_registry_has_it()
    {
        await using var server = await ServerUnderTest.StartAsync(prepare: r =>
        {
            r.Fails = call => call.Path.EndsWith("/finished", StringComparison.Ordinal);
            r.Statuses.Enqueue(503);
            r.Statuses.Enqueue(503);
        });
        await server.Registry.RegisteredAsync();
        using var alice = await server.EnterAsync("b1", "alice");
        await alice.SayAsync("quit");
        for (var i = 0; i < 3; i++)
            await server.Registry.NextAsync("POST", "/battles/b1/finished");
    }

    [Fact]
    public async Task The_same_player_again_replaces_the_older_connection()
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var first = await server.EnterAsync("b1", "alice");
        using var second = await server.EnterAsync("b1", "alice");
        await first.IsSentAwayAsync("error: You connected again elsewhere.");
        await second.SayAsync("still here");
        Assert.Equal("STILL HERE", await second.HearAsync());
    }

    [Fact]
    public async Task A_player_who_left_comes_back_with_the_ticket()
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var bob = await server.EnterAsync("b1", "bob");
        (await server.EnterAsync("b1", "alice")).Dispose();
        using var again = await server.EnterAsync("b1", "alice");
    }

    [Fact]
    public async Task A_third_player_is_refused_also_while_one_of_the_two_is_away()
    {
        await using var server = await ServerUnderTest.StartAsync();
        (await server.EnterAsync("b1", "alice")).Dispose();
        using var bob = await server.EnterAsync("b1", "bob");
        using var carol = await server.ConnectAsync();
        await carol.SayAsync(server.Ticket("b1", "carol"));
        await carol.IsSentAwayAsync("error: This battle has its 2 players.");
    }

    [Fact]
    public async Task Another_battles_ticket_is_refused_while_the_registry_does_not_give_it_the_port()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Registry.Give(server.Ports[0], "b1");
        using var alice = await server.EnterAsync("b1", "alice");
        using var foreign = await server.ConnectAsync();
        await foreign.SayAsync(server.Ticket("b2", "carol"));
        await foreign.IsSentAwayAsync("error: This port has another battle.");
        await alice.SayAsync("undisturbed");
        Assert.Equal("UNDISTURBED", await alice.HearAsync());
    }

    [Fact]
    public async Task A_battle_that_was_settled_elsewhere_makes_room_for_the_one_the_registry_gave_the_port()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.Registry.RegisteredAsync();
        server.Registry.Give(server.Ports[0], "b1");
        using var alice = await server.EnterAsync("b1", "alice");
        server.Registry.Give(server.Ports[0], "b2");
        using var carol = await server.EnterAsync("b2", "carol");
        await alice.IsSentAwayAsync("error: This battle is over, or has moved to another server.");
    }

    [Fact]
    public async Task Refused_tickets_get_one_clear_line()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var foreign = new BattleTickets(Encoding.UTF8.GetBytes("another key for tests, 32 bytes too"), TimeProvider.System);
        foreach (var (ticket, says) in new[]
        {
            ("garbage", "error: The ticket cannot be read."),
            ("", "error: There is no ticket."),
            (foreign.Issue("b1", "alice", TimeSpan.FromMinutes(1)), "error: The ticket's signature is not ours."),
            (
                new BattleTickets(Encoding.UTF8.GetBytes(ServerUnderTest.TicketKey), new Yesterday()).Issue("b1", "alice", TimeSpan.FromMinutes(1)),
                "error: The ticket has expired."),
        })
        {
            using var player = await server.ConnectAsync();
            await player.SayAsync(ticket);
            await player.IsSentAwayAsync(says);
        }
    }

    [Fact]
    public async Task Who_shows_no_ticket_in_time_is_sent_away()
    {
        await using var server = await ServerUnderTest.StartAsync(o => o with { TicketTime = TimeSpan.FromMilliseconds(50) });
        using var silent = await server.ConnectAsync();
        Assert.StartsWith("error: No ticket within", await silent.HearAsync());
        Assert.Null(await silent.HearAsync());
    }

    [Fact]
    public async Task A_line_that_is_too_long_sends_only_its_sender_away()
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var alice = await server.EnterAsync("b1", "alice");
        using var bob = await server.EnterAsync("b1", "bob");
        Assert.Equal("HERE IS BOB", await alice.HearAsync());
        await bob.SayBytesAsync(Encoding.UTF8.GetBytes(new string('x', 4097)));
        await bob.IsSentAwayAsync("error: A line may have at most 4096 bytes.");
        await alice.SayAsync("fine");
        Assert.Equal("FINE", await alice.HearAsync());
    }

    [Fact]
    public async Task A_flood_of_lines_sends_only_its_sender_away()
    {
        await using var server = await ServerUnderTest.StartAsync(o => o with { LinesPerSecond = 1 });
        using var bob = await server.ConnectAsync();
        await bob.SayAsync(server.Ticket("b1", "bob"));
        await bob.SayBytesAsync(Encoding.UTF8.GetBytes("1\n2\n3\n4\n5\n6\n7\n8\n"));
        string? last = null;
        while (await bob.HearAsync() is { } line)
            last = line;
        Assert.Equal("error: More than 1 lines in a second.", last);
        using var alice = await server.EnterAsync("b1", "alice");
    }

    [Fact]
    public async Task More_connections_than_the_bound_are_closed()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var silent = new List<PlayerClient>();
        for (var i = 0; i < 64; i++)
            silent.Add(await server.ConnectAsync());
        using (var more = await server.ConnectAsync())
            Assert.Null(await more.HearAsync());
        silent.ForEach(s => s.Dispose());
    }

    private sealed class Yesterday : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddDays(-1);
    }
}
