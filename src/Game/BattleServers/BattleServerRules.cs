namespace GameServer.Game;

/// <summary>The settings of the battle servers' registry.</summary>
public sealed record BattleServerRules
{
    /// <summary>
    /// How long a server is trusted after its last heartbeat; then it is suspect and gets no new battle. 1 second to 10 minutes.
    /// </summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a suspect server has until it counts as dead and its battles move to others. 1 second to 1 hour.</summary>
    public TimeSpan DeadAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// After this long a battle gives its port or its place in line back, whatever its room says: a room that was lost must not hold it
    /// for ever. 1 minute to 7 days; set it above the longest <see cref="ModeRules.BattleLimit"/> of the modes with battle servers.
    /// </summary>
    public TimeSpan AllocationLimit { get; init; } = TimeSpan.FromHours(2);

    /// <summary>What is wrong with these rules and what is allowed; null if nothing is.</summary>
    public string? Problem() => this switch
    {
        _ when Outside(Lease, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)) => $"Lease is {Lease}; allowed are 00:00:01 to 00:10:00.",
        _ when Outside(DeadAfter, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)) =>
            $"DeadAfter is {DeadAfter}; allowed are 00:00:01 to 01:00:00.",
        _ when Outside(AllocationLimit, TimeSpan.FromMinutes(1), TimeSpan.FromDays(7)) =>
            $"AllocationLimit is {AllocationLimit}; allowed are 00:01:00 to 7.00:00:00.",
        _ => null,
    };

    private static bool Outside(TimeSpan value, TimeSpan least, TimeSpan most) => value < least || value > most;
}
