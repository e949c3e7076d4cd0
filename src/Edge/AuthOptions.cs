using System.ComponentModel.DataAnnotations;
using GameServer.Settings;

namespace GameServer.Edge;

/// <summary>Who may be whom.</summary>
public sealed record AuthOptions
{
    /// <summary>The least length of <see cref="Key"/>, in bytes.</summary>
    public const int MinKeyBytes = 32;

    /// <summary><c>open</c>: a user id is believed. <c>token</c>: only with a token of the user's registration.</summary>
    public AuthMode Mode { get; init; }

    /// <summary>The secret that signs the tokens (HS256). Needed for them, and the same on every gateway.</summary>
    [Secret(MinKeyBytes)]
    public string? Key { get; init; }

    /// <summary>
    /// The key before <see cref="Key"/>, whose tokens are still good; not set: there is none. To change the key, move the old one here on
    /// all gateways, and take it away when its tokens were renewed or have expired.
    /// </summary>
    [Secret(MinKeyBytes)]
    public string? PreviousKey { get; init; }

    /// <summary>How long a token is valid. An expired token is good for nothing but to be renewed.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "3660.00:00:00")]
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromDays(365);

    /// <summary>
    /// Insists on <c>open</c> where others than this machine itself can reach the server: then anyone may play as anyone, and delete anyone.
    /// Without it such a server does not start.
    /// </summary>
    public bool AnyoneMayBeAnyone { get; init; }

    internal bool TokensOn => Mode == AuthMode.Token;
}
