using System.Net;

namespace GameServer.LocalAccelerator.Tests;

public sealed class ControlApiTests
{
    private static readonly LocalAcceleratorOptions Options = new()
    {
        Subnets = new Dictionary<string, string> { ["subnet-1"] = "10.0.0.48/28", ["subnet-2"] = "10.0.1.0/28", ["subnet-big"] = "10.1.0.0/24" },
    };

    [Fact]
    public async Task The_blogs_set_up_maps_11_addresses_and_2_ports_without_order()
    {
        await using var accelerator = await Accelerators.ControlOnlyAsync(Options);
        var (arn, _, _) = await accelerator.SetUpAsync(subnets: "subnet-1");

        var rows = await accelerator.RowsAsync(arn);

        Assert.Equal(
            Enumerable.Range(52, 11).SelectMany(i => new[] { ($"10.0.0.{i}", 8080), ($"10.0.0.{i}", 8081) }).Order(),
            rows.Select(r => (r.Address, r.Port)).Order());
        Assert.Equal(22, rows.Select(r => r.Outside).Distinct().Count());
        Assert.All(rows, r => Assert.InRange(r.Outside, 10000, 10099));
        Assert.All(rows, r => Assert.Equal("DENY", r.State));
        Assert.NotEqual(
            rows.OrderBy(r => r.Outside).Select(r => (r.Address, r.Port)),
            rows.OrderBy(r => (r.Address, r.Port)).Select(r => (r.Address, r.Port)));
    }

