using GameServer.Game;
#if GLOBAL_ACCELERATOR_ADAPTER
using GameServer.CustomRouting;
using GameServer.GlobalAccelerator;
#endif

namespace GameServer.Silo;

/// <summary>
/// The way to battle servers through Global Accelerator, where this silo was built with it: the only place that knows. Without it the
/// setting is refused (<see cref="Refusal"/>), so nothing else is called.
/// </summary>
internal static class GlobalAcceleratorAdapter
{
#if GLOBAL_ACCELERATOR_ADAPTER
    /// <summary>Why <c>GlobalAccelerator:EndpointGroupArn</c> is refused; null: the adapter is there.</summary>
    public static string? Refusal => null;

    /// <summary>The ports of battle servers in an endpoint group's subnets.</summary>
    public static IPortMap Create(string endpointGroupArn, SiloSettings settings, IServiceProvider services) => new CustomRoutingPortMap(
        new() { EndpointGroupArn = endpointGroupArn }, new GlobalAcceleratorApi(settings.Accelerator.Endpoint),
        services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<CustomRoutingPortMap>>());
#else
    public static string? Refusal =>
        "GlobalAccelerator:EndpointGroupArn needs the adapter to Global Accelerator, and this silo was built without it (AwsAdapters=false); "
        + "build it without that property.";

    public static IPortMap Create(string endpointGroupArn, SiloSettings settings, IServiceProvider services) =>
        throw new NotSupportedException(Refusal);
#endif
}
