using GameServer.Behaviour;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>What the cluster needs for the behaviour suite.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class ClusterNeedsAttribute : HostNeedsAttribute
{
    /// <inheritdoc/>
    public override string? Missing => ClusterFactAttribute.Missing;
}

/// <summary>A test that runs a whole cluster as processes. It is left out, by name, where a program it needs is not there.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ClusterFactAttribute : FactAttribute
{
    /// <summary>Looks for what is needed.</summary>
    public ClusterFactAttribute() => Skip = Missing;

    /// <summary>What is not there; null: nothing.</summary>
    public static string? Missing => (Redis, Dynalite) switch
    {
        (null, _) => "redis-server is not installed.",
        (_, null) => "dynalite is not installed; set DYNALITE to where it is.",
        _ => null,
    };

    /// <summary>Where <c>redis-server</c> is; null: nowhere.</summary>
    public static string? Redis { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "redis-server")).FirstOrDefault(File.Exists);

    /// <summary>Where <c>dynalite</c> (npm) is: <c>DYNALITE</c>, or the cache that <c>./test</c> fills; null: nowhere.</summary>
    public static string? Dynalite { get; } =
        new[] { Environment.GetEnvironmentVariable("DYNALITE"), Path.Combine(ToolCache.Folder, "node_modules/.bin/dynalite") }.FirstOrDefault(File.Exists);
}
