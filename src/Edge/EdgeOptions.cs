using System.ComponentModel.DataAnnotations;
using System.Net;
using GameServer.Game;

namespace GameServer.Edge;

/// <summary>What clients may cost, and how soon one that is gone is noticed. A limit of 0 is none.</summary>
public sealed record EdgeOptions
{
    /// <summary>The longest message a client may send, in bytes (protocol, section 1).</summary>
    public const int MaxMessageBytes = 32 * 1024;

    internal const int MaxMessagesPerSecondPerPlayer = 250;
    internal const int MinQueueFrames = 1024;
    internal const int MinQueueBytes = 768 * 1024;

    /// <summary>The name of this gateway process, unlike that of any other that runs; empty where there is only one process.</summary>
    internal string Gateway { get; init; } = "";

    /// <summary>How many frames may wait for one socket. The least has room for whatever a client that reads may cause and be caused.</summary>
    [Range(MinQueueFrames, 65536)]
    public int QueueFrames { get; init; } = MinQueueFrames;

    /// <summary>About how many bytes may wait for one socket.</summary>
    [Range(MinQueueBytes, 67108864)]
    public int QueueBytes { get; init; } = MinQueueBytes;

    /// <summary>
    /// The time between two pings on a quiet socket. Clients of version 2 are told it, and after that much silence they
    /// ask for an answer on their own. A game notices a dead network within <see cref="KeepAliveInterval"/> and
    /// <see cref="KeepAliveTimeout"/> together: then the opponent is told, and the player has the battle's grace to come back.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>
    /// A socket that does not answer a ping for this long is dead. Longer than a phone needs to change its network: being
    /// cut is cheap, because a client resumes, but costs a connect.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(3.5);

    /// <summary>A socket that takes nothing of what is sent to it for this long is dead.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long the other side has to answer a close before the socket is cut.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a process that shall stop goes on as before while it reports itself as not ready, so that a load balancer sees it and sends
    /// nobody here any more.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan DrainDelay { get; init; } = TimeSpan.Zero;

    /// <summary>How many connections one address may hold at a time (of IPv6: one /64).</summary>
    [Range(0, int.MaxValue)]
    public int ConnectionsPerAddress { get; init; } = 10_000;

    /// <summary>
    /// How many sessions whose connection has closed are kept for one address (of IPv6: one /64), until they are resumed or
    /// <see cref="GameRules.ResumeTime"/> is over; the oldest goes when there is one more. Each has a log of at most 320 KB.
    /// </summary>
    [Range(0, 10_000_000)]
    public int SessionsKeptPerAddress { get; init; } = 1_000;

    /// <summary>The same, for all addresses of this process together.</summary>
    [Range(0, 10_000_000)]
    public int SessionsKept { get; init; } = 20_000;

    /// <summary>How old the counts of <c>/stats</c> may be: they are taken once in this time, however many ask.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan StatsCacheTime { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How many HTTP requests one address may make a second, connects among them, twice as many at once. The health checks are free.
    /// </summary>
    [Range(0, 1_000_000_000)]
    public int CallsPerSecondPerAddress { get; init; } = 2_000;

    /// <summary>How many messages all connections of one address may send a second, twice as many at once.</summary>
    [Range(0, 1_000_000_000)]
    public int MessagesPerSecondPerAddress { get; init; } = 20_000;

    /// <summary>
    /// How many messages one player may send a second, twice as many at once. No more than 250, so that the answers to as many are remembered for
    /// those who resume; with 0 the client must see to that.
    /// </summary>
    /// <remarks>See <see cref="Player.MostReplies"/>.</remarks>
    [Range(0, MaxMessagesPerSecondPerPlayer)]
    public int MessagesPerSecondPerPlayer { get; init; } = 200;

    /// <summary>After this many messages refused within ten seconds the connection is closed with 4003.</summary>
    [Range(0, 10_000)]
    public int RefusalsBeforeClose { get; init; } = 100;

    /// <summary>
    /// The origins whose pages may connect and call; a page of another origin gets 403, this server's own page too if its origin is not
    /// among them. Not set: any origin.
    /// </summary>
    [Origin]
    public IReadOnlyList<string>? CorsOrigins { get; init; }

    /// <summary>
    /// The proxies, as addresses or networks (<c>10.0.0.0/8</c>), whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are believed: the
    /// limits are for the address in front of the last of them. Not set: no peer's, and what a proxy forwards counts as the proxy's own.
    /// </summary>
    public IReadOnlyList<IPNetwork>? TrustedProxies { get; init; }

    /// <summary>
    /// Runs what follows a socket's read or write on the thread that saw it complete. It saves a hop for each message; nothing in the edge
    /// blocks such a thread. False gives each its turn on the thread pool.
    /// </summary>
    public bool InlineSockets { get; init; } = true;
}