    [Fact]
    public async Task It_answers_to_no_name_but_this_machines()
    {
        await using var accelerator = await Accelerators.ControlOnlyAsync(Options);
        using var http = new HttpClient();
        foreach (var (host, told) in new[] { ("localhost", false), ("127.0.0.1:1", false), ("evil.example", true), ("localhost.evil.example", true) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, accelerator.ControlUri) { Headers = { Host = host } };
            using var answer = await http.SendAsync(request);
            Assert.Equal(told, (await answer.Content.ReadAsStringAsync()).Contains("Invalid Hostname", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task It_is_at_the_address_it_is_told_and_answers_to_that_as_a_name()
    {
        await using var accelerator = await Accelerators.ControlOnlyAsync(Options with { ControlAddress = "127.0.7.1" });
        Assert.Equal("127.0.7.1", accelerator.ControlUri!.Host);
        await accelerator.SetUpAsync(subnets: "subnet-1");
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => Accelerators.ControlOnlyAsync(Options with { ControlAddress = "here" }));
        Assert.Contains("'here'", refused.Message);
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_mapping_and_another_seed_another()
    {
        async Task<string> MappingAsync(int seed)
        {
            await using var accelerator = await Accelerators.ControlOnlyAsync(Options with { Seed = seed });
            var (arn, _, _) = await accelerator.SetUpAsync(subnets: "subnet-1");
            return arn + string.Join(' ', (await accelerator.RowsAsync(arn)).Select(r => $"{r.Outside}={r.Address}:{r.Port}"));
        }
        Assert.Equal(await MappingAsync(1), await MappingAsync(1));
        Assert.NotEqual(await MappingAsync(1), await MappingAsync(2));
    }

    [Fact]
    public async Task Rows_stay_when_subnets_are_added_and_the_listener_grows()
    {
        await using var accelerator = await Accelerators.ControlOnlyAsync(Options);
        var (arn, listener, group) = await accelerator.SetUpAsync(subnets: "subnet-1");
        var before = await accelerator.RowsAsync(arn);
        await accelerator.OkAsync(
            "UpdateCustomRoutingListener", $$"""{"ListenerArn":"{{listener}}","PortRanges":[{"FromPort":10000,"ToPort":10199}]}""");
        await accelerator.OkAsync(
            "AddCustomRoutingEndpoints", $$"""{"EndpointGroupArn":"{{group}}","EndpointConfigurations":[{"EndpointId":"subnet-2"}]}""");
        var after = await accelerator.RowsAsync(arn);
        Assert.Equal(44, after.Count);
        Assert.Equal(before, after.Where(r => r.Subnet == "subnet-1"));
        await accelerator.OkAsync("RemoveCustomRoutingEndpoints", $$"""{"EndpointGroupArn":"{{group}}","EndpointIds":["subnet-1"]}""");
        Assert.All(await accelerator.RowsAsync(arn), r => Assert.Equal("subnet-2", r.Subnet));
    }

    [Fact]
    public async Task Too_few_listener_ports_are_a_limit_with_the_arithmetic_and_change_nothing()
    {
        await using var accelerator = await Accelerators.ControlOnlyAsync(Options);
        var (arn, _, group) = await accelerator.SetUpAsync();
        var (_, body) = await accelerator.CallAsync("AddCustomRoutingEndpoints",
            $$"""{"EndpointGroupArn":"{{group}}","EndpointConfigurations":[{"EndpointId":"subnet-1"},{"EndpointId":"subnet-big"}]}""");
        Assert.Equal("LimitExceededException", (string)body["__type"]!);
        Assert.Contains("251 addresses of subnet-big × 2 destination ports = 502", (string)body["Message"]!);
        Assert.Empty(await accelerator.RowsAsync(arn));
        await accelerator.OkAsync("AddCustomRoutingEndpoints",
            $$"""{"EndpointGroupArn":"{{group}}","EndpointConfigurations":[{"EndpointId":"subnet-1"},{"EndpointId":"subnet-2"}]}""");
    }

    [Fact]
    public async Task An_allow_is_seen_only_later_and_the_accelerator_is_in_progress_meanwhile()
    {
        var clock = new StandingClock();
        await using var accelerator = await Accelerators.ControlOnlyAsync(
            Options with { TrafficDelay = TimeSpan.FromSeconds(20), DeployDelay = TimeSpan.FromSeconds(30) }, clock);
        var (arn, _, group) = await accelerator.SetUpAsync(subnets: "subnet-1");
        clock.Now += TimeSpan.FromSeconds(30);
        Assert.Equal("DEPLOYED", await StatusAsync());

        await accelerator.OkAsync("AllowCustomRoutingTraffic",
            $$"""{"EndpointGroupArn":"{{group}}","EndpointId":"subnet-1","DestinationAddresses":["10.0.0.57"],"DestinationPorts":[8080]}""");
        Assert.Equal("IN_PROGRESS", await StatusAsync());
        clock.Now += TimeSpan.FromSeconds(19.999);
        Assert.All(await accelerator.RowsAsync(arn), r => Assert.Equal("DENY", r.State));
        clock.Now += TimeSpan.FromSeconds(0.001);
        var allowed = Assert.Single(await accelerator.RowsAsync(arn), r => r.State == "ALLOW");
        Assert.Equal(("10.0.0.57", 8080), (allowed.Address, allowed.Port));
        Assert.Equal("IN_PROGRESS", await StatusAsync());
        clock.Now += TimeSpan.FromSeconds(10);
        Assert.Equal("DEPLOYED", await StatusAsync());

        async Task<string> StatusAsync() =>
            (string)(await accelerator.OkAsync("DescribeCustomRoutingAccelerator", $$"""{"AcceleratorArn":"{{arn}}"}"""))["Accelerator"]!["Status"]!;
    }

    [Fact]
    public async Task All_traffic_to_a_subnet_is_allowed_and_denied_at_once()
    {
        await using var accelerator = await Accelerators.ControlOnlyAsync(Options);
        var (arn, _, group) = await accelerator.SetUpAsync(subnets: ["subnet-1", "subnet-2"]);
        await accelerator.OkAsync(
            "AllowCustomRoutingTraffic", $$"""{"EndpointGroupArn":"{{group}}","EndpointId":"subnet-1","AllowAllTrafficToEndpoint":true}""");
        Assert.All(await accelerator.RowsAsync(arn), r => Assert.Equal(r.Subnet == "subnet-1" ? "ALLOW" : "DENY", r.State));
        await accelerator.OkAsync(
            "DenyCustomRoutingTraffic",
            $$"""{"EndpointGroupArn":"{{group}}","EndpointId":"subnet-1","DestinationAddresses":["10.0.0.57"]}""");
        Assert.Equal(20, (await accelerator.RowsAsync(arn)).Count(r => r.State == "ALLOW"));
    }

    [Fact]
    public async Task Lists_come_in_pages_of_10_until_the_token_is_gone()
    {
        await using var accelerator = await Accelerators.ControlOnlyAsync(Options);
        await accelerator.SetUpAsync(10000, 10999, 8000, 8024, "subnet-1");
        var seen = new List<int>();
        var sizes = new List<int>();
        string? token = null;
        do
        {
            var page = await accelerator.OkAsync("ListCustomRoutingPortMappingsByDestination",
                $$"""{"EndpointId":"subnet-1","DestinationAddress":"10.0.0.57"{{(token is null ? "" : $",\"NextToken\":\"{token}\"")}}}""");
            var ports = page["DestinationPortMappings"]!.AsArray().Select(m => (int)m!["DestinationSocketAddress"]!["Port"]!).ToList();
            sizes.Add(ports.Count);
            seen.AddRange(ports);
            token = (string?)page["NextToken"];
        }
        while (token is not null);
        Assert.Equal([10, 10, 5], sizes);
        Assert.Equal(Enumerable.Range(8000, 25), seen.Order());
    }

    [Fact]
    public async Task A_row_by_destination_has_everything_but_the_dns_name()
    {
        await using var accelerator = await Accelerators.ControlOnlyAsync(Options with { Ips = ["127.0.0.1", "127.0.0.2"] });
        var (arn, _, group) = await accelerator.SetUpAsync(subnets: "subnet-1");
        var rows = (await accelerator.OkAsync("ListCustomRoutingPortMappingsByDestination", """{"EndpointId":"subnet-1","DestinationAddress":"10.0.0.57"}"""))
            ["DestinationPortMappings"]!.AsArray();
        Assert.Equal(2, rows.Count);
        var row = rows[0]!.AsObject();
        Assert.Equal(arn, (string)row["AcceleratorArn"]!);
        Assert.Equal(group, (string)row["EndpointGroupArn"]!);
        Assert.Equal("us-east-2", (string)row["EndpointGroupRegion"]!);
        Assert.Equal("IPV4", (string)row["IpAddressType"]!);
        Assert.Equal(["127.0.0.1", "127.0.0.2"], row["AcceleratorSocketAddresses"]!.AsArray().Select(a => (string)a!["IpAddress"]!));
        Assert.Matches(
            "^arn:aws:globalaccelerator::[0-9]{12}:accelerator/[0-9a-f]{8}-[0-9a-f-]{27}/listener/[0-9a-f]{8}/endpoint-group/[0-9a-f]{12}$",
            group);
    }

    [Theory]
    [InlineData("CreateCustomRoutingAccelerator", """{"IdempotencyToken":"x"}""", "InvalidArgumentException")]
    [InlineData("CreateCustomRoutingAccelerator", """{"Name":"-x","IdempotencyToken":"x"}""", "InvalidArgumentException")]
    [InlineData("CreateCustomRoutingAccelerator", """{"Name":"x","IdempotencyToken":"x","IpAddressType":"DUAL_STACK"}""", "InvalidArgumentException")]
    [InlineData("DescribeCustomRoutingAccelerator", """{"AcceleratorArn":"arn:none"}""", "AcceleratorNotFoundException")]
    [InlineData("DescribeCustomRoutingAccelerator", "{}", "InvalidArgumentException")]
    [InlineData("DeleteCustomRoutingAccelerator", """{"AcceleratorArn":"$A"}""", "AcceleratorNotDisabledException")]
    [InlineData("CreateCustomRoutingListener", """{"AcceleratorArn":"$A","IdempotencyToken":"x","PortRanges":[{"FromPort":20000,"ToPort":20014}]}""", "InvalidPortRangeException")]
    [InlineData("CreateCustomRoutingListener", """{"AcceleratorArn":"$A","IdempotencyToken":"x","PortRanges":[{"FromPort":20000,"ToPort":70000}]}""", "InvalidPortRangeException")]
    [InlineData("CreateCustomRoutingListener", """{"AcceleratorArn":"$A","IdempotencyToken":"x","PortRanges":[{"FromPort":10090,"ToPort":10200}]}""", "InvalidPortRangeException")]
    [InlineData("CreateCustomRoutingListener", """{"AcceleratorArn":"$A","IdempotencyToken":"x","PortRanges":[]}""", "InvalidArgumentException")]
    [InlineData("UpdateCustomRoutingListener", """{"ListenerArn":"$L","PortRanges":[{"FromPort":10001,"ToPort":10099}]}""", "InvalidPortRangeException")]
    [InlineData("UpdateCustomRoutingListener", """{"ListenerArn":"none","PortRanges":[{"FromPort":10001,"ToPort":10099}]}""", "ListenerNotFoundException")]
    [InlineData("DeleteCustomRoutingListener", """{"ListenerArn":"$L"}""", "AssociatedEndpointGroupFoundException")]
    [InlineData("CreateCustomRoutingEndpointGroup", """{"ListenerArn":"$L","IdempotencyToken":"x","EndpointGroupRegion":"us-east-2","DestinationConfigurations":[{"FromPort":1,"ToPort":2,"Protocols":["TCP"]}]}""", "EndpointGroupAlreadyExistsException")]
    [InlineData("CreateCustomRoutingEndpointGroup", """{"ListenerArn":"$L","IdempotencyToken":"x","EndpointGroupRegion":"us-east-1","DestinationConfigurations":[{"FromPort":3,"ToPort":2,"Protocols":["TCP"]}]}""", "InvalidPortRangeException")]
    [InlineData("CreateCustomRoutingEndpointGroup", """{"ListenerArn":"$L","IdempotencyToken":"x","EndpointGroupRegion":"us-east-1","DestinationConfigurations":[{"FromPort":1,"ToPort":2,"Protocols":["ICMP"]}]}""", "InvalidArgumentException")]
    [InlineData("CreateCustomRoutingEndpointGroup", """{"ListenerArn":"$L","IdempotencyToken":"x","EndpointGroupRegion":"moon","DestinationConfigurations":[{"FromPort":1,"ToPort":2,"Protocols":["TCP"]}]}""", "InvalidArgumentException")]
    [InlineData("DescribeCustomRoutingEndpointGroup", """{"EndpointGroupArn":"none"}""", "EndpointGroupNotFoundException")]
    [InlineData("AddCustomRoutingEndpoints", """{"EndpointGroupArn":"$G","EndpointConfigurations":[{"EndpointId":"subnet-1"}]}""", "EndpointAlreadyExistsException")]
    [InlineData("AddCustomRoutingEndpoints", """{"EndpointGroupArn":"$G","EndpointConfigurations":[{"EndpointId":"subnet-none"}]}""", "InvalidArgumentException")]
    [InlineData("AddCustomRoutingEndpoints", """{"EndpointGroupArn":"$G","EndpointConfigurations":[]}""", "InvalidArgumentException")]
    [InlineData("RemoveCustomRoutingEndpoints", """{"EndpointGroupArn":"$G","EndpointIds":["subnet-2"]}""", "EndpointNotFoundException")]
    [InlineData("AllowCustomRoutingTraffic", """{"EndpointGroupArn":"none","EndpointId":"subnet-1","DestinationAddresses":["10.0.0.57"]}""", "EndpointGroupNotFoundException")]
    [InlineData("AllowCustomRoutingTraffic", """{"EndpointGroupArn":"$G","EndpointId":"subnet-2","DestinationAddresses":["10.0.1.4"]}""", "InvalidArgumentException")]
    [InlineData("AllowCustomRoutingTraffic", """{"EndpointGroupArn":"$G","EndpointId":"subnet-1","DestinationAddresses":["10.0.0.51"]}""", "InvalidArgumentException")]
    [InlineData("AllowCustomRoutingTraffic", """{"EndpointGroupArn":"$G","EndpointId":"subnet-1","DestinationAddresses":["10.0.0.63"]}""", "InvalidArgumentException")]
    [InlineData("AllowCustomRoutingTraffic", """{"EndpointGroupArn":"$G","EndpointId":"subnet-1","DestinationAddresses":["10.0.0.57"],"DestinationPorts":[8082]}""", "InvalidArgumentException")]
    [InlineData("AllowCustomRoutingTraffic", """{"EndpointGroupArn":"$G","EndpointId":"subnet-1"}""", "InvalidArgumentException")]
    [InlineData("DenyCustomRoutingTraffic", """{"EndpointGroupArn":"$G","EndpointId":"subnet-1","DenyAllTrafficToEndpoint":true,"DestinationPorts":[8080]}""", "InvalidArgumentException")]
    [InlineData("ListCustomRoutingPortMappings", """{"AcceleratorArn":"none"}""", "AcceleratorNotFoundException")]
    [InlineData("ListCustomRoutingPortMappings", """{"AcceleratorArn":"$A","MaxResults":20001}""", "InvalidArgumentException")]
    [InlineData("ListCustomRoutingPortMappings", """{"AcceleratorArn":"$A","NextToken":"x"}""", "InvalidNextTokenException")]
    [InlineData("ListCustomRoutingPortMappingsByDestination", """{"EndpointId":"subnet-2","DestinationAddress":"10.0.1.4"}""", "EndpointNotFoundException")]
    [InlineData("ListCustomRoutingPortMappingsByDestination", """{"EndpointId":"subnet-1","DestinationAddress":"10.0.1.4"}""", "InvalidArgumentException")]
    [InlineData("ListCustomRoutingPortMappingsByDestination", """{"EndpointId":"subnet-1","DestinationAddress":"10.0.0.48"}""", "InvalidArgumentException")]
    [InlineData("ListCustomRoutingAccelerators", """{"MaxResults":0}""", "InvalidArgumentException")]
    [InlineData("ListCustomRoutingAccelerators", """{"MaxResults":"ten"}""", "SerializationException")]
    [InlineData("ListCustomRoutingAccelerators", "[", "SerializationException")]
    [InlineData("ListCustomRoutingAccelerators", "null", "SerializationException")]
    [InlineData("ListAccelerators", "{}", "UnknownOperationException")]
    public async Task A_wrong_call_gets_the_services_own_error(string operation, string body, string type)
    {
        await using var accelerator = await Accelerators.ControlOnlyAsync(Options);
        var (arn, listener, group) = await accelerator.SetUpAsync(subnets: "subnet-1");
        Assert.Equal(type, await accelerator.ErrorAsync(operation, body.Replace("$A", arn).Replace("$L", listener).Replace("$G", group)));
    }

    [Theory]
    [InlineData("us-east-2", "InvalidSignatureException")]
    [InlineData("", "MissingAuthenticationTokenException")]
    public async Task Calls_that_are_not_signed_for_us_west_2_are_refused(string region, string type)
    {
        await using var accelerator = await Accelerators.ControlOnlyAsync(Options);
        var (status, body) = await accelerator.CallAsync("ListCustomRoutingAccelerators", "{}", region);
        Assert.Equal((HttpStatusCode.BadRequest, type), (status, (string)body["__type"]!));
    }

    [Fact]
    public async Task Calls_fail_when_told_to()
    {
        await using var accelerator = await Accelerators.ControlOnlyAsync(Options with
        {
            Fault = operation => operation.StartsWith("List", StringComparison.Ordinal)
                ? LocalAcceleratorException.Throttled() : LocalAcceleratorException.Internal(),
        });
        Assert.Equal("ThrottlingException", await accelerator.ErrorAsync("ListCustomRoutingAccelerators", "{}"));
        var (status, body) = await accelerator.CallAsync("DescribeCustomRoutingAccelerator", "{}");
        Assert.Equal((HttpStatusCode.InternalServerError, "InternalServiceErrorException"), (status, (string)body["__type"]!));
    }

    [Fact]
    public async Task The_same_create_again_gives_the_same_and_another_with_its_token_is_refused()
    {
        await using var accelerator = await Accelerators.ControlOnlyAsync(Options);
        const string Create = """{"Name":"a","IdempotencyToken":"same"}""";
        var first = await accelerator.OkAsync("CreateCustomRoutingAccelerator", Create);
        Assert.Equal(first.ToString(), (await accelerator.OkAsync("CreateCustomRoutingAccelerator", Create)).ToString());
        Assert.Equal(
            "InvalidArgumentException",
            await accelerator.ErrorAsync("CreateCustomRoutingAccelerator", """{"Name":"b","IdempotencyToken":"same"}"""));
        Assert.Single((await accelerator.OkAsync("ListCustomRoutingAccelerators", "{}"))["Accelerators"]!.AsArray());
    }

    [Fact]
    public async Task Quotas_are_the_services()
    {
        await using var accelerator = await Accelerators.ControlOnlyAsync(Options);
        string arn = "";
        for (var i = 0; i < 10; i++)
            arn = (string)(await accelerator.OkAsync("CreateCustomRoutingAccelerator", $$"""{"Name":"a","IdempotencyToken":"{{i}}"}"""))["Accelerator"]!["AcceleratorArn"]!;
        Assert.Equal(
            "LimitExceededException",
            await accelerator.ErrorAsync("CreateCustomRoutingAccelerator", """{"Name":"a","IdempotencyToken":"x"}"""));
        string Listener(int i) => $$"""{"AcceleratorArn":"{{arn}}","IdempotencyToken":"{{i}}","PortRanges":[{"FromPort":{{1000 + (i * 16)}},"ToPort":{{1015 + (i * 16)}}}]}""";
        string listener = "";
        for (var i = 0; i < 10; i++)
            listener = (string)(await accelerator.OkAsync("CreateCustomRoutingListener", Listener(i)))["Listener"]!["ListenerArn"]!;
        Assert.Equal("LimitExceededException", await accelerator.ErrorAsync("CreateCustomRoutingListener", Listener(10)));
        string Group(int i) => $$"""{"ListenerArn":"{{listener}}","IdempotencyToken":"{{i}}","EndpointGroupRegion":"us-east-{{i}}","DestinationConfigurations":[{"FromPort":1,"ToPort":1,"Protocols":["TCP","UDP"]}]}""";
        for (var i = 0; i < 42; i++)
            await accelerator.OkAsync("CreateCustomRoutingEndpointGroup", Group(i));
        Assert.Equal("LimitExceededException", await accelerator.ErrorAsync("CreateCustomRoutingEndpointGroup", Group(42)));
    }

    [Fact]
    public async Task Everything_can_be_taken_down_again_from_the_inside_out()
    {
        var clock = new StandingClock();
        await using var accelerator = await Accelerators.ControlOnlyAsync(Options with { DeployDelay = TimeSpan.FromSeconds(30) }, clock);
        var (arn, listener, group) = await accelerator.SetUpAsync(subnets: "subnet-1");
        await accelerator.OkAsync("DeleteCustomRoutingEndpointGroup", $$"""{"EndpointGroupArn":"{{group}}"}""");
        await accelerator.OkAsync("UpdateCustomRoutingAccelerator", $$"""{"AcceleratorArn":"{{arn}}","Enabled":false}""");
        Assert.Equal(
            "AcceleratorNotDisabledException",
            await accelerator.ErrorAsync("DeleteCustomRoutingAccelerator", $$"""{"AcceleratorArn":"{{arn}}"}"""));
        clock.Now += TimeSpan.FromSeconds(30);
        Assert.Equal(
            "AssociatedListenerFoundException",
            await accelerator.ErrorAsync("DeleteCustomRoutingAccelerator", $$"""{"AcceleratorArn":"{{arn}}"}"""));
        await accelerator.OkAsync("DeleteCustomRoutingListener", $$"""{"ListenerArn":"{{listener}}"}""");
        clock.Now += TimeSpan.FromSeconds(30);
        await accelerator.OkAsync("DeleteCustomRoutingAccelerator", $$"""{"AcceleratorArn":"{{arn}}"}""");
        Assert.Empty((await accelerator.OkAsync("ListCustomRoutingAccelerators", "{}"))["Accelerators"]!.AsArray());
    }

    [Theory]
    [InlineData("10.0.0.0/16")]
    [InlineData("10.0.0.0/29")]
    [InlineData("10.0.0.1/28")]
    [InlineData("fd00::/28")]
    [InlineData("ten")]
    public async Task A_subnet_that_custom_routing_would_not_take_is_refused_at_start(string cidr)
    {
        var problem = await Assert.ThrowsAsync<ArgumentException>(
            () => Accelerators.ControlOnlyAsync(new() { Subnets = new Dictionary<string, string> { ["s"] = cidr } }));
        Assert.Contains(cidr, problem.Message);
    }

    [Fact]
    public async Task Connections_that_say_nothing_make_room_for_who_has_something_to_say()
    {
        await using var accelerator = await Accelerators.ControlOnlyAsync(new());
        var silent = new List<System.Net.Sockets.TcpClient>();
        for (var i = 0; i < 64; i++)
        {
            silent.Add(new());
            await silent[i].ConnectAsync("127.0.0.1", accelerator.ControlUri!.Port);
        }

        using var patience = new CancellationTokenSource(Accelerators.Patience);
        while (true)
        {
            patience.Token.ThrowIfCancellationRequested();
            try
            {
                Assert.Equal(HttpStatusCode.OK, (await accelerator.CallAsync("ListCustomRoutingAccelerators", "{}")).Status);
                break;
            }
            catch (HttpRequestException)
            {
                // There is no room yet.
            }
        }

        silent.ForEach(client => client.Dispose());
    }
}
