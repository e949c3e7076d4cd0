namespace GameServer.CustomRouting;

/// <summary>
/// The calls to Global Accelerator that the product makes: a thin layer over its control API, without retries, paging or memory.
/// Every call fails with <see cref="GlobalAcceleratorException"/> and nothing else, unless it is cancelled.
/// </summary>
public interface IGlobalAcceleratorApi
{
    /// <summary>AllowCustomRoutingTraffic: the ports of one address take traffic, some time after the call has come back.</summary>
    Task AllowAsync(
        string endpointGroupArn, string endpointId, string address, IReadOnlyList<int> ports, CancellationToken cancellationToken);

    /// <summary>DenyCustomRoutingTraffic: the ports of one address take no new connection.</summary>
    Task DenyAsync(
        string endpointGroupArn, string endpointId, string address, IReadOnlyList<int> ports, CancellationToken cancellationToken);

    /// <summary>
    /// ListCustomRoutingPortMappingsByDestination: one page of the rows of an address, of all accelerators that have its subnet.
    /// </summary>
    Task<Page<DestinationRow>> ListByDestinationAsync(
        string endpointId, string address, int maxResults, string? nextToken, CancellationToken cancellationToken);

    /// <summary>ListCustomRoutingPortMappings: one page of all rows of an endpoint group.</summary>
    Task<Page<MappingRow>> ListAsync(
        string acceleratorArn, string endpointGroupArn, int maxResults, string? nextToken, CancellationToken cancellationToken);

    /// <summary>DescribeCustomRoutingAccelerator.</summary>
    Task<AcceleratorDescription> DescribeAsync(string acceleratorArn, CancellationToken cancellationToken);

    /// <summary>DescribeCustomRoutingListener and DescribeCustomRoutingEndpointGroup: how many ports there are on each side.</summary>
    Task<RoutingCapacity> CapacityAsync(string listenerArn, string endpointGroupArn, CancellationToken cancellationToken);
}

/// <summary>One page of a list.</summary>
/// <typeparam name="T">What is listed.</typeparam>
/// <param name="Rows">The rows.</param>
/// <param name="NextToken">What to ask for the next page with; null: this is the last.</param>
public sealed record Page<T>(IReadOnlyList<T> Rows, string? NextToken);

/// <summary>A row of a list by destination.</summary>
/// <param name="AcceleratorArn">The accelerator.</param>
/// <param name="EndpointGroupArn">The endpoint group.</param>
/// <param name="Port">The port at the address asked for.</param>
/// <param name="OutsidePort">The accelerator's port that leads to it.</param>
/// <param name="Allowed">Whether the row says that traffic is allowed.</param>
public sealed record DestinationRow(string AcceleratorArn, string EndpointGroupArn, int Port, int OutsidePort, bool Allowed);

/// <summary>A row of the list of all mappings.</summary>
/// <param name="EndpointId">The subnet.</param>
/// <param name="Address">The address in it.</param>
/// <param name="Port">The port there.</param>
/// <param name="OutsidePort">The accelerator's port that leads to it.</param>
/// <param name="Allowed">Whether the row says that traffic is allowed.</param>
public sealed record MappingRow(string EndpointId, string Address, int Port, int OutsidePort, bool Allowed);

/// <summary>What players need to know of an accelerator, and whether its last change has reached them.</summary>
/// <param name="Dns">Its name.</param>
/// <param name="Ips">Its IPv4 addresses; any of them works.</param>
/// <param name="Deployed">False while a change is on its way to the edge.</param>
public sealed record AcceleratorDescription(string Dns, IReadOnlyList<string> Ips, bool Deployed);

/// <summary>How many ports there are on each side.</summary>
/// <param name="ListenerPorts">Ports of the listener.</param>
/// <param name="DestinationPorts">The endpoint group's destination ports, such as <c>8080-8081</c>, for a person.</param>
/// <param name="DestinationPortCount">How many those are.</param>
public sealed record RoutingCapacity(int ListenerPorts, string DestinationPorts, int DestinationPortCount)
{
    /// <summary>The capacity of these port ranges, each from its first to its last port.</summary>
    public static RoutingCapacity Of(IEnumerable<(int From, int To)> listener, IEnumerable<(int From, int To)> destinations)
    {
        var list = destinations.ToList();
        return new(
            listener.Sum(r => r.To - r.From + 1),
            string.Join(", ", list.Select(r => r.From == r.To ? $"{r.From}" : $"{r.From}-{r.To}")),
            list.Sum(r => r.To - r.From + 1));
    }
}

/// <summary>A call to Global Accelerator failed.</summary>
/// <param name="code">
/// The error's type as the service names it, such as <c>EndpointNotFoundException</c>; <c>Unreachable</c> if it gave no answer.
/// </param>
/// <param name="message">What the service said.</param>
/// <param name="inner">What was thrown below.</param>
public sealed class GlobalAcceleratorException(
    string code, string message, Exception? inner = null) : Exception($"{code}: {message}", inner)
{
    /// <summary>The error's type as the service names it.</summary>
    public string Code { get; } = code;

    /// <summary>
    /// The call was wrong and stays wrong: there is no such thing, or an argument is not allowed. Anything else (throttling, an
    /// internal error, no answer, a missing permission that someone may still give) may work later.
    /// </summary>
    public bool IsFinal => Code is "EndpointNotFoundException" or "EndpointGroupNotFoundException" or "AcceleratorNotFoundException"
        or "ListenerNotFoundException" or "InvalidArgumentException";
}
