using System.ComponentModel.DataAnnotations;
using GameServer.Settings;
using GameServer.Tickets;

namespace GameServer.Edge;

/// <summary>What the edge must know to speak with battle servers and to sign tickets for them.</summary>
public sealed record BattleServerOptions
{
    /// <summary>The least length of <see cref="ApiKey"/>, in bytes.</summary>
    public const int MinApiKeyBytes = 16;

    /// <summary>
    /// The secret that battle servers show in <c>X-Api-Key</c>. Needed if a mode uses battle servers; without one
    /// their calls are refused, wherever they come from.
    /// </summary>
    [Secret(MinApiKeyBytes)]
    public string? ApiKey { get; init; }

    /// <summary>The secret that signs tickets, shared with the battle servers. Needed if a mode uses battle servers.</summary>
    [Secret(BattleTickets.MinKeyBytes)]
    public string? TicketKey { get; init; }

    /// <summary>
    /// How long a ticket is valid. It is signed when it is sent and used once, so it only has to last until the
    /// player has connected; and the clocks of the game and the battle servers may differ by no more.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:05", "00:05:00")]
    public TimeSpan TicketLifetime { get; init; } = TimeSpan.FromSeconds(30);
}
