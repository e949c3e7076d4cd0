using System.ComponentModel.DataAnnotations;

namespace GameServer.Hosting.Listening;

/// <summary>
/// What all who connect may hold of a program together. Counted are TCP connections from the moment they are accepted, before a byte was read.
/// </summary>
public sealed record ListeningOptions
{
    /// <summary>
    /// How many connections may be open at a time. 0: as many as the process has descriptors for, less those it needs itself,
    /// which is a bound in any case.
    /// </summary>
    [Range(0, 10_000_000)]
    public int Max { get; init; }

    /// <summary>
    /// How many of them one address may hold (of IPv6: one /64). 0: half of all, so that no address can shut out all others.
    /// Behind a proxy the address is the proxy's.
    /// </summary>
    [Range(0, 10_000_000)]
    public int MaxPerAddress { get; init; }

    /// <summary>
    /// How long a connection may stay without a request, before its first one too. Behind a load balancer that keeps
    /// its connections it must be longer than the load balancer does. WebSockets are not meant: those are pinged.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a request's head may take from its first byte to its last.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
