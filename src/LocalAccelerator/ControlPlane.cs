using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace GameServer.LocalAccelerator;

/// <summary>
/// What Global Accelerator knows and decides about custom routing: resources, quotas, mappings and which traffic is allowed. One lock
/// guards it; nothing under it waits. Where it departs from the service: all accelerators share this machine's addresses, so their
/// listeners may not have ports in common; UDP is mapped but not carried; addresses cannot be brought along; tags are taken and forgotten.
/// </summary>
internal sealed partial class ControlPlane(LocalAcceleratorOptions options, TimeProvider time)
{
    private const int MaxAccelerators = 10;
    private const int MaxListeners = 10;
    private const int MaxRanges = 10;
    private const int MinRangeWidth = 16;
    private const int MaxGroups = 42;
    private const int MaxSubnetsOfGroup = 10;
    private const int MaxEndpointsOfCall = 20;
    private const int MaxDestinations = 100;

    /// <summary>Listener ports are given to a subnet in blocks of this many; so a subnet takes a little more than it needs.</summary>
    private const int BlockSize = 16;

    private readonly Lock gate = new();
    private readonly long started = time.GetTimestamp();
    private readonly Dictionary<string, Subnet> subnets = options.Subnets.ToDictionary(s => s.Key, s => Subnet.Parse(s.Key, s.Value));
    private readonly List<AcceleratorEntry> accelerators = [];
    private readonly Dictionary<int, Row> routes = [];

    // Not for secrets: ARNs and the order of mappings should look like chance and be the same each time.
    private readonly Random random = new(options.Seed);

    /// <summary>
    /// Told the ports that a listener now has; it throws <see cref="LocalAcceleratorException"/> if they cannot be opened.
    /// </summary>
    public Action<IReadOnlyList<int>> OpenPorts { get; set; } = _ => { };

    /// <summary>Told the ports that no listener has any more.</summary>
    public Action<IReadOnlyList<int>> ClosePorts { get; set; } = _ => { };

    // Accelerators -------------------------------------------------------------------------------------------------------------

    public AcceleratorResponse CreateAccelerator(CreateAcceleratorRequest r)
    {
        lock (gate)
        {
            var name = CheckedName(r.Name);
            Check(r.IpAddressType, r.IpAddresses);
            var token = Required(r.IdempotencyToken, "IdempotencyToken");
            if (accelerators.Find(a => a.Token == token) is { } same)
                return same.Name == name ? new(Shape(same)) : throw OtherRequest(token);
            if (accelerators.Count >= MaxAccelerators)
                throw LocalAcceleratorException.Limit($"There are {MaxAccelerators} custom routing accelerators; no more are allowed.");
            var now = time.GetUtcNow();
            var accelerator = new AcceleratorEntry($"arn:aws:globalaccelerator::123456789012:accelerator/{Uuid()}", token, now)
            {
                Name = name,
                Enabled = r.Enabled ?? true,
            };
            Changed(accelerator);
            accelerators.Add(accelerator);
            return new(Shape(accelerator));
        }
    }

    public AcceleratorResponse UpdateAccelerator(UpdateAcceleratorRequest r)
    {
        lock (gate)
        {
            var accelerator = AcceleratorOf(r.AcceleratorArn);
            Check(r.IpAddressType, r.IpAddresses);
            var name = r.Name is null ? accelerator.Name : CheckedName(r.Name);
            (accelerator.Name, accelerator.Enabled) = (name, r.Enabled ?? accelerator.Enabled);
            Changed(accelerator);
            return new(Shape(accelerator));
        }
    }

    public AcceleratorResponse DescribeAccelerator(AcceleratorRequest r)
    {
        lock (gate)
            return new(Shape(AcceleratorOf(r.AcceleratorArn)));
    }

