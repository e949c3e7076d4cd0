namespace GameServer.Cluster.Tests.Processes;

/// <summary>
/// Tests beside which nothing else may run, because they have many players, or because a silo rightly says so when its machine is too busy.
/// They come after all others.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public static class AloneCollection
{
    /// <summary>What a class of such tests is marked with.</summary>
    public const string Name = "Alone";
}
