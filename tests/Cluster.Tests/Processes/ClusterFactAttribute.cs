using GameServer.Behaviour;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>What the cluster needs for the behaviour suite.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class ClusterNeedsAttribute : HostNeedsAttribute
{
    /// <inheritdoc/>
    public override string? Missing => Backend.Missing;
}

/// <summary>A test that runs a whole cluster as processes. It is left out, by name, where a program it needs is not there.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ClusterFactAttribute : FactAttribute
{
    /// <summary>Looks for what is needed.</summary>
    public ClusterFactAttribute() => Skip = Backend.Missing;
}
