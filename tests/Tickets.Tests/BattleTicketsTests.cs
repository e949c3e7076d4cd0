using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace GameServer.Tickets.Tests;

public sealed class BattleTicketsTests
{
    private static readonly byte[] Key = Encoding.UTF8.GetBytes("a key for tests, 32 bytes or more");

    private readonly Clock clock = new();

    [Theory]
    [InlineData("default-1", "alice")]
    [InlineData("b", "\"quoted\" \\ 名前 😀")]
    public void A_ticket_names_its_battle_and_its_player(string battle, string player)
    {
        BattleTickets tickets = new(Key, clock);

        var check = tickets.Verify(tickets.Issue(battle, player, TimeSpan.FromMinutes(5)));

        Assert.Equal(new TicketCheck(true, battle, player, null), check);
    }

    [Fact]
    public void A_ticket_is_valid_until_it_expires_and_not_after()
    {
        BattleTickets tickets = new(Key, clock);
        var ticket = tickets.Issue("b", "alice", TimeSpan.FromMinutes(5));

        clock.Now += TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1);
        Assert.True(tickets.Verify(ticket).Valid);
        clock.Now += TimeSpan.FromSeconds(1);

        var check = tickets.Verify(ticket);
        Assert.False(check.Valid);
        Assert.Null(check.BattleId);
        Assert.Equal("The ticket has expired.", check.Problem);
    }

    [Fact]
    public void A_ticket_signed_with_another_key_is_refused()
    {
        BattleTickets foreign = new(Encoding.UTF8.GetBytes("another key for tests, 32 bytes too"), clock);

        var check = new BattleTickets(Key, clock).Verify(foreign.Issue("b", "alice", TimeSpan.FromMinutes(5)));

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
        var ticket = tickets.Issue("b", "alice", TimeSpan.FromMinutes(5));

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