    public Empty DeleteAccelerator(AcceleratorRequest r)
    {
        lock (gate)
        {
            var accelerator = AcceleratorOf(r.AcceleratorArn);
            if (accelerator.Enabled)
                throw new LocalAcceleratorException(
                    "AcceleratorNotDisabledException", "The accelerator must be disabled before it is deleted.");
            // The service takes a while to believe that it is disabled.
            if (!IsDeployed(accelerator))
                throw new LocalAcceleratorException(
                    "AcceleratorNotDisabledException", "The accelerator is still being disabled; try again.");
            if (accelerator.Listeners.Count > 0)
                throw new LocalAcceleratorException(
                    "AssociatedListenerFoundException", "The accelerator still has listeners; delete them first.");
            accelerators.Remove(accelerator);
            return new();
        }
    }

    public ListAcceleratorsResponse ListAccelerators(ListRequest r)
    {
        lock (gate)
        {
            var (page, next) = Paged([.. accelerators.Select(Shape)], "accelerators", r.MaxResults, r.NextToken, 100);
            return new(page, next);
        }
    }

    // Listeners ----------------------------------------------------------------------------------------------------------------

    public ListenerResponse CreateListener(CreateListenerRequest r)
    {
        lock (gate)
        {
            var accelerator = AcceleratorOf(r.AcceleratorArn);
            var ranges = CheckedRanges(r.PortRanges, except: null);
            var token = Required(r.IdempotencyToken, "IdempotencyToken");
            if (accelerator.Listeners.Find(l => l.Token == token) is { } same)
                return same.Ranges.SequenceEqual(ranges) ? new(Shape(same)) : throw OtherRequest(token);
            if (accelerator.Listeners.Count >= MaxListeners)
                throw LocalAcceleratorException.Limit($"The accelerator has {MaxListeners} listeners; no more are allowed.");
            var listener = new ListenerEntry(accelerator, $"{accelerator.Arn}/listener/{Hex(8)}", token);
            Extend(listener, ranges);
            accelerator.Listeners.Add(listener);
            Changed(accelerator);
            return new(Shape(listener));
        }
    }

    public ListenerResponse UpdateListener(UpdateListenerRequest r)
    {
        lock (gate)
        {
            var listener = ListenerOf(r.ListenerArn);
            var ranges = CheckedRanges(r.PortRanges, except: listener);
            var ports = ranges.SelectMany(PortsOf).ToHashSet();
            if (listener.Ranges.SelectMany(PortsOf).FirstOrDefault(p => !ports.Contains(p)) is var lost and not 0)
                throw LocalAcceleratorException.Ports($"Port {lost} would be lost: the port ranges of a listener can only grow.");
            Extend(listener, ranges);
            Changed(listener.Accelerator);
            return new(Shape(listener));
        }
    }

    public ListenerResponse DescribeListener(ListenerRequest r)
    {
        lock (gate)
            return new(Shape(ListenerOf(r.ListenerArn)));
    }

    public Empty DeleteListener(ListenerRequest r)
    {
        lock (gate)
        {
            var listener = ListenerOf(r.ListenerArn);
            if (listener.Groups.Count > 0)
                throw new LocalAcceleratorException(
                    "AssociatedEndpointGroupFoundException", "The listener still has endpoint groups; delete them first.");
            listener.Accelerator.Listeners.Remove(listener);
            ClosePorts([.. listener.Ranges.SelectMany(PortsOf)]);
            Changed(listener.Accelerator);
            return new();
        }
    }

    public ListListenersResponse ListListeners(ListListenersRequest r)
    {
        lock (gate)
        {
            var accelerator = AcceleratorOf(r.AcceleratorArn);
            var (page, next) = Paged([.. accelerator.Listeners.Select(Shape)], accelerator.Arn, r.MaxResults, r.NextToken, 100);
            return new(page, next);
        }
    }

    // Endpoint groups ----------------------------------------------------------------------------------------------------------

