using System.Security.Cryptography;
using System.Text;
using GameServer.Game;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace GameServer.Edge;

/// <summary>
/// The tokens of <c>Auth:Mode=token</c>: JWTs signed with HS256 by <c>Auth:Key</c>, with <c>iss</c> and <c>aud</c> "gameserver", the user
/// id as <c>sub</c>, the registration as <c>jti</c>, and <c>exp</c>. The header's <c>kid</c> tells which key signed it: one made with
/// <c>Auth:PreviousKey</c> is as good, so that a key can be changed while players hold tokens of the old one.
/// </summary>
internal sealed class PlayerTokens
{
    private const string Us = "gameserver";

    private readonly TimeProvider time;
    private readonly TimeSpan lifetime;
    private readonly SigningCredentials? credentials;
    private readonly TokenValidationParameters? rules, rulesForRenewal;
    private readonly JsonWebTokenHandler handler = new()
    {
        SetDefaultTimesOnTokenCreation = false,
        MapInboundClaims = false,
        MaximumTokenSizeInBytes = 8192,
    };

    public PlayerTokens(AuthOptions options, TimeProvider time)
    {
        this.time = time;
        lifetime = options.TokenLifetime;
        if (!options.TokensOn)
            return;
        var key = KeyOf(options.Key!);
        credentials = new(key, SecurityAlgorithms.HmacSha256);
        rules = new()
        {
            IssuerSigningKeys = string.IsNullOrEmpty(options.PreviousKey) ? [key] : [key, KeyOf(options.PreviousKey)],
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            ValidTypes = ["JWT"],
            ValidIssuer = Us,
            ValidAudience = Us,
            RequireSignedTokens = true,
            LifetimeValidator = (from, to, _, _) =>
                to is { } end && time.GetUtcNow().UtcDateTime < end && (from is not { } start || start <= time.GetUtcNow().UtcDateTime),
        };
        rulesForRenewal = rules.Clone();
        rulesForRenewal.LifetimeValidator = static (_, to, _, _) => to is not null; // This one decides alone, whatever ValidateLifetime says.
    }

    /// <summary>Whether tokens are on. If not, the other members must not be called.</summary>
    public bool On => rules is not null;

    /// <summary>The id of a registration: 128 random bits in base64url.</summary>
    public static string NewRegistration() => Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(16));

    /// <summary>Signs a token for a registration of a user.</summary>
    public string Issue(string userId, string registration) => handler.CreateToken(new SecurityTokenDescriptor
    {
        Issuer = Us,
        Audience = Us,
        TokenType = "JWT",
        Claims = new Dictionary<string, object> { [JwtRegisteredClaimNames.Sub] = userId, [JwtRegisteredClaimNames.Jti] = registration },
        IssuedAt = time.GetUtcNow().UtcDateTime,
        Expires = (time.GetUtcNow() + lifetime).UtcDateTime,
        SigningCredentials = credentials,
    });

    /// <summary>
    /// Who this token is for; or null, and <paramref name="problem"/> says why it is not valid. Whether the registration is still the
    /// user's only the player's actor knows. Never throws.
    /// </summary>
    /// <param name="token">The token.</param>
    /// <param name="problem">Why it is not valid.</param>
    /// <param name="renewing">To be renewed, a token may have expired: it may be all its player has.</param>
    public Holder? Check(string? token, out string problem, bool renewing = false)
    {
        problem = "a token is needed, as ?token= or as Authorization: Bearer";
        if (string.IsNullOrEmpty(token))
            return null;

        // With a key at hand nothing in there waits: the task is complete when it comes back.
        var result = handler.ValidateTokenAsync(token, renewing ? rulesForRenewal : rules).GetAwaiter().GetResult();
        if (result.IsValid && result.Claims.TryGetValue(JwtRegisteredClaimNames.Sub, out var sub) && sub is string name
            && UserIds.Read(name, out _) is { } userId)
            return new(userId, result.Claims.TryGetValue(JwtRegisteredClaimNames.Jti, out var jti) ? jti as string ?? "" : "");
        problem = result.Exception switch
        {
            SecurityTokenInvalidLifetimeException => "the token has expired; POST /renew_token gives a new one for it",
            SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException => "the token's signature is not ours",
            null => "the token names no user",
            _ => "the token is not one of ours",
        };
        return null;
    }

    private static SymmetricSecurityKey KeyOf(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return new(bytes) { KeyId = Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 4)) };
    }

    /// <summary>Who a token is for.</summary>
    /// <param name="UserId">The user.</param>
    /// <param name="Registration">The registration; empty in a token of a version without them.</param>
    internal sealed record Holder(string UserId, string Registration);
}
