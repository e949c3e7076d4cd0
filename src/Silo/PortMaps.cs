using GameServer.Game;
#if GLOBAL_ACCELERATOR
using GameServer.CustomRouting;
using GameServer.GlobalAccelerator;
#endif

namespace GameServer.Silo;

/// <summary>The way from outside to battle servers, as it is set.</summary>
internal static class PortMaps
{
    /// <summary>Global Accelerator where it is set, else the servers' own addresses.</summary>
    public static IPortMap Create(SiloSettings settings, IServiceProvider services)
    {
#if GLOBAL_ACCELERATOR
        if (settings.EndpointGroupArn is { } group)
        {
            return new CustomRoutingPortMap(
                new() { EndpointGroupArn = group }, new GlobalAcceleratorApi(settings.AcceleratorEndpoint),
                services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<CustomRoutingPortMap>>());
        }
#endif
        _ = (settings, services);
        return new DirectPortMap();
    }
}

/// <summary>
/// No accelerator: players reach a battle server at its own address and port, which must be open to them. For development, and where battle
/// servers have public addresses.
/// </summary>
internal sealed class DirectPortMap : IPortMap
{
    public Task<Message> MapAsync(MapPorts call, CancellationToken cancellationToken) => Task.FromResult<Message>(new PortsMapped(
        call.ServerId, call.Epoch, [.. call.Ports.Select(port => new PortMapping(port, call.Address, [call.Address], port))]));

    public Task<PortsClosed?> CloseAsync(ClosePorts call, CancellationToken cancellationToken) =>
        Task.FromResult<PortsClosed?>(new(call.ServerId, call.Epoch));

    public Task CloseOthersAsync(IReadOnlyCollection<MapPorts> known, CancellationToken cancellationToken) => Task.CompletedTask;
}
