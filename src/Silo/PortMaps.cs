using GameServer.Game;

namespace GameServer.Silo;

/// <summary>The way from outside to battle servers, as it is set.</summary>
internal static class PortMaps
{
    /// <summary>Global Accelerator where it is set, else the servers' own addresses.</summary>
    public static IPortMap Create(SiloSettings settings, IServiceProvider services) =>
        settings.Accelerator.EndpointGroupArn is { Length: > 0 } group ? GlobalAcceleratorAdapter.Create(group, settings, services) : new DirectPortMap();
}
