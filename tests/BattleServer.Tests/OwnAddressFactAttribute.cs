namespace GameServer.BattleServer.Tests;

/// <summary>A test that listens where others could reach it. It is left out, by name, where this machine has only loopback.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OwnAddressFactAttribute : FactAttribute
{
    /// <summary>Looks for an address.</summary>
    public OwnAddressFactAttribute() => Skip = FakeEcs.OwnAddress is null ? "This machine has no address but loopback." : null;
}