    public EndpointGroupResponse CreateEndpointGroup(CreateEndpointGroupRequest r)
    {
        lock (gate)
        {
            var listener = ListenerOf(r.ListenerArn);
            var region = Required(r.EndpointGroupRegion, "EndpointGroupRegion");
            if (!RegionName().IsMatch(region))
                throw LocalAcceleratorException.Argument($"EndpointGroupRegion '{region}' is no region.");
            var destinations = CheckedDestinations(r.DestinationConfigurations);
            var token = Required(r.IdempotencyToken, "IdempotencyToken");
            if (listener.Groups.Find(g => g.Token == token) is { } same)
                return same.Region == region ? new(Shape(same)) : throw OtherRequest(token);
            if (listener.Groups.Exists(g => g.Region == region))
                throw new LocalAcceleratorException(
                    "EndpointGroupAlreadyExistsException", $"The listener has an endpoint group in {region} already.");
            if (listener.Accelerator.Listeners.Sum(l => l.Groups.Count) >= MaxGroups)
                throw LocalAcceleratorException.Limit($"The accelerator has {MaxGroups} endpoint groups; no more are allowed.");
            var group = new GroupEntry(listener, $"{listener.Arn}/endpoint-group/{Hex(12)}", token, region, destinations);
            listener.Groups.Add(group);
            Changed(listener.Accelerator);
            return new(Shape(group));
        }
    }

    public EndpointGroupResponse DescribeEndpointGroup(EndpointGroupRequest r)
    {
        lock (gate)
            return new(Shape(GroupOf(r.EndpointGroupArn)));
    }

    public Empty DeleteEndpointGroup(EndpointGroupRequest r)
    {
        lock (gate)
        {
            var group = GroupOf(r.EndpointGroupArn);
            foreach (var endpoint in group.Endpoints)
                Reclaim(group, endpoint);
            group.Listener.Groups.Remove(group);
            Changed(group.Listener.Accelerator);
            return new();
        }
    }

    public ListEndpointGroupsResponse ListEndpointGroups(ListEndpointGroupsRequest r)
    {
        lock (gate)
        {
            var listener = ListenerOf(r.ListenerArn);
            var (page, next) = Paged([.. listener.Groups.Select(Shape)], listener.Arn, r.MaxResults, r.NextToken, 100);
            return new(page, next);
        }
    }

    // Endpoints ----------------------------------------------------------------------------------------------------------------

    public AddEndpointsResponse AddEndpoints(AddEndpointsRequest r)
    {
        lock (gate)
        {
            var group = GroupOf(r.EndpointGroupArn);
            if (r.EndpointConfigurations is not { Count: >= 1 and <= MaxEndpointsOfCall } configurations)
                throw LocalAcceleratorException.Argument($"EndpointConfigurations must name 1 to {MaxEndpointsOfCall} endpoints.");
            var added = new List<EndpointEntry>();
            foreach (var configuration in configurations)
            {
                var id = Required(configuration.EndpointId, "EndpointId");
                if (!subnets.TryGetValue(id, out var subnet))
                    throw LocalAcceleratorException.Argument($"There is no subnet {id}.");
                if (group.Listener.Groups.Exists(g => g.Endpoints.Exists(e => e.Subnet.Id == id)) || added.Exists(e => e.Subnet.Id == id))
                    throw new LocalAcceleratorException("EndpointAlreadyExistsException", $"{id} is an endpoint of this listener already.");
                added.Add(new(subnet));
            }
            if (group.Endpoints.Count + added.Count > MaxSubnetsOfGroup)
                throw LocalAcceleratorException.Limit($"The endpoint group would have more than {MaxSubnetsOfGroup} subnets.");
            try
            {
                added.ForEach(endpoint => Draw(group, endpoint));
            }
            catch (LocalAcceleratorException)
            {
                // All or none: what was drawn goes back.
                added.ForEach(endpoint => group.Listener.FreeBlocks.AddRange(endpoint.Blocks));
                throw;
            }
            foreach (var endpoint in added)
                Map(group, endpoint);
            Changed(group.Listener.Accelerator);
            return new([.. added.Select(e => new EndpointDescription(e.Subnet.Id))], group.Arn);
        }
    }

