using GameServer.CustomRouting;
using GameServer.Game;
using Microsoft.Extensions.Logging.Abstractions;

namespace GameServer.LocalAccelerator.Tests;

/// <summary>The port map against the control API, over HTTP.</summary>
public sealed class CustomRoutingTests
{
    private static readonly LocalAcceleratorOptions Options = new()
    {
        Subnets = new Dictionary<string, string> { ["subnet-1"] = "10.0.0.48/28", ["subnet-2"] = "10.0.1.0/28" },
        TrafficDelay = TimeSpan.FromMilliseconds(200),
        DeployDelay = TimeSpan.FromMilliseconds(300),
    };

    [Fact]
    public async Task Ports_are_mapped_once_their_rows_allow_traffic_and_the_accelerator_is_deployed()
    {
        await using var accelerator = await Accelerators.ControlOnlyAsync(Options);
        var (arn, _, group) = await accelerator.SetUpAsync(subnets: "subnet-1");
        var mapped = Assert.IsType<PortsMapped>(await MapOf(accelerator, group).MapAsync(Call("s", 1, "10.0.0.57", 8080, 8081), default));

        Assert.Equal(("s", 1), (mapped.ServerId, mapped.Epoch));
        var rows = (await accelerator.RowsAsync(arn)).Where(r => r.Address == "10.0.0.57").ToList();
        Assert.All(rows, r => Assert.Equal("ALLOW", r.State));
        Assert.Equal(rows.Select(r => (r.Port, r.Outside)).Order(), mapped.Mappings.Select(m => (m.Port, m.OutsidePort)).Order());
        Assert.All(mapped.Mappings, m => Assert.Equal(("localhost", "127.0.0.1"), (m.Dns, Assert.Single(m.Ips))));
        Assert.Equal(
            "DEPLOYED",
            (string)(await accelerator.OkAsync("DescribeCustomRoutingAccelerator", $$"""{"AcceleratorArn":"{{arn}}"}"""))["Accelerator"]!["Status"]!);
    }

    [Fact]
    public async Task Only_rows_of_the_configured_endpoint_group_count_and_all_pages_are_read()
    {
        await using var accelerator = await Accelerators.ControlOnlyAsync(Options);
        var (_, _, _) = await accelerator.SetUpAsync(20000, 20999, 8000, 8024, "subnet-1");
        var (arn, _, group) = await accelerator.SetUpAsync(10000, 10999, 8000, 8024, "subnet-1");
        var map = MapOf(accelerator, group, o => o with { PageSize = 10 });
        var mapped = Assert.IsType<PortsMapped>(await map.MapAsync(Call("s", 1, "10.0.0.57", 8024, 8000), default));
        Assert.Equal([8024, 8000], mapped.Mappings.Select(m => m.Port));
        Assert.All(mapped.Mappings, m => Assert.InRange(m.OutsidePort, 10000, 10999));
    }

    [Fact]
    public async Task Throttled_and_failing_calls_are_tried_again()
    {
        var left = 6;
        await using var accelerator = await Accelerators.ControlOnlyAsync(Options with
        {
            Fault = operation => operation is not (
                "AllowCustomRoutingTraffic" or "ListCustomRoutingPortMappingsByDestination" or "DescribeCustomRoutingAccelerator")
                || Interlocked.Decrement(ref left) < 0 ? null : left % 2 == 0
                    ? LocalAcceleratorException.Throttled() : LocalAcceleratorException.Internal(),
        });
        var (_, _, group) = await accelerator.SetUpAsync(subnets: "subnet-1");
        Assert.IsType<PortsMapped>(
            await MapOf(accelerator, group, o => o with { Attempts = 8 }).MapAsync(Call("s", 1, "10.0.0.57", 8080), default));
        Assert.True(left < 0);
    }

