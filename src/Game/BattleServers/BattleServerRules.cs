using System.ComponentModel.DataAnnotations;

namespace GameServer.Game;

/// <summary>When a battle server is lost, and a port that a battle holds is free again.</summary>
public sealed record BattleServerRules
{
    /// <summary>How long a server is trusted after its last heartbeat; then it is suspect and gets no new battle.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a suspect server has until it counts as dead and its battles move to others.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan DeadAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// After this long a battle gives its port or its place in line back, whatever its room says: a room that was lost must not hold it
    /// for ever. Set it above the longest <see cref="ModeRules.BattleLimit"/> of the modes with battle servers.
    /// </summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00")]
    public TimeSpan AllocationLimit { get; init; } = TimeSpan.FromHours(2);
}
