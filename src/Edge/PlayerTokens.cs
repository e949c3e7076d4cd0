using System.Text;
using GameServer.Game;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace GameServer.Edge;

/// <summary>
/// The tokens of <c>Auth:Mode=token</c>: JWTs signed with HS256 by <c>Auth:Key</c>, with <c>iss</c> and <c>aud</c> "gameserver", the user
/// id as <c>sub</c>, and <c>exp</c>. Another service that has the key may sign them as well.
/// </summary>
internal sealed class PlayerTokens
{
    private const string Us = "gameserver";

    private readonly TimeProvider time;
    private readonly TimeSpan lifetime;
    private readonly SigningCredentials? credentials;
    private readonly TokenValidationParameters? rules;
    private readonly JsonWebTokenHandler handler = new()
    {
        SetDefaultTimesOnTokenCreation = false,
        MapInboundClaims = false,
        MaximumTokenSizeInBytes = 8192,
    };

    public PlayerTokens(IOptions<AuthOptions> options, TimeProvider time)
    {
        this.time = time;
        lifetime = options.Value.TokenLifetime;
        if (!options.Value.TokensOn)
            return;
        SymmetricSecurityKey key = new(Encoding.UTF8.GetBytes(options.Value.Key!));
        credentials = new(key, SecurityAlgorithms.HmacSha256);
        rules = new()
        {
            IssuerSigningKey = key,
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            ValidTypes = ["JWT"],
            ValidIssuer = Us,
            ValidAudience = Us,
            RequireSignedTokens = true,
            LifetimeValidator = (from, to, _, _) =>
                to is { } end && time.GetUtcNow().UtcDateTime < end && (from is not { } start || start <= time.GetUtcNow().UtcDateTime),
        };
    }

    /// <summary>Whether tokens are on. If not, the other members must not be called.</summary>
    public bool On => rules is not null;

    /// <summary>Signs a token for a user.</summary>
    public string Issue(string userId) => handler.CreateToken(new SecurityTokenDescriptor
    {
        Issuer = Us,
        Audience = Us,
        TokenType = "JWT",
        Claims = new Dictionary<string, object> { [JwtRegisteredClaimNames.Sub] = userId },
        IssuedAt = time.GetUtcNow().UtcDateTime,
        Expires = (time.GetUtcNow() + lifetime).UtcDateTime,
        SigningCredentials = credentials,
    });

    /// <summary>Whose token this is; or null, and <paramref name="problem"/> says why it is not valid. Never throws.</summary>
    public string? Check(string? token, out string problem)
    {
        problem = "a token is needed, as ?token= or as Authorization: Bearer";
        if (string.IsNullOrEmpty(token))
            return null;

        // With a key at hand nothing in there waits: the task is complete when it comes back.
        var result = handler.ValidateTokenAsync(token, rules).GetAwaiter().GetResult();
        if (result.IsValid && result.Claims.TryGetValue(JwtRegisteredClaimNames.Sub, out var sub) && sub is string name
            && UserIds.Read(name, out _) is { } userId)
            return userId;
        problem = result.Exception switch
        {
            SecurityTokenInvalidLifetimeException => "the token has expired",
            SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException => "the token's signature is not ours",
            null => "the token names no user",
            _ => "the token is not one of ours",
        };
        return null;
    }
}
