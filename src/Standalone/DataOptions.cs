namespace GameServer.Standalone;

/// <summary>Where Standalone keeps the game.</summary>
internal sealed record DataOptions
{
    /// <summary>The folder that keeps the game; <c>none</c>: nothing is kept.</summary>
    public string Data { get; init; } = "data";
}
