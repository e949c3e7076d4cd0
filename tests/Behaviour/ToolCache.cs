namespace GameServer.Behaviour;

/// <summary>Where <c>./test</c> puts the npm tools that tests need.</summary>
public static class ToolCache
{
    /// <summary>The folder; it may not be there.</summary>
    public static string Folder { get; } = Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "gameserver-tests");
}