    public Empty RemoveEndpoints(RemoveEndpointsRequest r)
    {
        lock (gate)
        {
            var group = GroupOf(r.EndpointGroupArn);
            if (r.EndpointIds is not { Count: > 0 } ids)
                throw LocalAcceleratorException.Argument("EndpointIds is required.");
            var removed = ids.Distinct().Select(id => group.Endpoints.Find(e => e.Subnet.Id == id)
                ?? throw new LocalAcceleratorException("EndpointNotFoundException", $"{id} is no endpoint of this endpoint group.")).ToList();
            foreach (var endpoint in removed)
            {
                Reclaim(group, endpoint);
                group.Endpoints.Remove(endpoint);
            }
            Changed(group.Listener.Accelerator);
            return new();
        }
    }

    // Traffic ------------------------------------------------------------------------------------------------------------------

    public Empty SetTraffic(TrafficRequest r, bool allow)
    {
        lock (gate)
        {
            var group = GroupOf(r.EndpointGroupArn);
            var id = Required(r.EndpointId, "EndpointId");
            var endpoint = group.Endpoints.Find(e => e.Subnet.Id == id) ?? throw LocalAcceleratorException.Argument(
                $"{id} is no endpoint of this endpoint group.");
            var rows = endpoint.Rows.AsEnumerable();
            var addresses = r.DestinationAddresses ?? [];
            var ports = r.DestinationPorts ?? [];
            if ((allow ? r.AllowAllTrafficToEndpoint : r.DenyAllTrafficToEndpoint) == true)
            {
                if (addresses.Count + ports.Count > 0)
                    throw LocalAcceleratorException.Argument(
                        "All traffic to the endpoint is meant, so DestinationAddresses and DestinationPorts must be empty.");
            }
            else
            {
                if (addresses.Count is < 1 or > 100)
                    throw LocalAcceleratorException.Argument(
                        $"DestinationAddresses must name 1 to 100 addresses; it names {addresses.Count}.");
                if (ports.Count > 100)
                    throw LocalAcceleratorException.Argument($"DestinationPorts must name at most 100 ports; it names {ports.Count}.");
                if (addresses.FirstOrDefault(a => !endpoint.Subnet.Has(a)) is { } foreign)
                    throw LocalAcceleratorException.Argument($"{foreign} is outside {id} or reserved in it.");
                if (ports.Where(p => !group.Destinations.Exists(d => d.Has(p))).Select(p => (int?)p).FirstOrDefault() is { } outside)
                    throw LocalAcceleratorException.Argument(
                        $"{outside} is no destination port of the endpoint group; it has {group.PortText}.");
                var meantAddresses = addresses.ToHashSet();
                var meantPorts = ports.ToHashSet();
                rows = rows.Where(row => meantAddresses.Contains(row.Address) && (meantPorts.Count == 0 || meantPorts.Contains(row.Port)));
            }
            var now = Age;
            var changed = false;
            foreach (var row in rows.Where(row => row.Target != allow))
            {
                row.Turn(allow, now, options.TrafficDelay);
                changed = true;
            }
            if (changed)
                Changed(group.Listener.Accelerator);
            return new();
        }
    }

    public ListPortMappingsResponse ListPortMappings(ListPortMappingsRequest r)
    {
        lock (gate)
        {
            var accelerator = AcceleratorOf(r.AcceleratorArn);
            var groups = accelerator.Listeners.SelectMany(l => l.Groups);
            if (r.EndpointGroupArn is { } arn)
                groups = groups.Contains(GroupOf(arn)) ? [GroupOf(arn)]
                    : throw new LocalAcceleratorException(
                        "EndpointGroupNotFoundException", "The endpoint group is of another accelerator.");
            var now = Age;
            var (page, next) = Paged(
                [.. groups.SelectMany(g => g.Endpoints.SelectMany(e => e.Rows.Select(row => (g, e, row)))).OrderBy(x => x.row.AcceleratorPort)],
                $"{accelerator.Arn} {r.EndpointGroupArn}", r.MaxResults, r.NextToken, 20_000);
            return new([.. page.Select(x => new PortMapping(
                x.row.AcceleratorPort, x.g.Arn, x.e.Subnet.Id, new(x.row.Address, x.row.Port), x.row.Protocols, x.row.StateAt(now)))], next);
        }
    }

