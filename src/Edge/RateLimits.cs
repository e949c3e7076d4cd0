using System.Net;
using System.Runtime.InteropServices;
using System.Threading.RateLimiting;
using GameServer.Hosting.Listening;

namespace GameServer.Edge;

/// <summary>
/// Who may do how much: connections, calls and messages of each address, messages of each player. The limiters are the framework's; a
/// connection looks its own up once and then holds them, so that a message costs no look-up. A player's bucket outlives the connection
/// for a while: connecting again does not fill it.
/// </summary>
internal sealed class RateLimits : IDisposable
{
    // Twice the time an empty bucket takes to fill: a bucket that is forgotten later than that would be full anyway.
    private static readonly TimeSpan ForgetAfter = TimeSpan.FromSeconds(4);

    private readonly EdgeOptions options;
    private readonly TimeProvider time;
    private readonly ITimer timer;
    private readonly Lock gate = new();
    private readonly Dictionary<IPAddress, Share> addresses = [];
    private readonly Dictionary<string, Share> players = new(StringComparer.Ordinal);

    public RateLimits(EdgeOptions options, TimeProvider time)
    {
        this.options = options;
        this.time = time;
        timer = time.CreateTimer(_ => Forget(), null, ForgetAfter, ForgetAfter);
    }

    /// <summary>Whether an address may make one more call or connect now.</summary>
    public bool TryCall(IPAddress? address)
    {
        Share share;
        lock (gate)
            share = Find(addresses, ClientAddress.Counted(address), NewAddress);
        return share.Calls?.Take() ?? true;
    }

    /// <summary>Admits a connection; null if the address holds too many already. Dispose it when the connection is gone.</summary>
    public Admission? TryConnect(IPAddress? address, string userId)
    {
        lock (gate)
        {
            var from = Find(addresses, ClientAddress.Counted(address), NewAddress);
            if (options.ConnectionsPerAddress > 0 && from.Connections >= options.ConnectionsPerAddress)
                return null;
            var player = Find(players, userId, NewPlayer);
            from.Connections++;
            player.Connections++;
            return new(this, from, player);
        }
    }

    public void Dispose() => timer.Dispose();

    /// <summary>How many addresses and players are remembered.</summary>
    internal (int Addresses, int Players) Remembered
    {
        get
        {
            lock (gate)
                return (addresses.Count, players.Count);
        }
    }

    private Share Find<TKey>(Dictionary<TKey, Share> table, TKey key, Func<Share> make)
        where TKey : notnull
    {
        ref var share = ref CollectionsMarshal.GetValueRefOrAddDefault(table, key, out _);
        share ??= make();
        share.LastUsed = time.GetTimestamp();
        return share;
    }

    private Share NewAddress() => new(Bucket.Of(options.CallsPerSecondPerAddress), Bucket.Of(options.MessagesPerSecondPerAddress));

    private Share NewPlayer() => new(null, Bucket.Of(options.MessagesPerSecondPerPlayer));

    private void Release(Share address, Share player)
    {
        lock (gate)
        {
            address.Connections--;
            player.Connections--;
            address.LastUsed = player.LastUsed = time.GetTimestamp();
        }
    }

    private void Forget()
    {
        lock (gate)
        {
            ForgetIn(addresses);
            ForgetIn(players);
        }
    }

    private void ForgetIn<TKey>(Dictionary<TKey, Share> table)
        where TKey : notnull
    {
        foreach (var (key, share) in table)
        {
            if (share.Connections == 0 && time.GetElapsedTime(share.LastUsed) >= ForgetAfter)
                table.Remove(key);
        }
    }

    /// <summary>A connection that was admitted.</summary>
    internal sealed class Admission(RateLimits limits, Share address, Share player) : IDisposable
    {
        private bool released;

        /// <summary>Whether the connection may send one more message now.</summary>
        public bool TryMessage() => (player.Messages?.Take() ?? true) && (address.Messages?.Take() ?? true);

        public void Dispose()
        {
            if (released)
                return;
            released = true;
            limits.Release(address, player);
        }
    }

    /// <summary>What one address or one player has used.</summary>
    internal sealed class Share(Bucket? calls, Bucket? messages)
    {
        public Bucket? Calls { get; } = calls;

        public Bucket? Messages { get; } = messages;

        public int Connections { get; set; }

        public long LastUsed { get; set; }
    }

    /// <summary>A token bucket that fills itself when it is found empty, so that ten thousand of them need no timer.</summary>
    internal sealed class Bucket(TokenBucketRateLimiter limiter)
    {
        /// <summary>A bucket that holds twice as much as comes in a second; null, no limit, for 0.</summary>
        public static Bucket? Of(int perSecond) => perSecond == 0 ? null : new(new(new()
        {
            TokenLimit = 2 * perSecond,
            TokensPerPeriod = perSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            AutoReplenishment = false,
            QueueLimit = 0,
        }));

        public bool Take()
        {
            using (var lease = limiter.AttemptAcquire())
            {
                if (lease.IsAcquired)
                    return true;
            }

            limiter.TryReplenish();
            using var second = limiter.AttemptAcquire();
            return second.IsAcquired;
        }
    }
}
