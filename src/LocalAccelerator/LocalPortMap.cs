using GameServer.CustomRouting;
using GameServer.Game;
using Microsoft.Extensions.Logging;

namespace GameServer.LocalAccelerator;

/// <summary>
/// The port map of a <see cref="LocalAcceleratorServer"/> in the same process. All of its behaviour is that of
/// <see cref="CustomRoutingPortMap"/>, so that one machine and the cloud differ in the accelerator and in nothing else.
/// </summary>
public sealed class LocalPortMap : IPortMap
{
    private readonly CustomRoutingPortMap map;

    /// <summary>The port map of this accelerator.</summary>
    /// <exception cref="ArgumentException">The accelerator was started without an endpoint group.</exception>
    public LocalPortMap(LocalAcceleratorServer accelerator, TimeProvider time, ILoggerFactory loggers) => map = new(
        new()
        {
            EndpointGroupArn = accelerator.EndpointGroupArn
                ?? throw new ArgumentException(
                    "The local accelerator was started without ListenerPorts, so it has no endpoint group.", nameof(accelerator)),
            PollInterval = TimeSpan.FromMilliseconds(100),
        },
        accelerator.Api, time, loggers.CreateLogger<CustomRoutingPortMap>());

    /// <inheritdoc/>
    public Task<Message> MapAsync(MapPorts call, CancellationToken cancellationToken) => map.MapAsync(call, cancellationToken);

    /// <inheritdoc/>
    public Task<PortsClosed?> CloseAsync(ClosePorts call, CancellationToken cancellationToken) => map.CloseAsync(call, cancellationToken);

    /// <inheritdoc/>
    public Task CloseOthersAsync(IReadOnlyCollection<MapPorts> known, CancellationToken cancellationToken) =>
        map.CloseOthersAsync(known, cancellationToken);
}
