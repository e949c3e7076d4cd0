using Amazon;
using Amazon.GlobalAccelerator;
using Amazon.GlobalAccelerator.Model;
using Amazon.Runtime;
using GameServer.CustomRouting;

namespace GameServer.GlobalAccelerator;

/// <summary>
/// The calls to Global Accelerator by the AWS SDK. It does not retry: <see cref="CustomRoutingPortMap"/> does, in one place. Credentials
/// come from the SDK's own chain (environment, profile, the task's role).
/// </summary>
public sealed class GlobalAcceleratorApi : IGlobalAcceleratorApi, IDisposable
{
    // A call that is not answered by then is tried again; nobody waits for it but a registration.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly AmazonGlobalAcceleratorClient client;

    /// <summary>The calls to the service, which is in us-west-2 wherever the servers are.</summary>
    /// <param name="endpoint">The control API of a local accelerator; null: the service itself.</param>
    public GlobalAcceleratorApi(Uri? endpoint = null)
    {
        var config = new AmazonGlobalAcceleratorConfig { MaxErrorRetry = 0, Timeout = Timeout };
        if (endpoint is null)
            config.RegionEndpoint = RegionEndpoint.USWest2;
        else
            (config.ServiceURL, config.AuthenticationRegion) = (endpoint.ToString(), RegionEndpoint.USWest2.SystemName);
        client = new(config);
    }

    /// <inheritdoc/>
    public Task AllowAsync(
        string endpointGroupArn, string endpointId, string address, IReadOnlyList<int> ports, CancellationToken cancellationToken) =>
        CallAsync(() => client.AllowCustomRoutingTrafficAsync(new AllowCustomRoutingTrafficRequest
        {
            EndpointGroupArn = endpointGroupArn,
            EndpointId = endpointId,
            DestinationAddresses = [address],
            DestinationPorts = [.. ports],
        }, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task DenyAsync(
        string endpointGroupArn, string endpointId, string address, IReadOnlyList<int> ports, CancellationToken cancellationToken) =>
        CallAsync(() => client.DenyCustomRoutingTrafficAsync(new DenyCustomRoutingTrafficRequest
        {
            EndpointGroupArn = endpointGroupArn,
            EndpointId = endpointId,
            DestinationAddresses = [address],
            DestinationPorts = [.. ports],
        }, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async Task<Page<DestinationRow>> ListByDestinationAsync(
        string endpointId, string address, int maxResults, string? nextToken, CancellationToken cancellationToken)
    {
        var answer = await CallAsync(() => client.ListCustomRoutingPortMappingsByDestinationAsync(new ListCustomRoutingPortMappingsByDestinationRequest
        {
            EndpointId = endpointId,
            DestinationAddress = address,
            MaxResults = maxResults,
            NextToken = nextToken,
        }, cancellationToken), cancellationToken);
        // Since version 4 of the SDK a list without entries is null. Both addresses of an accelerator have the same port.
        return new([.. (answer.DestinationPortMappings ?? []).Select(m => new DestinationRow(
            m.AcceleratorArn, m.EndpointGroupArn, m.DestinationSocketAddress.Port.GetValueOrDefault(),
            m.AcceleratorSocketAddresses[0].Port.GetValueOrDefault(), m.DestinationTrafficState == CustomRoutingDestinationTrafficState.ALLOW))],
            answer.NextToken);
    }

    /// <inheritdoc/>
    public async Task<Page<MappingRow>> ListAsync(
        string acceleratorArn, string endpointGroupArn, int maxResults, string? nextToken, CancellationToken cancellationToken)
    {
        var answer = await CallAsync(() => client.ListCustomRoutingPortMappingsAsync(new ListCustomRoutingPortMappingsRequest
        {
            AcceleratorArn = acceleratorArn,
            EndpointGroupArn = endpointGroupArn,
            MaxResults = maxResults,
            NextToken = nextToken,
        }, cancellationToken), cancellationToken);
        return new([.. (answer.PortMappings ?? []).Select(m => new MappingRow(
            m.EndpointId, m.DestinationSocketAddress.IpAddress, m.DestinationSocketAddress.Port.GetValueOrDefault(),
            m.AcceleratorPort.GetValueOrDefault(), m.DestinationTrafficState == CustomRoutingDestinationTrafficState.ALLOW))],
            answer.NextToken);
    }

    /// <inheritdoc/>
    public async Task<AcceleratorDescription> DescribeAsync(string acceleratorArn, CancellationToken cancellationToken)
    {
        var answer = await CallAsync(() => client.DescribeCustomRoutingAcceleratorAsync(
            new DescribeCustomRoutingAcceleratorRequest { AcceleratorArn = acceleratorArn }, cancellationToken), cancellationToken);
        var accelerator = answer.Accelerator;
        return new(accelerator.DnsName, [.. (accelerator.IpSets ?? []).SelectMany(set => set.IpAddresses ?? [])],
            accelerator.Status == CustomRoutingAcceleratorStatus.DEPLOYED);
    }

    /// <inheritdoc/>
    public async Task<RoutingCapacity> CapacityAsync(string listenerArn, string endpointGroupArn, CancellationToken cancellationToken)
    {
        var listener = await CallAsync(() => client.DescribeCustomRoutingListenerAsync(
            new DescribeCustomRoutingListenerRequest { ListenerArn = listenerArn }, cancellationToken), cancellationToken);
        var group = await CallAsync(() => client.DescribeCustomRoutingEndpointGroupAsync(
            new DescribeCustomRoutingEndpointGroupRequest { EndpointGroupArn = endpointGroupArn }, cancellationToken), cancellationToken);
        return RoutingCapacity.Of(
            (listener.Listener.PortRanges ?? []).Select(r => (r.FromPort.GetValueOrDefault(), r.ToPort.GetValueOrDefault())),
            (group.EndpointGroup.DestinationDescriptions ?? []).Select(d => (d.FromPort.GetValueOrDefault(), d.ToPort.GetValueOrDefault())));
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private static async Task<T> CallAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call();
        }
        catch (AmazonServiceException refused) when (!string.IsNullOrEmpty(refused.ErrorCode))
        {
            throw new GlobalAcceleratorException(refused.ErrorCode, refused.Message, refused);
        }
        catch (Exception failed) when (failed is AmazonServiceException or AmazonClientException or HttpRequestException or IOException
            || (failed is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // No answer: no network, no credentials, too late.
            throw new GlobalAcceleratorException("Unreachable", failed.Message, failed);
        }
    }
}
