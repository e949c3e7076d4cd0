using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using GameServer.CustomRouting;

namespace GameServer.LocalAccelerator.Tests;

/// <summary>The API over HTTP, as the SDK speaks it; counts its calls.</summary>
internal sealed class WireApi(Uri control) : IGlobalAcceleratorApi
{
    public WireApi(LocalAcceleratorServer accelerator) : this(accelerator.ControlUri!)
    {
    }

    private readonly List<string> calls = [];

    public int CallsOf(string operation)
    {
        lock (calls)
            return calls.Count(c => c == operation);
    }

    public Task AllowAsync(
        string endpointGroupArn, string endpointId, string address, IReadOnlyList<int> ports, CancellationToken cancellationToken) =>
        CallAsync(
            "AllowCustomRoutingTraffic",
            new { EndpointGroupArn = endpointGroupArn, EndpointId = endpointId, DestinationAddresses = new[] { address }, DestinationPorts = ports },
            cancellationToken);

    public Task DenyAsync(
        string endpointGroupArn, string endpointId, string address, IReadOnlyList<int> ports, CancellationToken cancellationToken) =>
        CallAsync(
            "DenyCustomRoutingTraffic",
            new { EndpointGroupArn = endpointGroupArn, EndpointId = endpointId, DestinationAddresses = new[] { address }, DestinationPorts = ports },
            cancellationToken);

    public async Task<Page<DestinationRow>> ListByDestinationAsync(
        string endpointId, string address, int maxResults, string? nextToken, CancellationToken cancellationToken)
    {
        var answer = await CallAsync(
            "ListCustomRoutingPortMappingsByDestination",
            new { EndpointId = endpointId, DestinationAddress = address, MaxResults = maxResults, NextToken = nextToken },
            cancellationToken);
        return new([.. answer["DestinationPortMappings"]!.AsArray().Select(m => DestinationRow.Of(
            (string?)m!["AcceleratorArn"], (string?)m["EndpointGroupArn"], (int?)m["DestinationSocketAddress"]?["Port"],
            (int?)m["AcceleratorSocketAddresses"]?[0]?["Port"], (string?)m["DestinationTrafficState"]))], (string?)answer["NextToken"]);
    }

    public async Task<Page<MappingRow>> ListAsync(
        string acceleratorArn, string endpointGroupArn, int maxResults, string? nextToken, CancellationToken cancellationToken)
    {
        var answer = await CallAsync(
            "ListCustomRoutingPortMappings",
            new { AcceleratorArn = acceleratorArn, EndpointGroupArn = endpointGroupArn, MaxResults = maxResults, NextToken = nextToken },
            cancellationToken);
        return new([.. answer["PortMappings"]!.AsArray().Select(m => MappingRow.Of(
            (string?)m!["EndpointId"], (string?)m["DestinationSocketAddress"]?["IpAddress"], (int?)m["DestinationSocketAddress"]?["Port"],
            (int?)m["AcceleratorPort"], (string?)m["DestinationTrafficState"]))], (string?)answer["NextToken"]);
    }

    public async Task<AcceleratorDescription> DescribeAsync(string acceleratorArn, CancellationToken cancellationToken)
    {
        var answer = (await CallAsync("DescribeCustomRoutingAccelerator", new { AcceleratorArn = acceleratorArn }, cancellationToken))["Accelerator"]!;
        return AcceleratorDescription.Of(
            (string?)answer["DnsName"], answer["IpSets"]?[0]?["IpAddresses"]?.AsArray().Select(ip => (string?)ip), (string?)answer["Status"]);
    }

    public async Task<RoutingCapacity> CapacityAsync(string listenerArn, string endpointGroupArn, CancellationToken cancellationToken)
    {
        var listener = await CallAsync("DescribeCustomRoutingListener", new { ListenerArn = listenerArn }, cancellationToken);
        var group = await CallAsync("DescribeCustomRoutingEndpointGroup", new { EndpointGroupArn = endpointGroupArn }, cancellationToken);
        return RoutingCapacity.Of(
            Ranges(listener["Listener"]!["PortRanges"]!), Ranges(group["EndpointGroup"]!["DestinationDescriptions"]!));

        static IEnumerable<(int?, int?)> Ranges(JsonNode ranges) => ranges.AsArray().Select(r => ((int?)r!["FromPort"], (int?)r["ToPort"]));
    }

    private async Task<JsonObject> CallAsync(string operation, object body, CancellationToken cancellationToken)
    {
        lock (calls)
            calls.Add(operation);
        try
        {
            var (status, answer) = await Accelerators.CallAsync(
                control, operation, JsonSerializer.Serialize(body), cancellationToken: cancellationToken);
            return status == HttpStatusCode.OK ? answer : throw new GlobalAcceleratorException(
                (string)answer["__type"]!, (string)answer["Message"]!);
        }
        catch (HttpRequestException problem)
        {
            throw new GlobalAcceleratorException(GlobalAcceleratorException.Unreachable, problem.Message, problem);
        }
    }
}