    [Fact]
    public async Task When_all_attempts_fail_the_answer_is_that_it_may_work_later()
    {
        await using var accelerator = await Accelerators.ControlOnlyAsync(Options with
        {
            Fault = operation => operation is "AllowCustomRoutingTraffic" or "DenyCustomRoutingTraffic"
                ? LocalAcceleratorException.Throttled() : null,
        });
        var (_, _, group) = await accelerator.SetUpAsync(subnets: "subnet-1");
        var api = new WireApi(accelerator);
        var map = MapOf(accelerator, group, o => o with { Attempts = 3 }, api);
        var failed = Assert.IsType<PortsNotMapped>(await map.MapAsync(Call("s", 1, "10.0.0.57", 8080), default));
        Assert.False(failed.Final);
        Assert.Contains("ThrottlingException", failed.Reason);
        Assert.Equal(3, api.CallsOf("AllowCustomRoutingTraffic"));
        Assert.Null(await map.CloseAsync(Closing("s", 1, "10.0.0.57", 8080), default));
    }

    [Fact]
    public async Task A_service_that_cannot_be_reached_may_be_reached_later()
    {
        var accelerator = await Accelerators.ControlOnlyAsync(Options);
        var (_, _, group) = await accelerator.SetUpAsync(subnets: "subnet-1");
        await accelerator.DisposeAsync();
        Assert.False(Assert.IsType<PortsNotMapped>(await MapOf(accelerator, group, o => o with { Attempts = 2 }).MapAsync(Call("s", 1, "10.0.0.57", 8080), default)).Final);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half")]
    public async Task A_call_that_is_not_answered_whole_in_time_holds_up_nothing_and_may_work_later(string answer)
    {
        using var service = new StallingService(answer);
        var map = MapOf(Group, new WireApi(service.Address), o => o with { Attempts = 2, CallTimeout = TimeSpan.FromMilliseconds(200) });
        var failed = Assert.IsType<PortsNotMapped>(
            await map.MapAsync(Call("s", 1, "10.0.0.57", 8080), default).WaitAsync(Accelerators.Patience));
        Assert.False(failed.Final);
        Assert.Contains("Unreachable: No whole answer within 0.2 seconds", failed.Reason);
        Assert.Equal(2, service.Calls);
        // The address is not held: the next call gets as far as the service.
        Assert.Null(await map.CloseAsync(Closing("s", 1, "10.0.0.57", 8080), default).WaitAsync(Accelerators.Patience));
        Assert.Equal(4, service.Calls);
    }

    [Fact]
    public async Task A_call_that_its_caller_gives_up_is_cancelled_and_not_tried_again()
    {
        using var service = new StallingService("");
        using var caller = new CancellationTokenSource();
        var closing = MapOf(Group, new WireApi(service.Address), o => o with { Attempts = 1 }).CloseAsync(Closing("s", 1, "10.0.0.57", 8080), caller.Token);
        await service.Called.WaitAsync(Accelerators.Patience);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => closing.WaitAsync(Accelerators.Patience));
        Assert.Equal(1, service.Calls);
    }

