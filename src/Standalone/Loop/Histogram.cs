using System.Numerics;

namespace GameServer.Standalone.Loop;

/// <summary>
/// Counts values in fixed buckets, eight for each doubling, so a percentile is at most an eighth too high. Adding allocates nothing.
/// Shows the last one to two minutes: it keeps the minute that runs and the one before. Used by one thread.
/// </summary>
internal sealed class Histogram
{
    private const int Fine = 8;
    private const int Buckets = 64 * Fine;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private long[] current = new long[Buckets];
    private long[] previous = new long[Buckets];
    private DateTimeOffset turn;

    /// <summary>Adds a value; below 0 counts as 0.</summary>
    public void Add(long value, DateTimeOffset now)
    {
        Turn(now);
        current[BucketOf(Math.Max(value, 0))]++;
    }

    /// <summary>The least bound that <paramref name="share"/> of the values do not exceed, 0 to 1; 0 if there are no values.</summary>
    public long Percentile(double share, DateTimeOffset now)
    {
        Turn(now);
        long total = 0;
        for (var bucket = 0; bucket < Buckets; bucket++)
            total += current[bucket] + previous[bucket];
        var wanted = (long)Math.Ceiling(total * share);
        long seen = 0;
        for (var bucket = 0; bucket < Buckets && wanted > 0; bucket++)
        {
            seen += current[bucket] + previous[bucket];
            if (seen >= wanted)
                return LargestIn(bucket);
        }

        return 0;
    }

    private void Turn(DateTimeOffset now)
    {
        if (now < turn)
            return;
        (current, previous) = (previous, current);
        Array.Clear(current);
        if (now - turn > Window)
            Array.Clear(previous);
        turn = now + Window;
    }

    // Values below 8 have a bucket each; above, the three bits after the highest one choose among the eight of that doubling.
    private static int BucketOf(long value)
    {
        if (value < Fine)
            return (int)value;
        var power = BitOperations.Log2((ulong)value);
        return ((power - 2) * Fine) + (int)((value >> (power - 3)) & (Fine - 1));
    }

    private static long LargestIn(int bucket)
    {
        if (bucket < Fine)
            return bucket;
        var power = (bucket / Fine) + 2;
        return ((Fine + (bucket % Fine) + 1L) << (power - 3)) - 1;
    }
}