    public ListByDestinationResponse ListByDestination(ListByDestinationRequest r)
    {
        lock (gate)
        {
            var id = Required(r.EndpointId, "EndpointId");
            var address = Required(r.DestinationAddress, "DestinationAddress");
            var found = accelerators.SelectMany(a => a.Listeners).SelectMany(l => l.Groups)
                .SelectMany(g => g.Endpoints.Where(e => e.Subnet.Id == id).Select(e => (Group: g, Endpoint: e))).ToList();
            if (found.Count == 0)
                throw new LocalAcceleratorException("EndpointNotFoundException", $"{id} is no endpoint of any custom routing accelerator.");
            if (!subnets[id].Has(address))
                throw LocalAcceleratorException.Argument($"{address} is outside {id} or reserved in it.");
            var now = Age;
            var (page, next) = Paged(
                [
                    .. found.SelectMany(f => f.Endpoint.Rows.Where(row => row.Address == address).Select(row => (f.Group, row)))
                        .OrderBy(x => x.row.AcceleratorPort),
                ],
                $"{id} {address}", r.MaxResults, r.NextToken, 20_000);
            return new([.. page.Select(x => new DestinationPortMapping(
                x.Group.Listener.Accelerator.Arn, [.. options.Ips.Select(ip => new SocketAddress(ip, x.row.AcceleratorPort))], x.Group.Arn, id,
                x.Group.Region, new(address, x.row.Port), "IPV4", x.row.StateAt(now)))], next);
        }
    }

    /// <summary>Where a connection to a listener port goes; null: it is mapped nowhere, or not allowed.</summary>
    public IPEndPoint? Route(int acceleratorPort)
    {
        lock (gate)
        {
            return routes.TryGetValue(acceleratorPort, out var row) && row.AllowedAt(Age) && row.Accelerator.Enabled
                && row.Protocols.Contains("TCP")
                ? new(IPAddress.Parse(row.Address), row.Port) : null;
        }
    }

    // Mapping ------------------------------------------------------------------------------------------------------------------

    /// <summary>
    /// Draws listener ports for a subnet, in blocks, at random from the free ones, so that nobody can rely on an order. A block that
    /// is not used up is lost to others, so a subnet can take more than it needs.
    /// </summary>
    private void Draw(GroupEntry group, EndpointEntry endpoint)
    {
        var free = group.Listener.FreeBlocks;
        var before = free.Sum(b => b.Count);
        var addresses = endpoint.Subnet.Size - 5;
        var perAddress = group.Destinations.Sum(d => d.Count);
        while (endpoint.Blocks.Sum(b => b.Count) < addresses * perAddress)
        {
            if (free.Count == 0)
                throw LocalAcceleratorException.Limit(
                    $"{before} free listener ports, given out in blocks of {BlockSize}, cannot carry {addresses} addresses of "
                    + $"{endpoint.Subnet.Id} × {perAddress} destination ports = {addresses * perAddress}; extend the listener's port ranges.");
            var at = random.Next(free.Count);
            endpoint.Blocks.Add(free[at]);
            free.RemoveAt(at);
        }
    }

    /// <summary>
    /// Gives each address and destination port of the subnet a listener port of its own, shuffled. The rows never change.
    /// </summary>
    private void Map(GroupEntry group, EndpointEntry endpoint)
    {
        int[] ports = [.. endpoint.Blocks.SelectMany(b => b)];
        random.Shuffle(ports);
        var next = 0;
        foreach (var address in endpoint.Subnet.Addresses)
        {
            foreach (var destination in group.Destinations)
            {
                foreach (var port in destination.Ports)
                {
                    var row = new Row(group.Listener.Accelerator, ports[next++], address, port, destination.Protocols);
                    endpoint.Rows.Add(row);
                    routes[row.AcceleratorPort] = row;
                }
            }
        }
        group.Endpoints.Add(endpoint);
    }

