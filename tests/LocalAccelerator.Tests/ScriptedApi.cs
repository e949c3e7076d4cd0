using GameServer.CustomRouting;

namespace GameServer.LocalAccelerator.Tests;

/// <summary>An API that answers lists by destination as it is told, and everything else as a service that has nothing to say against it.</summary>
internal sealed class ScriptedApi : IGlobalAcceleratorApi
{
    private int lists;

    /// <summary>The page that each list by destination gets.</summary>
    public required Func<Page<DestinationRow>> Rows { get; init; }

    /// <summary>How many lists by destination were asked for.</summary>
    public int Lists => Volatile.Read(ref lists);

    public Task AllowAsync(
        string endpointGroupArn, string endpointId, string address, IReadOnlyList<int> ports, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task DenyAsync(
        string endpointGroupArn, string endpointId, string address, IReadOnlyList<int> ports, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<Page<DestinationRow>> ListByDestinationAsync(
        string endpointId, string address, int maxResults, string? nextToken, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref lists);
        return Task.FromResult(Rows());
    }

    public Task<Page<MappingRow>> ListAsync(
        string acceleratorArn, string endpointGroupArn, int maxResults, string? nextToken, CancellationToken cancellationToken) =>
        Task.FromResult(new Page<MappingRow>([], null));

    public Task<AcceleratorDescription> DescribeAsync(string acceleratorArn, CancellationToken cancellationToken) =>
        Task.FromResult(AcceleratorDescription.Of("a.example", ["192.0.2.1"], "DEPLOYED"));

    public Task<RoutingCapacity> CapacityAsync(string listenerArn, string endpointGroupArn, CancellationToken cancellationToken) =>
        Task.FromResult(RoutingCapacity.Of([(10000, 10099)], [(8080, 8081)]));
}
