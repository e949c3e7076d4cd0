namespace GameServer.Edge;

/// <summary>What an endpoint is for, where that matters to <see cref="CallGate"/>; part of its metadata.</summary>
internal sealed class CallKind
{
    private CallKind()
    {
    }

    /// <summary>Players connect there, and are refused in the form of the protocol's errors.</summary>
    public static CallKind Connect { get; } = new();

    /// <summary>Load balancers look there.</summary>
    public static CallKind Health { get; } = new();
}