    private void Reclaim(GroupEntry group, EndpointEntry endpoint)
    {
        foreach (var row in endpoint.Rows)
            routes.Remove(row.AcceleratorPort);
        group.Listener.FreeBlocks.AddRange(endpoint.Blocks);
    }

    private void Extend(ListenerEntry listener, List<Range> ranges)
    {
        var known = listener.Ranges.SelectMany(PortsOf).ToHashSet();
        int[] added = [.. ranges.SelectMany(PortsOf).Where(p => !known.Contains(p))];
        OpenPorts(added);
        listener.Ranges = ranges;
        listener.FreeBlocks.AddRange(added.Chunk(BlockSize).Select(block => block.ToList()));
    }

    private void Changed(AcceleratorEntry accelerator) =>
        (accelerator.Modified, accelerator.DeployedAt) = (time.GetUtcNow(), Age + options.DeployDelay);

    private bool IsDeployed(AcceleratorEntry accelerator) => Age >= accelerator.DeployedAt;

    /// <summary>How long this has been running: what takes its time here is measured by it, and not by a clock that may be set.</summary>
    private TimeSpan Age => time.GetElapsedTime(started);

    // What is asked for --------------------------------------------------------------------------------------------------------

    private AcceleratorEntry AcceleratorOf(string? arn) =>
        accelerators.Find(a => a.Arn == Required(arn, "AcceleratorArn")) ?? (arn is null
            ? throw LocalAcceleratorException.Argument("AcceleratorArn is required.")
            : throw new LocalAcceleratorException("AcceleratorNotFoundException", $"There is no custom routing accelerator {arn}."));

    private ListenerEntry ListenerOf(string? arn) =>
        accelerators.SelectMany(a => a.Listeners).FirstOrDefault(l => l.Arn == Required(arn, "ListenerArn")) ?? (arn is null
            ? throw LocalAcceleratorException.Argument("ListenerArn is required.")
            : throw new LocalAcceleratorException("ListenerNotFoundException", $"There is no listener {arn}."));

    private GroupEntry GroupOf(string? arn) =>
        accelerators.SelectMany(a => a.Listeners).SelectMany(l => l.Groups).FirstOrDefault(g => g.Arn == Required(arn, "EndpointGroupArn")) ?? (arn is null
            ? throw LocalAcceleratorException.Argument("EndpointGroupArn is required.")
            : throw new LocalAcceleratorException("EndpointGroupNotFoundException", $"There is no endpoint group {arn}."));

    private static string Required(string? value, string name) => value switch
    {
        null or "" => throw LocalAcceleratorException.Argument($"{name} is required."),
        { Length: > 255 } => throw LocalAcceleratorException.Argument($"{name} must have at most 255 characters."),
        _ => value,
    };

    private static LocalAcceleratorException OtherRequest(string token) =>
        LocalAcceleratorException.Argument($"The IdempotencyToken '{token}' was used with another request.");

    private static string CheckedName(string? name) =>
        AcceleratorName().IsMatch(Required(name, "Name")) ? name!
            : throw LocalAcceleratorException.Argument(
                "Name must have 1 to 64 letters, digits, periods or hyphens, and not begin or end with a period or hyphen.");

    private static void Check(string? ipAddressType, IReadOnlyList<string>? addresses)
    {
        if (ipAddressType is not (null or "IPV4"))
            throw LocalAcceleratorException.Argument($"IpAddressType is {ipAddressType}; a custom routing accelerator must have IPV4.");
        if (addresses is { Count: > 0 })
            throw LocalAcceleratorException.Argument("IpAddresses cannot be chosen here; leave them out.");
    }

