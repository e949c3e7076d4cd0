using Amazon;
using Amazon.GlobalAccelerator;
using Amazon.GlobalAccelerator.Model;
using Amazon.Runtime;
using GameServer.CustomRouting;

namespace GameServer.GlobalAccelerator;

/// <summary>
/// The calls to Global Accelerator by the AWS SDK. It neither retries nor sets a deadline: <see cref="CustomRoutingPortMap"/> does both, in
/// one place, the deadline by the token of each call. (What the SDK repeats whatever it is told, calls whose connection breaks, is inside
/// that deadline too.) Credentials come from the SDK's own chain (environment, profile, the task's role).
/// </summary>
public sealed class GlobalAcceleratorApi : IGlobalAcceleratorApi, IDisposable
{
    private readonly AmazonGlobalAcceleratorClient client;

    /// <summary>The calls to the service, which is in us-west-2 wherever the servers are.</summary>
    /// <param name="endpoint">The control API of a local accelerator; null: the service itself.</param>
    public GlobalAcceleratorApi(Uri? endpoint = null)
    {
        var config = new AmazonGlobalAcceleratorConfig { MaxErrorRetry = 0 };
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
        return new([.. (answer.DestinationPortMappings ?? []).Select(m => DestinationRow.Of(
            m.AcceleratorArn, m.EndpointGroupArn, m.DestinationSocketAddress?.Port, m.AcceleratorSocketAddresses?.FirstOrDefault()?.Port,
            m.DestinationTrafficState?.Value))], answer.NextToken);
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
        return new([.. (answer.PortMappings ?? []).Select(m => MappingRow.Of(
            m.EndpointId, m.DestinationSocketAddress?.IpAddress, m.DestinationSocketAddress?.Port, m.AcceleratorPort,
            m.DestinationTrafficState?.Value))], answer.NextToken);
    }

    /// <inheritdoc/>
    public async Task<AcceleratorDescription> DescribeAsync(string acceleratorArn, CancellationToken cancellationToken)
    {
        var answer = await CallAsync(() => client.DescribeCustomRoutingAcceleratorAsync(
            new DescribeCustomRoutingAcceleratorRequest { AcceleratorArn = acceleratorArn }, cancellationToken), cancellationToken);
        var accelerator = answer.Accelerator;
        return AcceleratorDescription.Of(
            accelerator?.DnsName, accelerator?.IpSets?.SelectMany(set => set.IpAddresses ?? []), accelerator?.Status?.Value);
    }

    /// <inheritdoc/>
    public async Task<RoutingCapacity> CapacityAsync(string listenerArn, string endpointGroupArn, CancellationToken cancellationToken)
    {
        var listener = await CallAsync(() => client.DescribeCustomRoutingListenerAsync(
            new DescribeCustomRoutingListenerRequest { ListenerArn = listenerArn }, cancellationToken), cancellationToken);
        var group = await CallAsync(() => client.DescribeCustomRoutingEndpointGroupAsync(
            new DescribeCustomRoutingEndpointGroupRequest { EndpointGroupArn = endpointGroupArn }, cancellationToken), cancellationToken);
        return RoutingCapacity.Of(
            listener.Listener?.PortRanges?.Select(r => (r.FromPort, r.ToPort)),
            group.EndpointGroup?.DestinationDescriptions?.Select(d => (d.FromPort, d.ToPort)));
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
            or TimeoutException || (failed is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // No answer: no network, no credentials.
            throw new GlobalAcceleratorException(GlobalAcceleratorException.Unreachable, failed.Message, failed);
        }
    }
}
