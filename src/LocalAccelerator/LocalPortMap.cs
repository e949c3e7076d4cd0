using GameServer.CustomRouting;
using Microsoft.Extensions.Logging;

namespace GameServer.LocalAccelerator;

/// <summary>The port map of a local accelerator in the same process: one machine and the cloud differ in the accelerator alone.</summary>
public static class LocalPortMap
{
    /// <summary>The port map of this accelerator.</summary>
    /// <exception cref="ArgumentException">The accelerator was started without an endpoint group.</exception>
    public static CustomRoutingPortMap Of(LocalAcceleratorServer accelerator, TimeProvider time, ILoggerFactory loggers) => new(
        new()
        {
            EndpointGroupArn = accelerator.EndpointGroupArn
                ?? throw new ArgumentException(
                    "The local accelerator was started without ListenerPorts, so it has no endpoint group.", nameof(accelerator)),
            PollInterval = TimeSpan.FromMilliseconds(100),
        },
        accelerator.Api, time, loggers.CreateLogger<CustomRoutingPortMap>());
}