    private List<Range> CheckedRanges(IReadOnlyList<PortRange>? ranges, ListenerEntry? except)
    {
        if (ranges is not { Count: >= 1 and <= MaxRanges })
            throw LocalAcceleratorException.Argument($"PortRanges must have 1 to {MaxRanges} port ranges.");
        var others = accelerators.SelectMany(a => a.Listeners).Where(l => l != except).SelectMany(l => l.Ranges).ToList();
        var result = new List<Range>();
        foreach (var range in ranges)
        {
            var one = CheckedRange(range.FromPort, range.ToPort);
            if (one.To - one.From + 1 < MinRangeWidth)
                throw LocalAcceleratorException.Ports($"The port range {one} has fewer than {MinRangeWidth} ports.");
            if (result.Concat(others).FirstOrDefault(o => o.From <= one.To && one.From <= o.To) is { } overlapping)
                throw LocalAcceleratorException.Ports($"The port range {one} overlaps {overlapping}.");
            result.Add(one);
        }
        return result;
    }

    private static List<Destination> CheckedDestinations(IReadOnlyList<DestinationConfiguration>? configurations)
    {
        if (configurations is not { Count: >= 1 and <= MaxDestinations })
            throw LocalAcceleratorException.Argument($"DestinationConfigurations must have 1 to {MaxDestinations} entries.");
        var result = new List<Destination>();
        foreach (var configuration in configurations)
        {
            var range = CheckedRange(configuration.FromPort, configuration.ToPort);
            if (configuration.Protocols is not { Count: 1 or 2 } protocols || protocols.Any(p => p is not ("TCP" or "UDP"))
                || protocols.Distinct().Count() != protocols.Count)
                throw LocalAcceleratorException.Argument("Protocols must have TCP, UDP or both.");
            if (result.Find(o => o.From <= range.To && range.From <= o.To) is { } overlapping)
                throw LocalAcceleratorException.Ports($"The destination ports {range} overlap {overlapping.From}-{overlapping.To}.");
            result.Add(new(range.From, range.To, protocols));
        }
        return result;
    }

    private static Range CheckedRange(int? from, int? to) =>
        from is >= 1 and <= 65535 && to is >= 1 and <= 65535 && from <= to ? new(from.Value, to.Value)
            : throw LocalAcceleratorException.Ports($"{from}-{to} is no port range; allowed are ports 1 to 65535.");

    private static (List<T> Page, string? Next) Paged<T>(List<T> all, string scope, int? maxResults, string? token, int most)
    {
        var count = maxResults ?? 10;
        if (count < 1 || count > most)
            throw LocalAcceleratorException.Argument($"MaxResults is {count}; allowed are 1 to {most}.");
        var from = 0;
        if (token is not null)
        {
            Span<byte> bytes = stackalloc byte[512];
            var text = token.Length <= 600 && Convert.TryFromBase64String(token, bytes, out var written)
                ? Encoding.UTF8.GetString(bytes[..written]) : "";
            if (text.LastIndexOf('|') is var bar
                && (bar < 0 || text[..bar] != scope || !int.TryParse(text[(bar + 1)..], out from) || from < 0))
                throw new LocalAcceleratorException("InvalidNextTokenException", "There is no page with this NextToken.");
        }
        var page = all.Skip(from).Take(count).ToList();
        var next = from + page.Count;
        return (page, next < all.Count ? Convert.ToBase64String(Encoding.UTF8.GetBytes($"{scope}|{next}")) : null);
    }

    // Shapes -------------------------------------------------------------------------------------------------------------------

    private Accelerator Shape(AcceleratorEntry a) => new(
        a.Arn, a.Name, "IPV4", a.Enabled, [new("IPv4", options.Ips, "IPv4")], options.Dns, IsDeployed(a) ? "DEPLOYED" : "IN_PROGRESS",
        Seconds(a.Created), Seconds(a.Modified));

