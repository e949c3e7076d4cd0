namespace GameServer.Settings.Listening;

/// <summary>
/// What all who connect may hold of a program together, whoever they are, from the section <c>GameServer:Connections</c>. Counted are TCP
/// connections from the moment they are accepted, before a byte was read of them.
/// </summary>
public sealed class ListeningOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "GameServer:Connections";

    /// <summary>
    /// How many connections may be open at a time; 1 to 10,000,000. 0: as many as the process has descriptors for, less those it needs itself,
    /// which is a bound in any case.
    /// </summary>
    public int Max { get; set; }

    /// <summary>
    /// How many of them one address may hold (of IPv6: one /64); 1 to 10,000,000. 0: half of all, so that no address can shut out all others.
    /// Behind a proxy the address is the proxy's.
    /// </summary>
    public int MaxPerAddress { get; set; }

    /// <summary>
    /// How long a connection may stay without a request, before its first one too; 1 second to 1 hour. Behind a load balancer that keeps
    /// its connections it must be longer than the load balancer does. WebSockets are not meant: those are pinged.
    /// </summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a request's head may take from its first byte to its last; 1 second to 1 minute.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(5);

    internal IEnumerable<string> Problems()
    {
        foreach (var (name, value) in new[] { (nameof(Max), Max), (nameof(MaxPerAddress), MaxPerAddress) })
        {
            if (value is < 0 or > 10_000_000)
                yield return $"{Section}:{name} is {value}; allowed are 0 to 10000000.";
        }

        var second = TimeSpan.FromSeconds(1);
        if (IdleTimeout < second || IdleTimeout > TimeSpan.FromHours(1))
            yield return $"{Section}:{nameof(IdleTimeout)} is {IdleTimeout}; allowed are 00:00:01 to 01:00:00.";
        if (RequestTimeout < second || RequestTimeout > TimeSpan.FromMinutes(1))
            yield return $"{Section}:{nameof(RequestTimeout)} is {RequestTimeout}; allowed are 00:00:01 to 00:01:00.";
    }
}