    [Fact]
    public async Task A_server_without_ports_is_refused_because_no_ports_would_mean_all_of_them()
    {
        await using var accelerator = await Accelerators.ControlOnlyAsync(Options with { TrafficDelay = TimeSpan.Zero });
        var (arn, _, group) = await accelerator.SetUpAsync(subnets: "subnet-1");
        var api = new WireApi(accelerator);
        var map = MapOf(accelerator, group, api: api);
        var refused = Assert.IsType<PortsNotMapped>(await map.MapAsync(Call("s", 1, "10.0.0.57"), default));
        Assert.True(refused.Final);
        Assert.Contains("names no port", refused.Reason);
        Assert.Equal(new("s", 1), await map.CloseAsync(Closing("s", 1, "10.0.0.57"), default));
        Assert.Equal(0, api.CallsOf("AllowCustomRoutingTraffic") + api.CallsOf("DenyCustomRoutingTraffic"));
        Assert.All(await accelerator.RowsAsync(arn), r => Assert.Equal("DENY", r.State));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task A_page_with_no_next_token_or_an_empty_one_is_the_last(string? token)
    {
        var api = new ScriptedApi { Rows = () => new([DestinationRow.Of(Accelerator, Group, 8080, 10001, "ALLOW")], token) };
        var mapped = Assert.IsType<PortsMapped>(
            await MapOf(Group, api).MapAsync(Call("s", 1, "10.0.0.57", 8080), default).WaitAsync(Accelerators.Patience));
        Assert.Equal(10001, Assert.Single(mapped.Mappings).OutsidePort);
        Assert.Equal(1, api.Lists);
    }

    [Theory]
    [InlineData("AcceleratorArn", null, Group, 8080, 10001, "ALLOW")]
    [InlineData("EndpointGroupArn", Accelerator, "", 8080, 10001, "ALLOW")]
    [InlineData("DestinationSocketAddress.Port", Accelerator, Group, null, 10001, "ALLOW")]
    [InlineData("AcceleratorSocketAddresses.Port", Accelerator, Group, 8080, null, "ALLOW")]
    [InlineData("AcceleratorSocketAddresses.Port", Accelerator, Group, 8080, 0, "ALLOW")]
    [InlineData("DestinationTrafficState", Accelerator, Group, 8080, 10001, null)]
    public async Task A_row_with_a_part_missing_is_an_error_of_the_answer_and_no_player_is_sent_to_port_0(
        string part, string? accelerator, string? group, int? port, int? outside, string? state)
    {
        var api = new ScriptedApi { Rows = () => new([DestinationRow.Of(accelerator, group, port, outside, state)], null) };
        var failed = Assert.IsType<PortsNotMapped>(
            await MapOf(Group, api, o => o with { Attempts = 1 }).MapAsync(Call("s", 1, "10.0.0.57", 8080), default));
        Assert.False(failed.Final);
        Assert.Equal($"BadAnswer: The answer has no {part}.", failed.Reason);
    }

    [Fact]
    public void What_else_the_service_answers_is_taken_whole_or_not_at_all()
    {
        Assert.Equal(new MappingRow("subnet-1", "10.0.0.57", 8080, 10001, true), MappingRow.Of("subnet-1", "10.0.0.57", 8080, 10001, "ALLOW"));
        Refused("EndpointId", () => MappingRow.Of(null, "10.0.0.57", 8080, 10001, "ALLOW"));
        Refused("DestinationSocketAddress.IpAddress", () => MappingRow.Of("subnet-1", null, 8080, 10001, "ALLOW"));
        Refused("AcceleratorPort", () => MappingRow.Of("subnet-1", "10.0.0.57", 8080, null, "DENY"));
        Refused("DnsName", () => AcceleratorDescription.Of(null, ["192.0.2.1"], "DEPLOYED"));
        Refused("IpSets", () => AcceleratorDescription.Of("a.example", null, "DEPLOYED"));
        Refused("Status", () => AcceleratorDescription.Of("a.example", ["192.0.2.1"], null));
        Refused("PortRanges", () => RoutingCapacity.Of(null, [(8080, 8081)]));
        Refused("DestinationDescriptions.ToPort", () => RoutingCapacity.Of([(10000, 10099)], [(8080, null)]));

        static void Refused(string part, Func<object> take)
        {
            var error = Assert.Throws<GlobalAcceleratorException>(take);
            Assert.Equal($"BadAnswer: The answer has no {part}.", error.Message);
            Assert.False(error.IsFinal);
        }
    }

    [Fact]
    public async Task Rows_that_stay_denied_may_be_allowed_later()
    {
        await using var accelerator = await Accelerators.ControlOnlyAsync(Options with { TrafficDelay = TimeSpan.FromHours(1) });
        var (_, _, group) = await accelerator.SetUpAsync(subnets: "subnet-1");
        var failed = Assert.IsType<PortsNotMapped>(
            await MapOf(accelerator, group, o => o with { OpenTimeout = TimeSpan.FromMilliseconds(100) }).MapAsync(Call("s", 1, "10.0.0.57", 8080), default));
        Assert.False(failed.Final);
        Assert.Contains("10.0.0.57:8080", failed.Reason);
    }

    [Theory]
    [InlineData("subnet-1", "10.0.0.57", 8082)]
    [InlineData("subnet-1", "10.0.0.49", 8080)]
    [InlineData("subnet-2", "10.0.1.4", 8080)]
    [InlineData("subnet-none", "10.0.0.57", 8080)]
    public async Task What_the_accelerator_does_not_map_is_refused_for_good_with_what_is_allowed(string subnet, string address, int port)
    {
        await using var accelerator = await Accelerators.ControlOnlyAsync(Options);
        var (_, _, group) = await accelerator.SetUpAsync(subnets: "subnet-1");
        var refused = Assert.IsType<PortsNotMapped>(
            await MapOf(accelerator, group).MapAsync(new("s", 1, subnet, address, [port]), default));
        Assert.True(refused.Final);
        Assert.Contains(address, refused.Reason);
        Assert.Contains("destination ports 8080-8081", refused.Reason);
        Assert.Contains("100 ports", refused.Reason);
        Assert.Contains("16 × 2 = 32", refused.Reason);
    }

    [Fact]
    public async Task Too_few_listener_ports_are_refused_with_the_arithmetic()
    {
        await using var accelerator = await Accelerators.ControlOnlyAsync(Options);
        var (_, _, group) = await accelerator.SetUpAsync(10000, 10099, 8080, 8082);
        var map = MapOf(accelerator, group);
        var answers = new List<PortsNotMapped>();
        for (var i = 0; i < 40; i++)
            answers.Add(Assert.IsType<PortsNotMapped>(await map.MapAsync(new($"s{i}", i + 1, "subnet-big", $"10.1.0.{i + 4}", [8080, 8081, 8082]), default)));
        Assert.All(answers, a => Assert.True(a.Final));
        Assert.Contains("100 listener ports cannot carry 40 servers × 3 ports = 120", answers[^1].Reason);
        Assert.DoesNotContain("cannot carry", answers[0].Reason);
    }

    [Fact]
    public async Task The_same_call_at_the_same_time_is_made_once()
    {
        await using var accelerator = await Accelerators.ControlOnlyAsync(Options);
        var (_, _, group) = await accelerator.SetUpAsync(subnets: "subnet-1");
        var api = new WireApi(accelerator);
        var map = MapOf(accelerator, group, api: api);
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => map.MapAsync(Call("s", 1, "10.0.0.57", 8080), default)));
        Assert.All(answers, a => Assert.IsType<PortsMapped>(a));
        Assert.Equal(1, api.CallsOf("AllowCustomRoutingTraffic"));
    }

    [Fact]
    public async Task Closing_denies_traffic_and_closing_what_is_not_there_is_done_already()
    {
        await using var accelerator = await Accelerators.ControlOnlyAsync(Options with { TrafficDelay = TimeSpan.Zero });
        var (arn, _, group) = await accelerator.SetUpAsync(subnets: "subnet-1");
        var map = MapOf(accelerator, group);
        await map.MapAsync(Call("s", 1, "10.0.0.57", 8080, 8081), default);
        // 9999 is no destination port: the service refuses the whole call, and the others must be closed all the same.
        Assert.Equal(new("s", 1), await map.CloseAsync(Closing("s", 1, "10.0.0.57", 8080, 8081, 9999), default));
        Assert.All(await accelerator.RowsAsync(arn), r => Assert.Equal("DENY", r.State));
        Assert.Equal(new("s", 1), await map.CloseAsync(new("s", 1, "subnet-none", "10.9.9.9", [1]), default));
    }

    [Fact]
    public async Task A_late_close_of_an_earlier_server_leaves_a_newer_ones_door_open_and_a_late_open_opens_nothing()
    {
        await using var accelerator = await Accelerators.ControlOnlyAsync(Options with { TrafficDelay = TimeSpan.Zero });
        var (arn, _, group) = await accelerator.SetUpAsync(subnets: "subnet-1");
        var map = MapOf(accelerator, group);
        Assert.IsType<PortsMapped>(await map.MapAsync(Call("new", 2, "10.0.0.57", 8080), default));
        Assert.Equal(new("old", 1), await map.CloseAsync(Closing("old", 1, "10.0.0.57", 8080), default));
        Assert.Single(await accelerator.RowsAsync(arn), r => r.State == "ALLOW");
        Assert.False(Assert.IsType<PortsNotMapped>(await map.MapAsync(Call("old", 1, "10.0.0.57", 8080), default)).Final);
        await map.CloseAsync(Closing("new", 2, "10.0.0.57", 8080), default);
        Assert.IsType<PortsNotMapped>(await map.MapAsync(Call("new", 2, "10.0.0.57", 8080), default));
        Assert.All(await accelerator.RowsAsync(arn), r => Assert.Equal("DENY", r.State));
    }

    [Fact]
    public async Task At_start_only_doors_that_nobody_explains_are_closed()
    {
        await using var accelerator = await Accelerators.ControlOnlyAsync(Options with { TrafficDelay = TimeSpan.Zero });
        var (arn, _, group) = await accelerator.SetUpAsync(subnets: ["subnet-1", "subnet-2"]);
        var earlier = MapOf(accelerator, group);
        await earlier.MapAsync(Call("known", 1, "10.0.0.57", 8080, 8081), default);
        await earlier.MapAsync(Call("orphan", 2, "10.0.0.58", 8080, 8081), default);
        await earlier.MapAsync(new("other", 3, "subnet-2", "10.0.1.4", [8081]), default);

        var map = MapOf(accelerator, group, o => o with { PageSize = 10 });
        await map.CloseOthersAsync([Call("known", 1, "10.0.0.57", 8080)], default);

        var open = Assert.Single(await accelerator.RowsAsync(arn), r => r.State == "ALLOW");
        Assert.Equal(("10.0.0.57", 8080), (open.Address, open.Port));
    }

    [Fact]
    public async Task The_local_port_map_leads_players_to_the_server_on_one_machine()
    {
        await using var accelerator = await Accelerators.WholeAsync(new()
        {
            Subnets = new Dictionary<string, string> { ["subnet-local"] = "127.0.8.0/28" }, TrafficDelay = TimeSpan.FromMilliseconds(50),
        });
        var map = LocalPortMap.Of(accelerator, TimeProvider.System, NullLoggerFactory.Instance);
        using var server = Accelerators.Echo("127.0.8.4", 8080, "battle server");
        var mapped = Assert.IsType<PortsMapped>(await map.MapAsync(new("s", 1, "subnet-local", "127.0.8.4", [8080]), default));
        using var player = await Player.ConnectAsync(Assert.Single(mapped.Mappings).OutsidePort);
        Assert.Equal("battle server", await player.ReadLineAsync());
    }

    [Fact]
    public void An_endpoint_group_that_is_no_ARN_is_refused() => Assert.Throws<ArgumentException>(() => MapOf("my-group", null!));

    private const string Accelerator = "arn:aws:globalaccelerator::1:accelerator/a";
    private const string Group = Accelerator + "/listener/l/endpoint-group/g";

    private static CustomRoutingPortMap MapOf(
        LocalAcceleratorServer accelerator, string group, Func<CustomRoutingOptions, CustomRoutingOptions>? change = null, IGlobalAcceleratorApi? api = null) =>
        MapOf(group, api ?? new WireApi(accelerator), change);

    private static CustomRoutingPortMap MapOf(
        string group, IGlobalAcceleratorApi api, Func<CustomRoutingOptions, CustomRoutingOptions>? change = null)
    {
        var options = new CustomRoutingOptions
        {
            EndpointGroupArn = group, PollInterval = TimeSpan.FromMilliseconds(20), FirstBackOff = TimeSpan.FromMilliseconds(5), OpenTimeout = Accelerators.Patience,
        };
        return new(
            change?.Invoke(options) ?? options, api, TimeProvider.System,
            NullLogger<CustomRoutingPortMap>.Instance);
    }

    private static MapPorts Call(string server, long epoch, string address, params int[] ports) =>
        new(server, epoch, "subnet-1", address, ports);

    private static ClosePorts Closing(string server, long epoch, string address, params int[] ports) =>
        new(server, epoch, "subnet-1", address, ports);
}
