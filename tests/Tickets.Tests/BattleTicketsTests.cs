using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace GameServer.Tickets.Tests;

public sealed class BattleTicketsTests
{
    private static readonly byte[] Key = Encoding.UTF8.GetBytes("a key for tests, 32 bytes or more");

    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);
    private static readonly BattleTicket Ticket = new("b", "alice", "server-1", 8080, 7, 12);

    private readonly Clock clock = new();

    [Theory]
    [InlineData("default-1", "alice")]
    [InlineData("b", "\"quoted\" \\ 名前 😀")]
    public void A_ticket_names_all_that_it_opens(string battle, string player)
    {
        BattleTickets tickets = new(Key, clock);
        BattleTicket ticket = new(battle, player, "server-1", 65535, 1L << 40, long.MaxValue);

        Assert.Equal(new TicketCheck(ticket, null), tickets.Verify(tickets.Issue(ticket, Lifetime)));
    }

    [Theory]
    [InlineData("battle")]
    [InlineData("player")]
    [InlineData("server")]
    [InlineData("port")]
    [InlineData("epoch")]
    [InlineData("number")]
    public void A_ticket_that_leaves_anything_open_is_refused(string missing)
    {
        Dictionary<string, object> claims = new()
        {
            ["battle"] = "b", ["player"] = "alice", ["server"] = "server-1", ["port"] = 8080, ["epoch"] = 7, ["number"] = 12,
        };
        string Signed() => new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            TokenType = "battle+jwt",
            Claims = claims,
            Expires = clock.Now.AddSeconds(30).UtcDateTime,
            SigningCredentials = new(new SymmetricSecurityKey(Key), SecurityAlgorithms.HmacSha256),
        });
        Assert.Equal(Ticket, new BattleTickets(Key, clock).Verify(Signed()).Ticket);

        claims.Remove(missing);

        Assert.Equal("The ticket does not name its battle, player, server, port, epoch and number.", new BattleTickets(Key, clock).Verify(Signed()).Problem);
    }

    [Fact]
    public void A_ticket_is_valid_until_it_expires_and_not_after()
    {
        BattleTickets tickets = new(Key, clock);
        var ticket = tickets.Issue(Ticket, Lifetime);

        clock.Now += Lifetime - TimeSpan.FromSeconds(1);
        Assert.True(tickets.Verify(ticket).Valid);
        clock.Now += TimeSpan.FromSeconds(1);

        var check = tickets.Verify(ticket);
        Assert.False(check.Valid);
        Assert.Null(check.Ticket);
        Assert.Equal("The ticket has expired.", check.Problem);
    }

    [Fact]
    public void A_ticket_signed_with_another_key_is_refused()
    {
        BattleTickets foreign = new(Encoding.UTF8.GetBytes("another key for tests, 32 bytes too"), clock);

        var check = new BattleTickets(Key, clock).Verify(foreign.Issue(Ticket, Lifetime));

        Assert.False(check.Valid);
        Assert.Equal("The ticket's signature is not ours.", check.Problem);
    }

    [Fact]
    public void Another_kind_of_token_with_the_same_key_is_no_ticket()
    {
        var token = new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Claims = new Dictionary<string, object> { ["battle"] = "b", ["player"] = "alice" },
            Expires = clock.Now.AddMinutes(5).UtcDateTime,
            NotBefore = clock.Now.UtcDateTime,
            SigningCredentials = new(new SymmetricSecurityKey(Key), SecurityAlgorithms.HmacSha256),
        });

        Assert.Equal("This is no battle ticket.", new BattleTickets(Key, clock).Verify(token).Problem);
    }

    [Fact]
    public void A_ticket_without_signature_is_refused()
    {
        static string Part(string json) => Base64UrlEncoder.Encode(json);
        var ticket = Part("""{"alg":"none","typ":"battle+jwt"}""") + "." + Part("""{"battle":"b","player":"a","exp":99999999999}""") + ".";

        Assert.False(new BattleTickets(Key, clock).Verify(ticket).Valid);
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("a.b.c")]
    [InlineData("😀.😀.😀")]
    [InlineData("..")]
    public void Garbage_is_refused_with_a_reason(string ticket)
    {
        var check = new BattleTickets(Key, clock).Verify(ticket);

        Assert.False(check.Valid);
        Assert.NotNull(check.Problem);
    }

    [Fact]
    public void A_ticket_changed_in_any_one_character_is_refused()
    {
        BattleTickets tickets = new(Key, clock);
        var ticket = tickets.Issue(Ticket, Lifetime);

        // The last character of a base64url text may carry unused bits, so it is left out.
        for (var i = 0; i < ticket.Length - 1; i++)
        {
            var changed = ticket.ToCharArray();
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            Assert.False(tickets.Verify(new string(changed)).Valid, $"changed at {i}");
        }
    }

    [Fact]
    public void A_key_below_32_bytes_is_refused() => Assert.Throws<ArgumentException>(() => new BattleTickets(new byte[31], clock));

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
