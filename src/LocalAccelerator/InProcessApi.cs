using GameServer.CustomRouting;

namespace GameServer.LocalAccelerator;

/// <summary>The control API without the wire.</summary>
internal sealed class InProcessApi(ControlPlane plane, Func<string, LocalAcceleratorException?> fault) : IGlobalAcceleratorApi
{
    public Task AllowAsync(
        string endpointGroupArn, string endpointId, string address, IReadOnlyList<int> ports, CancellationToken cancellationToken) =>
        Run(
            "AllowCustomRoutingTraffic",
            () => plane.SetTraffic(new(endpointGroupArn, endpointId, [address], ports, null, null), allow: true));

    public Task DenyAsync(
        string endpointGroupArn, string endpointId, string address, IReadOnlyList<int> ports, CancellationToken cancellationToken) =>
        Run(
            "DenyCustomRoutingTraffic",
            () => plane.SetTraffic(new(endpointGroupArn, endpointId, [address], ports, null, null), allow: false));

    public Task<Page<DestinationRow>> ListByDestinationAsync(
        string endpointId, string address, int maxResults, string? nextToken, CancellationToken cancellationToken) =>
        Run("ListCustomRoutingPortMappingsByDestination", () =>
        {
            var answer = plane.ListByDestination(new(endpointId, address, maxResults, nextToken));
            return new Page<DestinationRow>([.. answer.DestinationPortMappings.Select(m => new DestinationRow(
                m.AcceleratorArn, m.EndpointGroupArn, m.DestinationSocketAddress.Port, m.AcceleratorSocketAddresses[0].Port,
                m.DestinationTrafficState == "ALLOW"))], answer.NextToken);
        });

    public Task<Page<MappingRow>> ListAsync(
        string acceleratorArn, string endpointGroupArn, int maxResults, string? nextToken, CancellationToken cancellationToken) =>
        Run("ListCustomRoutingPortMappings", () =>
        {
            var answer = plane.ListPortMappings(new(acceleratorArn, endpointGroupArn, maxResults, nextToken));
            return new Page<MappingRow>([.. answer.PortMappings.Select(m => new MappingRow(
                m.EndpointId, m.DestinationSocketAddress.IpAddress, m.DestinationSocketAddress.Port, m.AcceleratorPort,
                m.DestinationTrafficState == "ALLOW"))], answer.NextToken);
        });

    public Task<AcceleratorDescription> DescribeAsync(string acceleratorArn, CancellationToken cancellationToken) =>
        Run("DescribeCustomRoutingAccelerator", () =>
        {
            var accelerator = plane.DescribeAccelerator(new(acceleratorArn)).Accelerator;
            return new AcceleratorDescription(accelerator.DnsName, accelerator.IpSets[0].IpAddresses, accelerator.Status == "DEPLOYED");
        });

    public Task<RoutingCapacity> CapacityAsync(string listenerArn, string endpointGroupArn, CancellationToken cancellationToken) =>
        Run("DescribeCustomRoutingEndpointGroup", () =>
        {
            var listener = plane.DescribeListener(new(listenerArn)).Listener;
            var destinations = plane.DescribeEndpointGroup(new(endpointGroupArn)).EndpointGroup.DestinationDescriptions;
            return RoutingCapacity.Of(
                listener.PortRanges.Select(r => (r.FromPort, r.ToPort)), destinations.Select(d => (d.FromPort, d.ToPort)));
        });

    private Task<T> Run<T>(string operation, Func<T> call)
    {
        try
        {
            return fault(operation) is { } failure ? Task.FromException<T>(Translated(failure)) : Task.FromResult(call());
        }
        catch (LocalAcceleratorException error)
        {
            return Task.FromException<T>(Translated(error));
        }
    }

    private static GlobalAcceleratorException Translated(LocalAcceleratorException error) => new(error.Type, error.Message, error);
}
