using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace GameServer.Tickets;

/// <summary>
/// Signs and checks the tickets that let one player into one battle on one port of a battle server (protocol, section 6). A ticket is a
/// JWT, signed with HS256, whose claims are the fields of <see cref="BattleTicket"/> and <c>exp</c>. Who has the key can check it without
/// asking anyone. Safe for use by many threads.
/// </summary>
public sealed class BattleTickets
{
    /// <summary>The least length of the key, in bytes.</summary>
    public const int MinKeyBytes = 32;

    // The type keeps any other token that may be signed with the same key, such as a player's, from passing as a ticket.
    private const string TicketType = "battle+jwt";
    private const string BattleClaim = "battle";
    private const string PlayerClaim = "player";
    private const string ServerClaim = "server";
    private const string PortClaim = "port";
    private const string EpochClaim = "epoch";
    private const string NumberClaim = "number";

    // A ticket is some hundred bytes; a longer text is none.
    private const int MaxTicketLength = 4096;

    private readonly TimeProvider time;
    private readonly SigningCredentials credentials;
    private readonly TokenValidationParameters rules;
    private readonly JsonWebTokenHandler handler = new()
    {
        SetDefaultTimesOnTokenCreation = false,
        MapInboundClaims = false,
        MaximumTokenSizeInBytes = MaxTicketLength,
    };

    /// <summary>Tickets signed with <paramref name="key"/>.</summary>
    /// <param name="key">The secret that the edge and the battle servers share; 32 bytes or more.</param>
    /// <param name="time">What tells the time.</param>
    /// <exception cref="ArgumentException">The key is too short.</exception>
    public BattleTickets(byte[] key, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(time);
        if (key.Length < MinKeyBytes)
            throw new ArgumentException($"The ticket key has {key.Length} bytes; it must have {MinKeyBytes} or more.", nameof(key));
        this.time = time;
        SymmetricSecurityKey secret = new((byte[])key.Clone());
        credentials = new(secret, SecurityAlgorithms.HmacSha256);
        rules = new()
        {
            IssuerSigningKey = secret,
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            ValidTypes = [TicketType],
            ValidateIssuer = false,
            ValidateAudience = false,
            RequireSignedTokens = true,
            LifetimeValidator = (_, expires, _, _) => expires is { } end && time.GetUtcNow().UtcDateTime < end,
        };
    }

    /// <summary>Signs a ticket.</summary>
    /// <param name="ticket">What it opens, and to whom.</param>
    /// <param name="lifetime">How long it is valid from now, above zero; cut to whole seconds.</param>
    /// <returns>The ticket: printable ASCII without spaces.</returns>
    /// <exception cref="ArgumentException">An id is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The lifetime is not above zero.</exception>
    public string Issue(BattleTicket ticket, TimeSpan lifetime)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        ArgumentException.ThrowIfNullOrEmpty(ticket.BattleId);
        ArgumentException.ThrowIfNullOrEmpty(ticket.UserId);
        ArgumentException.ThrowIfNullOrEmpty(ticket.ServerId);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(lifetime, TimeSpan.Zero);
        return handler.CreateToken(new SecurityTokenDescriptor
        {
            TokenType = TicketType,
            Claims = new Dictionary<string, object>
            {
                [BattleClaim] = ticket.BattleId,
                [PlayerClaim] = ticket.UserId,
                [ServerClaim] = ticket.ServerId,
                [PortClaim] = ticket.Port,
                [EpochClaim] = ticket.Epoch,
                [NumberClaim] = ticket.Number,
            },
            Expires = (time.GetUtcNow() + lifetime).UtcDateTime,
            SigningCredentials = credentials,
        });
    }

    /// <summary>Checks a ticket; never throws, whatever the text is.</summary>
    /// <param name="ticket">The text a player showed.</param>
    public TicketCheck Verify(string ticket)
    {
        if (string.IsNullOrEmpty(ticket))
            return Refused("There is no ticket.");
        if (ticket.Length > MaxTicketLength)
            return Refused($"The ticket is longer than {MaxTicketLength} characters.");

        // With a key at hand nothing in there waits: the task is complete when it comes back.
        var result = handler.ValidateTokenAsync(ticket, rules).GetAwaiter().GetResult();
        if (!result.IsValid)
            return Refused(result.Exception switch
            {
                SecurityTokenInvalidLifetimeException => "The ticket has expired.",
                SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException =>
                    "The ticket's signature is not ours.",
                SecurityTokenInvalidTypeException or SecurityTokenInvalidAlgorithmException => "This is no battle ticket.",
                _ => "The ticket cannot be read.",
            });
        return Text(result, BattleClaim) is { } battle && Text(result, PlayerClaim) is { } player && Text(result, ServerClaim) is { } server
            && Number(result, PortClaim) is { } port and >= 1 and <= 65535 && Number(result, EpochClaim) is { } epoch
            && Number(result, NumberClaim) is { } number
            ? new(new(battle, player, server, (int)port, epoch, number), Problem: null)
            : Refused("The ticket does not name its battle, player, server, port, epoch and number.");
    }

    private static string? Text(TokenValidationResult token, string claim) =>
        token.Claims.TryGetValue(claim, out var value) && value is string { Length: > 0 } text ? text : null;

    private static long? Number(TokenValidationResult token, string claim) =>
        token.Claims.TryGetValue(claim, out var value) ? value switch { int small => small, long large => large, _ => null } : null;

    private static TicketCheck Refused(string problem) => new(Ticket: null, problem);
}
