namespace GameServer.Behaviour;

/// <summary>What a host needs on the machine before it can be tested. Stands on the test assembly of that host.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public abstract class HostNeedsAttribute : Attribute
{
    /// <summary>Which program is missing; null: none is.</summary>
    public abstract string? Missing { get; }

    /// <summary>What the host that is tested in this process misses.</summary>
    internal static string? OfThisProcess => AppDomain.CurrentDomain.GetAssemblies()
        .SelectMany(assembly => assembly.GetCustomAttributes(typeof(HostNeedsAttribute), inherit: false))
        .Select(needs => ((HostNeedsAttribute)needs).Missing)
        .FirstOrDefault(missing => missing is not null);
}

/// <summary>A test of a running server; left out, by name, where the host's programs are missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ServerFactAttribute : FactAttribute
{
    /// <summary>Looks for what the host needs.</summary>
    public ServerFactAttribute() => Skip = HostNeedsAttribute.OfThisProcess;
}

/// <summary>The same for a test with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ServerTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks for what the host needs.</summary>
    public ServerTheoryAttribute() => Skip = HostNeedsAttribute.OfThisProcess;
}
