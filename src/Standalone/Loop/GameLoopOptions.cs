namespace GameServer.Standalone.Loop;

/// <summary>The loop's bounds.</summary>
public sealed record GameLoopOptions
{
    /// <summary>Messages that may wait for the loop. When it is full, callers wait, and what they read (sockets) is not read.</summary>
    public int InboxCapacity { get; init; } = 8192;

    /// <summary>Messages from outside handled and saved together.</summary>
    public int BatchSize { get; init; } = 1024;

    /// <summary>Actors kept in memory although they are in the middle of nothing.</summary>
    public int IdleKept { get; init; } = 4096;

    /// <summary>Messages that one message from outside may cause before it counts as an endless cascade and is refused.</summary>
    public int CascadeLimit { get; init; } = 100_000;

    /// <summary>How long after a failed commit the next one is tried. Each further failure doubles it, up to eight seconds.</summary>
    public TimeSpan CommitRetry { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long after an actor failed when it was woken it is woken again. Each further failure doubles it, up to an hour.</summary>
    public TimeSpan WakeRetry { get; init; } = TimeSpan.FromSeconds(10);
}
