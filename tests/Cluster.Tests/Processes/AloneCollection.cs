namespace GameServer.Cluster.Tests.Processes;

/// <summary>Tests with so many players that nothing else may run beside them. They come after all others.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public static class AloneCollection
{
    /// <summary>What a class of such tests is marked with.</summary>
    public const string Name = "Alone";
}
