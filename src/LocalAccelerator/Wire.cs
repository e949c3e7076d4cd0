using System.Text.Json.Serialization;

namespace GameServer.LocalAccelerator;

// The shapes of the control API, named and spelled as the service does. What a request leaves out is null here.

internal sealed record PortRange(int? FromPort, int? ToPort);

internal sealed record IpSet(string IpFamily, IReadOnlyList<string> IpAddresses, string IpAddressFamily);

internal sealed record Accelerator(
    string AcceleratorArn, string Name, string IpAddressType, bool Enabled, IReadOnlyList<IpSet> IpSets, string DnsName, string Status,
    double CreatedTime, double LastModifiedTime);

internal sealed record Listener(string ListenerArn, IReadOnlyList<PortRange> PortRanges);

internal sealed record DestinationConfiguration(int? FromPort, int? ToPort, IReadOnlyList<string>? Protocols);

internal sealed record EndpointDescription(string EndpointId);

internal sealed record EndpointConfiguration(string? EndpointId, string? AttachmentArn);

internal sealed record EndpointGroup(
    string EndpointGroupArn, string EndpointGroupRegion, IReadOnlyList<DestinationConfiguration> DestinationDescriptions,
    IReadOnlyList<EndpointDescription> EndpointDescriptions);

internal sealed record SocketAddress(string IpAddress, int Port);

internal sealed record PortMapping(
    int AcceleratorPort, string EndpointGroupArn, string EndpointId, SocketAddress DestinationSocketAddress, IReadOnlyList<string> Protocols,
    string DestinationTrafficState);

internal sealed record DestinationPortMapping(
    string AcceleratorArn, IReadOnlyList<SocketAddress> AcceleratorSocketAddresses, string EndpointGroupArn, string EndpointId,
    string EndpointGroupRegion, SocketAddress DestinationSocketAddress, string IpAddressType, string DestinationTrafficState);

internal sealed record Tag(string? Key, string? Value);

internal sealed record CreateAcceleratorRequest(
    string? Name, string? IpAddressType, IReadOnlyList<string>? IpAddresses, bool? Enabled, string? IdempotencyToken, IReadOnlyList<Tag>? Tags);

internal sealed record UpdateAcceleratorRequest(
    string? AcceleratorArn, string? Name, string? IpAddressType, IReadOnlyList<string>? IpAddresses, bool? Enabled);

internal sealed record AcceleratorRequest(string? AcceleratorArn);

internal sealed record AcceleratorResponse(Accelerator Accelerator);

internal sealed record ListRequest(int? MaxResults, string? NextToken);

internal sealed record ListAcceleratorsResponse(IReadOnlyList<Accelerator> Accelerators, string? NextToken);

internal sealed record CreateListenerRequest(string? AcceleratorArn, IReadOnlyList<PortRange>? PortRanges, string? IdempotencyToken);

internal sealed record UpdateListenerRequest(string? ListenerArn, IReadOnlyList<PortRange>? PortRanges);

internal sealed record ListenerRequest(string? ListenerArn);

internal sealed record ListenerResponse(Listener Listener);

internal sealed record ListListenersRequest(string? AcceleratorArn, int? MaxResults, string? NextToken);

internal sealed record ListListenersResponse(IReadOnlyList<Listener> Listeners, string? NextToken);

internal sealed record CreateEndpointGroupRequest(
    string? ListenerArn, string? EndpointGroupRegion, IReadOnlyList<DestinationConfiguration>? DestinationConfigurations,
    string? IdempotencyToken);

internal sealed record EndpointGroupRequest(string? EndpointGroupArn);

internal sealed record EndpointGroupResponse(EndpointGroup EndpointGroup);

internal sealed record ListEndpointGroupsRequest(string? ListenerArn, int? MaxResults, string? NextToken);

internal sealed record ListEndpointGroupsResponse(IReadOnlyList<EndpointGroup> EndpointGroups, string? NextToken);

internal sealed record AddEndpointsRequest(IReadOnlyList<EndpointConfiguration>? EndpointConfigurations, string? EndpointGroupArn);

internal sealed record AddEndpointsResponse(IReadOnlyList<EndpointDescription> EndpointDescriptions, string EndpointGroupArn);

internal sealed record RemoveEndpointsRequest(IReadOnlyList<string>? EndpointIds, string? EndpointGroupArn);

/// <summary>Allow and Deny: the same but for the name of the switch that means all traffic.</summary>
internal sealed record TrafficRequest(
    string? EndpointGroupArn, string? EndpointId, IReadOnlyList<string>? DestinationAddresses, IReadOnlyList<int>? DestinationPorts,
    bool? AllowAllTrafficToEndpoint, bool? DenyAllTrafficToEndpoint);

internal sealed record ListPortMappingsRequest(string? AcceleratorArn, string? EndpointGroupArn, int? MaxResults, string? NextToken);

internal sealed record ListPortMappingsResponse(IReadOnlyList<PortMapping> PortMappings, string? NextToken);

internal sealed record ListByDestinationRequest(string? EndpointId, string? DestinationAddress, int? MaxResults, string? NextToken);

internal sealed record ListByDestinationResponse(IReadOnlyList<DestinationPortMapping> DestinationPortMappings, string? NextToken);

internal sealed record Empty;

internal sealed record Failure([property: JsonPropertyName("__type")] string Type, string Message);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CreateAcceleratorRequest))]
[JsonSerializable(typeof(UpdateAcceleratorRequest))]
[JsonSerializable(typeof(AcceleratorRequest))]
[JsonSerializable(typeof(AcceleratorResponse))]
[JsonSerializable(typeof(ListRequest))]
[JsonSerializable(typeof(ListAcceleratorsResponse))]
[JsonSerializable(typeof(CreateListenerRequest))]
[JsonSerializable(typeof(UpdateListenerRequest))]
[JsonSerializable(typeof(ListenerRequest))]
[JsonSerializable(typeof(ListenerResponse))]
[JsonSerializable(typeof(ListListenersRequest))]
[JsonSerializable(typeof(ListListenersResponse))]
[JsonSerializable(typeof(CreateEndpointGroupRequest))]
[JsonSerializable(typeof(EndpointGroupRequest))]
[JsonSerializable(typeof(EndpointGroupResponse))]
[JsonSerializable(typeof(ListEndpointGroupsRequest))]
[JsonSerializable(typeof(ListEndpointGroupsResponse))]
[JsonSerializable(typeof(AddEndpointsRequest))]
[JsonSerializable(typeof(AddEndpointsResponse))]
[JsonSerializable(typeof(RemoveEndpointsRequest))]
[JsonSerializable(typeof(TrafficRequest))]
[JsonSerializable(typeof(ListPortMappingsRequest))]
[JsonSerializable(typeof(ListPortMappingsResponse))]
[JsonSerializable(typeof(ListByDestinationRequest))]
[JsonSerializable(typeof(ListByDestinationResponse))]
[JsonSerializable(typeof(Empty))]
[JsonSerializable(typeof(Failure))]
internal sealed partial class WireJson : JsonSerializerContext;
