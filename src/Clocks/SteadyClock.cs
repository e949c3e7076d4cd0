namespace GameServer.Clocks;

/// <summary>
/// The time that deadlines are kept by. It goes on by the monotonic clock, so a step of the machine's clock, forward or back, by an operator or
/// a time service, changes no duration. Afterwards it follows by running up to <see cref="MostSlew"/> faster or slower until both agree,
/// because what it shows is also told to people as a date.
/// <para>
/// It outlives its process: made from the last <see cref="ClockReading"/> that was stored, it goes on from there by as much as the
/// machine's clock has moved since, and never back. So a step while the process runs changes nothing after a restart either, and one while
/// it is down counts as time that it was down; one back, as none.
/// </para>
/// <para>
/// Only for deadlines that are stored, and what is compared with them. A duration inside a process needs no date: take
/// <see cref="TimeProvider.GetTimestamp"/>. A date that another machine checks, such as the end of a signed token, is the machine's clock.
/// </para>
/// </summary>
/// <remarks>Safe for use by many threads. Timers and timestamps are the machine's.</remarks>
public sealed class SteadyClock : TimeProvider
{
    /// <summary>How much faster or slower it runs while it follows: 60 s take 20 minutes, and a grace of 30 s is at most 1.5 s off.</summary>
    public const double MostSlew = 0.05;

    private static readonly TimeSpan MeasurePeriod = TimeSpan.FromSeconds(1);

    private readonly TimeProvider machine;
    private Piece piece;

    /// <summary>Starts at what the machine's clock shows, or goes on.</summary>
    /// <param name="machine">The machine's clocks.</param>
    /// <param name="last">Where to go on; null: nowhere.</param>
    public SteadyClock(TimeProvider machine, ClockReading? last = null)
    {
        ArgumentNullException.ThrowIfNull(machine);
        this.machine = machine;
        var wall = machine.GetUtcNow();
        var start = last switch
        {
            { } reading when wall > reading.Wall => reading.Steady + (wall - reading.Wall),
            { } reading => reading.Steady,
            null => wall,
        };
        piece = new(machine.GetTimestamp(), start, wall - start);
    }

    /// <inheritdoc/>
    public override long TimestampFrequency => machine.TimestampFrequency;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => machine.LocalTimeZone;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        var current = Volatile.Read(ref piece);
        var timestamp = machine.GetTimestamp();
        var elapsed = machine.GetElapsedTime(current.Began, timestamp);
        var now = current.After(elapsed);
        if (elapsed >= MeasurePeriod)
            Interlocked.CompareExchange(ref piece, new(timestamp, now, machine.GetUtcNow() - now), current);
        return now;
    }

    /// <summary>Reads both clocks.</summary>
    public ClockReading Read() => new(GetUtcNow(), machine.GetUtcNow());

    /// <inheritdoc/>
    public override long GetTimestamp() => machine.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        machine.CreateTimer(callback, state, dueTime, period);

    /// <summary>The time since the last measurement: how it goes on from there.</summary>
    /// <param name="Began">The timestamp of the measurement.</param>
    /// <param name="Start">The time then.</param>
    /// <param name="Behind">How far the machine's clock was ahead then; this far it is followed, and no farther.</param>
    private sealed record Piece(long Began, DateTimeOffset Start, TimeSpan Behind)
    {
        public DateTimeOffset After(TimeSpan elapsed)
        {
            var most = elapsed * MostSlew;
            return Start + elapsed + (Behind > most ? most : Behind < -most ? -most : Behind);
        }
    }
}