    private static Listener Shape(ListenerEntry l) => new(l.Arn, [.. l.Ranges.Select(r => new PortRange(r.From, r.To))]);

    private static EndpointGroup Shape(GroupEntry g) => new(
        g.Arn, g.Region, [.. g.Destinations.Select(d => new DestinationConfiguration(d.From, d.To, d.Protocols))],
        [.. g.Endpoints.Select(e => new EndpointDescription(e.Subnet.Id))]);

    private static double Seconds(DateTimeOffset at) => at.ToUnixTimeMilliseconds() / 1000.0;

    private static IEnumerable<int> PortsOf(Range range) => Enumerable.Range(range.From, range.To - range.From + 1);

    private string Hex(int digits) => random.GetHexString(digits, lowercase: true);

    private string Uuid() => $"{Hex(8)}-{Hex(4)}-{Hex(4)}-{Hex(4)}-{Hex(12)}";

    [GeneratedRegex("^[a-zA-Z0-9](?:[a-zA-Z0-9.-]{0,62}[a-zA-Z0-9])?$")]
    private static partial Regex AcceleratorName();

    [GeneratedRegex("^[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}$")]
    private static partial Regex RegionName();

    private sealed record Range(int From, int To)
    {
        public override string ToString() => $"{From}-{To}";
    }

    private sealed record Destination(int From, int To, IReadOnlyList<string> Protocols)
    {
        public int Count => To - From + 1;

        public IEnumerable<int> Ports => Enumerable.Range(From, Count);

        public bool Has(int port) => port >= From && port <= To;
    }

    private sealed class AcceleratorEntry(string arn, string token, DateTimeOffset created)
    {
        public string Arn => arn;

        public string Token => token;

        public DateTimeOffset Created => created;

        public DateTimeOffset Modified { get; set; }

        public TimeSpan DeployedAt { get; set; }

        public required string Name { get; set; }

        public required bool Enabled { get; set; }

        public List<ListenerEntry> Listeners { get; } = [];
    }

    private sealed class ListenerEntry(AcceleratorEntry accelerator, string arn, string token)
    {
        public AcceleratorEntry Accelerator => accelerator;

        public string Arn => arn;

        public string Token => token;

        public List<Range> Ranges { get; set; } = [];

        public List<List<int>> FreeBlocks { get; } = [];

        public List<GroupEntry> Groups { get; } = [];
    }

    private sealed class GroupEntry(ListenerEntry listener, string arn, string token, string region, List<Destination> destinations)
    {
        public ListenerEntry Listener => listener;

        public string Arn => arn;

        public string Token => token;

        public string Region => region;

        public List<Destination> Destinations => destinations;

        public List<EndpointEntry> Endpoints { get; } = [];

        public string PortText => string.Join(", ", destinations.Select(d => $"{d.From}-{d.To}"));
    }

    private sealed class EndpointEntry(Subnet subnet)
    {
        public Subnet Subnet => subnet;

        public List<List<int>> Blocks { get; } = [];

        public List<Row> Rows { get; } = [];
    }

    /// <summary>One mapping. It is denied until it is allowed, and each change is seen only some time later.</summary>
    private sealed class Row(AcceleratorEntry accelerator, int acceleratorPort, string address, int port, IReadOnlyList<string> protocols)
    {
        private bool before;
        private TimeSpan turnsAt;

        public AcceleratorEntry Accelerator => accelerator;

        public int AcceleratorPort => acceleratorPort;

        public string Address => address;

        public int Port => port;

        public IReadOnlyList<string> Protocols => protocols;

        public bool Target { get; private set; }

        public void Turn(bool allow, TimeSpan now, TimeSpan delay)
        {
            before = AllowedAt(now);
            (Target, turnsAt) = (allow, now + delay);
        }

        public bool AllowedAt(TimeSpan now) => now >= turnsAt ? Target : before;

        public string StateAt(TimeSpan now) => AllowedAt(now) ? "ALLOW" : "DENY";
    }
}
