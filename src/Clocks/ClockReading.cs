namespace GameServer.Clocks;

/// <summary>
/// A <see cref="SteadyClock"/> and the machine's clock, read together. Stored with what has deadlines by the steady one, it says how far these
/// have got and how long it was since.
/// </summary>
/// <param name="Steady">What the steady clock showed.</param>
/// <param name="Wall">What the machine's clock showed, in UTC.</param>
public readonly record struct ClockReading(DateTimeOffset Steady, DateTimeOffset Wall)
{
    /// <summary>How far the machine's clock is ahead.</summary>
    public TimeSpan Behind => Wall - Steady;
}
