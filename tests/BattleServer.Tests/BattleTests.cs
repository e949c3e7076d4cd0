using System.Text;
using GameServer.Tickets;

namespace GameServer.BattleServer.Tests;

public sealed class BattleTests
{
    /// <summary>Connections of a port that are no player's.</summary>
    private const int Strangers = 64;

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
    public async Task Who_quits_has_lost_the_other_has_won_and_the_registry_is_told()
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var alice = await server.EnterAsync("b1", "alice");
        using var bob = await server.EnterAsync("b1", "\"bøb\"");
        Assert.Equal("HERE IS \"BØB\"", await alice.HearAsync());
        await bob.SayAsync("quit");
        await bob.IsSentAwayAsync("YOU LOSE");
        await alice.IsSentAwayAsync("YOU WIN");
        var finished = await server.Registry.NextAsync("POST", "battle-servers/s1/battles/b1/finished");
        Assert.Equal("""{"epoch":1,"result":{"alice":"WIN","\"bøb\"":"LOSE"}}""", finished.Text);

        using var late = await server.ConnectAsync();
        await late.SayAsync(server.Ticket("b1", "alice"));
        await late.IsSentAwayAsync("error: This battle is over.");
        using var carol = await server.EnterAsync("b2", "carol");
    }

    [Fact]
    public async Task Who_quits_before_the_other_has_come_loses_to_whoever_comes()
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var alice = await server.EnterAsync("b1", "alice");
        await alice.SayAsync("quit");
        await alice.IsSentAwayAsync("YOU LOSE");
        using (var again = await server.ConnectAsync())
        {
            await again.SayAsync(server.Ticket("b1", "alice"));
            await again.IsSentAwayAsync("error: You have quit this battle.");
        }

        using var bob = await server.ConnectAsync();
        await bob.SayAsync(server.Ticket("b1", "bob"));
        await bob.IsSentAwayAsync("YOU WIN");
        var finished = await server.Registry.NextAsync("POST", "battle-servers/s1/battles/b1/finished");
        Assert.Equal("""{"epoch":1,"result":{"alice":"LOSE","bob":"WIN"}}""", finished.Text);
    }

    [Fact]
    public async Task Of_three_the_last_who_has_not_quit_wins()
    {
        await using var server = await ServerUnderTest.StartAsync(o => o with { Players = 3 });
        using var alice = await server.EnterAsync("b1", "alice");
        using var bob = await server.EnterAsync("b1", "bob");
        using var carol = await server.EnterAsync("b1", "carol");
        await bob.SayAsync("quit");
        Assert.Equal("HERE IS CAROL", await bob.HearAsync());
        await bob.IsSentAwayAsync("YOU LOSE");
        await alice.SayAsync("two are left");
        while (await carol.HearAsync() is not "TWO ARE LEFT")
        {
            // What was said before.
        }
        await alice.SayAsync("quit");
        await carol.IsSentAwayAsync("YOU WIN");
        var finished = await server.Registry.NextAsync("POST", "/battles/b1/finished");
        Assert.Equal("""{"epoch":1,"result":{"alice":"LOSE","bob":"LOSE","carol":"WIN"}}""", finished.Text);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(503)]
    public async Task The_end_of_a_battle_is_reported_again_until_the_registry_has_it(int status)
    {
        await using var server = await ServerUnderTest.StartAsync(prepare: r =>
        {
            r.Fails = call => call.Path.EndsWith("/finished", StringComparison.Ordinal);
            r.Statuses.Enqueue(status);
            r.Statuses.Enqueue(status);
        });
        await EndBattleAsync(server, "b1");
        for (var i = 0; i < 3; i++)
            await server.Registry.NextAsync("POST", "/battles/b1/finished");
    }

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(409)]
    public async Task A_report_that_can_never_count_is_not_made_again_and_holds_up_no_other(int status)
    {
        await using var server = await ServerUnderTest.StartAsync(prepare: r =>
        {
            r.Fails = call => call.Path.EndsWith("/b1/finished", StringComparison.Ordinal);
            r.Statuses.Enqueue(status);
        });
        await EndBattleAsync(server, "b1");
        await EndBattleAsync(server, "b2");
        await server.Registry.NextAsync("POST", "/battles/b1/finished");
        var next = await server.Registry.NextAsync("POST", "/finished");
        Assert.EndsWith("/battles/b2/finished", next.Path, StringComparison.Ordinal);
    }

    private static async Task EndBattleAsync(ServerUnderTest server, string battle)
    {
        using var alice = await server.EnterAsync(battle, "alice");
        using var bob = await server.EnterAsync(battle, "bob");
        await bob.SayAsync("quit");
        await bob.IsSentAwayAsync("YOU LOSE");
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
    public async Task A_player_who_left_comes_back_with_a_newer_ticket()
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
    public async Task A_ticket_opens_one_connection_also_after_that_is_gone()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.Registry.Registered;
        var (older, newer) = (server.Ticket("b1", "alice"), server.Ticket("b1", "alice"));
        using (var alice = await server.ConnectAsync())
        {
            await alice.SayAsync(newer);
            await alice.SayAsync("mine");
            Assert.Equal("MINE", await alice.HearAsync());
            foreach (var overheard in new[] { older, newer })
            {
                using var thief = await server.ConnectAsync();
                await thief.SayAsync(overheard);
                await thief.IsSentAwayAsync("error: This ticket has been used; a newer one is needed.");
            }
            await alice.SayAsync("still mine");
            Assert.Equal("STILL MINE", await alice.HearAsync());
        }

        using var late = await server.ConnectAsync();
        await late.SayAsync(newer);
        await late.IsSentAwayAsync("error: This ticket has been used; a newer one is needed.");
    }

    [Fact]
    public async Task A_ticket_opens_its_own_server_port_and_registration_and_nothing_else()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.Registry.Registered;
        var right = server.Right("b1", "alice");
        foreach (var (ticket, says) in new[]
        {
            (right with { ServerId = "s2" }, "error: This ticket is for another server or port."),
            (right with { Port = server.Ports[1] }, "error: This ticket is for another server or port."),
            (right with { Epoch = 0 }, "error: This ticket is of another registration of this server; a newer one is needed."),
            (right with { Epoch = 2 }, "error: This ticket is of another registration of this server; a newer one is needed."),
        })
        {
            using var player = await server.ConnectAsync();
            await player.SayAsync(server.Sign(ticket));
            await player.IsSentAwayAsync(says);
        }
    }

    [Fact]
    public async Task A_ticket_of_before_the_server_was_forgotten_opens_nothing_after_it()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await server.Registry.RegisteredAsync();
        var before = server.Ticket("b1", "alice");
        server.Registry.Statuses.Enqueue(404);
        server.Registry.Fails = call => call.Path.EndsWith("/heartbeat", StringComparison.Ordinal);
        await server.Registry.RegisteredAsync();
        using var alice = await server.ConnectAsync();
        await alice.SayAsync(before);
        await alice.IsSentAwayAsync("error: This ticket is of another registration of this server; a newer one is needed.");
        using var again = await server.EnterAsync("b1", "alice");
    }

    [Fact]
    public async Task Who_comes_before_the_answer_to_the_registration_waits_for_it()
    {
        var answered = new TaskCompletionSource();
        await using var server = await ServerUnderTest.StartAsync(prepare: r => r.Holds = call => call.Method == "PUT" ? answered.Task : Task.CompletedTask);
        await server.Registry.RegisteredAsync();
        using var alice = await server.ConnectAsync();
        await alice.SayAsync(server.Ticket("b1", "alice"));
        await alice.SayAsync("in time");
        answered.SetResult();
        Assert.Equal("IN TIME", await alice.HearAsync());
    }

    [Fact]
    public async Task No_ticket_is_good_before_the_server_is_registered()
    {
        var answered = new TaskCompletionSource();
        await using var server = await ServerUnderTest.StartAsync(prepare: r => r.Holds = call => call.Method == "PUT" ? answered.Task : Task.CompletedTask);
        await server.Registry.RegisteredAsync();
        using var alice = await server.ConnectAsync();
        await alice.SayAsync(server.Sign(server.Right("b1", "alice") with { Epoch = 0 }));
        await alice.SayAsync("not in");
        answered.SetResult();
        await alice.IsSentAwayAsync("error: This ticket is of another registration of this server; a newer one is needed.");
    }

    [Fact]
    public async Task Refused_tickets_get_one_clear_line()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var right = server.Right("b1", "alice");
        var foreign = new BattleTickets(Encoding.UTF8.GetBytes("another key for tests, 32 bytes too"), TimeProvider.System);
        var yesterday = new BattleTickets(Encoding.UTF8.GetBytes(ServerUnderTest.TicketKey), new Yesterday());
        foreach (var (ticket, says) in new[]
        {
            ("garbage", "error: The ticket cannot be read."),
            ("", "error: There is no ticket."),
            (foreign.Issue(right, TimeSpan.FromSeconds(30)), "error: The ticket's signature is not ours."),
            (yesterday.Issue(right, TimeSpan.FromSeconds(30)), "error: The ticket has expired."),
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
    public async Task However_many_come_without_a_ticket_a_player_with_one_gets_in_and_stays()
    {
        await using var server = await ServerUnderTest.StartAsync(o => o with { TicketTime = TimeSpan.FromHours(1) });
        using var crowd = new Crowd(server);
        await crowd.ComeAsync(Strangers);
        using var alice = await server.EnterAsync("b1", "alice");
        await crowd.ComeAsync(3 * Strangers);
        using var bob = await server.EnterAsync("b1", "bob");
        Assert.Equal("HERE IS BOB", await alice.HearAsync());

        // The oldest went without a word; the newest are still there.
        Assert.Null(await crowd.Clients[0].HearAsync());
        await crowd.Clients[^1].SayAsync("no ticket");
        await crowd.Clients[^1].IsSentAwayAsync("error: The ticket cannot be read.");
    }

    [Fact]
    public async Task Who_is_sent_away_and_does_not_go_makes_room_as_well()
    {
        await using var server = await ServerUnderTest.StartAsync();
        using var crowd = new Crowd(server);
        for (var i = 0; i < 2 * Strangers; i++)
        {
            await crowd.ComeAsync(1);
            await crowd.Clients[^1].SayAsync(server.Ticket("b1", "alice", port: 1));
        }
        using var alice = await server.EnterAsync("b1", "alice");
    }

    [Fact]
    public async Task Who_does_not_read_is_cut_and_holds_up_nobody()
    {
        await using var server = await ServerUnderTest.StartAsync(o => o with { LinesPerSecond = 1_000_000 });
        using var deaf = await server.EnterAsync("b1", "bob");
        using var alice = await server.EnterAsync("b1", "alice");
        // Sockets take some megabytes; then 256 lines wait; then it is over.
        var line = new string('x', 4000);
        for (var i = 0; i < 5000; i++)
        {
            await alice.SayAsync(line);
            Assert.Equal(4000, (await alice.HearAsync())!.Length);
        }

        using var again = await server.EnterAsync("b1", "bob");
        Assert.Equal("HERE IS BOB", await alice.HearAsync());
        var connections = 0;
        while (connections != 2)
            connections = (int)(await server.Registry.BeatAsync()).Body!["connections"]![$"{server.Ports[0]}"]!;
    }

    /// <summary>Connections that say nothing.</summary>
    private sealed class Crowd(ServerUnderTest server) : IDisposable
    {
        public List<PlayerClient> Clients { get; } = [];

        public async Task ComeAsync(int count)
        {
            for (var i = 0; i < count; i++)
                Clients.Add(await server.ConnectAsync());
        }

        public void Dispose() => Clients.ForEach(client => client.Dispose());
    }

    private sealed class Yesterday : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddDays(-1);
    }
}
