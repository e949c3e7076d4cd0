namespace GameServer.Silo;

/// <summary>What ECS says to a task by itself, in the environment.</summary>
internal sealed record EcsTask
{
    /// <summary>The variable, and the argument.</summary>
    public const string MetadataName = "ECS_CONTAINER_METADATA_URI_V4";

    /// <summary>Where a task learns its own address. ECS sets it.</summary>
    [ConfigurationKeyName(MetadataName)]
    public string? Metadata { get; init; }
}
