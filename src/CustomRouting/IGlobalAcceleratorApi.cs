namespace GameServer.CustomRouting;

/// <summary>
/// The calls to Global Accelerator that the product makes: a thin layer over its control API, without retries, paging or memory.
/// Every call fails with <see cref="GlobalAcceleratorException"/> and nothing else, unless it is cancelled. A cancelled call ends soon, also
/// while its answer is being read: the port map sets each call its deadline by that. A list of ports is never empty: to the service that
/// would mean all ports.
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
/// <param name="NextToken">What to ask for the next page with; null or empty: this is the last.</param>
public sealed record Page<T>(IReadOnlyList<T> Rows, string? NextToken);

/// <summary>A row of a list by destination.</summary>
/// <param name="AcceleratorArn">The accelerator.</param>
/// <param name="EndpointGroupArn">The endpoint group.</param>
/// <param name="Port">The port at the address asked for.</param>
/// <param name="OutsidePort">The accelerator's port that leads to it.</param>
/// <param name="Allowed">Whether the row says that traffic is allowed.</param>
public sealed record DestinationRow(string AcceleratorArn, string EndpointGroupArn, int Port, int OutsidePort, bool Allowed)
{
    /// <summary>The row of these parts of an answer, each of which may be missing in it.</summary>
    /// <exception cref="GlobalAcceleratorException">One is missing.</exception>
    public static DestinationRow Of(string? acceleratorArn, string? endpointGroupArn, int? port, int? outsidePort, string? state) => new(
        AnswerPart.Text(acceleratorArn, "AcceleratorArn"), AnswerPart.Text(endpointGroupArn, "EndpointGroupArn"),
        AnswerPart.Port(port, "DestinationSocketAddress.Port"), AnswerPart.Port(outsidePort, "AcceleratorSocketAddresses.Port"),
        AnswerPart.Text(state, "DestinationTrafficState") == "ALLOW");
}

/// <summary>A row of the list of all mappings.</summary>
/// <param name="EndpointId">The subnet.</param>
/// <param name="Address">The address in it.</param>
/// <param name="Port">The port there.</param>
/// <param name="OutsidePort">The accelerator's port that leads to it.</param>
/// <param name="Allowed">Whether the row says that traffic is allowed.</param>
public sealed record MappingRow(string EndpointId, string Address, int Port, int OutsidePort, bool Allowed)
{
    /// <summary>The row of these parts of an answer, each of which may be missing in it.</summary>
    /// <exception cref="GlobalAcceleratorException">One is missing.</exception>
    public static MappingRow Of(string? endpointId, string? address, int? port, int? outsidePort, string? state) => new(
        AnswerPart.Text(endpointId, "EndpointId"), AnswerPart.Text(address, "DestinationSocketAddress.IpAddress"),
        AnswerPart.Port(port, "DestinationSocketAddress.Port"), AnswerPart.Port(outsidePort, "AcceleratorPort"),
        AnswerPart.Text(state, "DestinationTrafficState") == "ALLOW");
}

/// <summary>What players need to know of an accelerator, and whether its last change has reached them.</summary>
/// <param name="Dns">Its name.</param>
/// <param name="Ips">Its IPv4 addresses; any of them works.</param>
/// <param name="Deployed">False while a change is on its way to the edge.</param>
public sealed record AcceleratorDescription(string Dns, IReadOnlyList<string> Ips, bool Deployed)
{
    /// <summary>The description of these parts of an answer, each of which may be missing in it.</summary>
    /// <exception cref="GlobalAcceleratorException">One is missing: players would be told of no way in.</exception>
    public static AcceleratorDescription Of(string? dns, IEnumerable<string?>? ips, string? status)
    {
        string[] given = [.. (ips ?? []).Select(ip => AnswerPart.Text(ip, "IpSets.IpAddresses"))];
        return new(
            AnswerPart.Text(dns, "DnsName"), given.Length > 0 ? given : throw AnswerPart.Missing("IpSets"),
            AnswerPart.Text(status, "Status") == "DEPLOYED");
    }
}

/// <summary>How many ports there are on each side.</summary>
/// <param name="ListenerPorts">Ports of the listener.</param>
/// <param name="DestinationPorts">The endpoint group's destination ports, such as <c>8080-8081</c>, for a person.</param>
/// <param name="DestinationPortCount">How many those are.</param>
public sealed record RoutingCapacity(int ListenerPorts, string DestinationPorts, int DestinationPortCount)
{
    /// <summary>The capacity of these port ranges, each from its first to its last port.</summary>
    /// <exception cref="GlobalAcceleratorException">A part of the answer is missing.</exception>
    public static RoutingCapacity Of(IEnumerable<(int? From, int? To)>? listener, IEnumerable<(int? From, int? To)>? destinations)
    {
        var list = Ranges(destinations, "DestinationDescriptions");
        return new(
            Ranges(listener, "PortRanges").Sum(r => r.To - r.From + 1),
            string.Join(", ", list.Select(r => r.From == r.To ? $"{r.From}" : $"{r.From}-{r.To}")),
            list.Sum(r => r.To - r.From + 1));

        static List<(int From, int To)> Ranges(IEnumerable<(int? From, int? To)>? ranges, string name) =>
        [
            .. (ranges ?? throw AnswerPart.Missing(name))
                .Select(range => (AnswerPart.Port(range.From, $"{name}.FromPort"), AnswerPart.Port(range.To, $"{name}.ToPort"))),
        ];
    }
}

/// <summary>A call to Global Accelerator failed.</summary>
/// <param name="code">
/// The error's type as the service names it, such as <c>EndpointNotFoundException</c>; <see cref="Unreachable"/> if it gave no answer,
/// <see cref="BadAnswer"/> if a part of it was missing.
/// </param>
/// <param name="message">What the service said.</param>
/// <param name="inner">What was thrown below.</param>
public sealed class GlobalAcceleratorException(
    string code, string message, Exception? inner = null) : Exception($"{code}: {message}", inner)
{
    /// <summary>The service gave no answer, or not all of it in time.</summary>
    public const string Unreachable = "Unreachable";

    /// <summary>A part of the answer is missing.</summary>
    public const string BadAnswer = "BadAnswer";

    /// <summary>The error's type as the service names it.</summary>
    public string Code { get; } = code;

    /// <summary>
    /// The call was wrong and stays wrong: there is no such thing, or an argument is not allowed. Anything else (throttling, an
    /// internal error, no answer, a missing permission that someone may still give) may work later.
    /// </summary>
    public bool IsFinal => Code is "EndpointNotFoundException" or "EndpointGroupNotFoundException" or "AcceleratorNotFoundException"
        or "ListenerNotFoundException" or "InvalidArgumentException";
}
