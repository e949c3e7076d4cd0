using System.Collections.Immutable;

namespace GameServer.Game;

/// <summary>
/// Something worth counting. <see cref="Name"/> is one of the constants here; <see cref="Value"/> is 1 for a plain count.
/// </summary>
/// <param name="Name">What happened.</param>
/// <param name="Value">How much, or how long in milliseconds.</param>
public readonly record struct GameEvent(string Name, double Value = 1)
{
    /// <summary>Players matched; the value is how long one of them waited, in milliseconds.</summary>
    public const string Matched = "matched";

    /// <summary>A battle has started.</summary>
    public const string BattleStarted = "battle_started";

    /// <summary>A battle has been settled.</summary>
    public const string BattleSettled = "battle_settled";

    /// <summary>A player did not come back in time and counts as dead.</summary>
    public const string GraceExpired = "grace_expired";

    /// <summary>A battle got a port on a battle server; the value is how long after it first asked, in milliseconds.</summary>
    public const string ServerAllocated = "server_allocated";

    /// <summary>A battle server sent no heartbeat for too long and counts as dead.</summary>
    public const string ServerDead = "server_dead";

    /// <summary>A battle lost its server and needs another.</summary>
    public const string BattleMoved = "battle_moved";

    /// <summary>All of them: what a host shows, from zero on.</summary>
    public static ImmutableArray<string> Names { get; } =
        [Matched, BattleStarted, BattleSettled, GraceExpired, ServerAllocated, ServerDead, BattleMoved];

    /// <summary>
    /// Under which name the values are added up, in milliseconds, where they are durations; else null. Under <see cref="Name"/> every host
    /// counts how often it happened, and nothing else.
    /// </summary>
    public string? SumName => Name switch
    {
        Matched => "matched_wait_ms_sum",
        ServerAllocated => "server_allocated_wait_ms_sum",
        _ => null,
    };
}
