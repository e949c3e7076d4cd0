using System.Text.Json;
using System.Text.Json.Nodes;
using GameServer.LocalAccelerator;
using Microsoft.Extensions.Logging.Abstractions;

namespace GameServer.Deploy.Tests;

/// <summary>
/// The function that CloudFormation makes, changes and deletes the accelerator by: run as it is, in Python with AWS's SDK, against the local
/// accelerator's control API.
/// </summary>
public sealed class AcceleratorTests
{
    [Boto3Fact]
    public async Task An_accelerator_is_made_changed_and_deleted_and_what_is_done_already_is_done_once()
    {
        await using var run = await FunctionRun.StartAsync();
        var wanted = Wanted();

        var made = await run.CallAsync("Create", "create-1", null, wanted);
        var arn = Succeeded(made);
        Assert.Equal("127.0.0.1", (string)made["Data"]!["Addresses"]!);
        Assert.Equal("localhost", (string)made["Data"]!["DnsName"]!);
        Assert.Equal((arn, 10000, 12047, 8080, 8083, "a,b"), await run.StateAsync());
        Assert.StartsWith(arn, (string)made["Data"]!["EndpointGroupArn"]!, StringComparison.Ordinal);

        // CloudFormation asks again when it has not heard.
        Assert.Equal(made.ToJsonString(), (await run.CallAsync("Create", "create-1", null, wanted)).ToJsonString());
        Assert.Equal((arn, 10000, 12047, 8080, 8083, "a,b"), await run.StateAsync());

        var more = Wanted(lastPort: "13000", subnets: ["b", "c"]);
        Assert.Equal(arn, Succeeded(await run.CallAsync("Update", "update-1", arn, more)));
        Assert.Equal((arn, 10000, 13000, 8080, 8083, "b,c"), await run.StateAsync());

        Assert.Equal(arn, Succeeded(await run.CallAsync("Delete", "delete-1", arn, more)));
        Assert.Equal(("", 0, 0, 0, 0, ""), await run.StateAsync());
        Assert.Equal(arn, Succeeded(await run.CallAsync("Delete", "delete-1", arn, more)));
    }

    [Boto3Fact]
    public async Task An_accelerator_that_somebody_renamed_or_disabled_is_put_right_by_the_next_update()
    {
        await using var run = await FunctionRun.StartAsync();
        var arn = Succeeded(await run.CallAsync("Create", "create-1", null, Wanted()));
        foreach (var change in new object[] { new { AcceleratorArn = arn, Enabled = false }, new { AcceleratorArn = arn, Name = "other" } })
        {
            await run.AskAsync("UpdateCustomRoutingAccelerator", change);
            Succeeded(await run.CallAsync("Update", "update-1", arn, Wanted()));
            var accelerator = (await run.AskAsync("DescribeCustomRoutingAccelerator", new { AcceleratorArn = arn }))["Accelerator"]!;
            Assert.Equal(("game", true), ((string)accelerator["Name"]!, (bool)accelerator["Enabled"]!));
        }
    }

    [Boto3Fact]
    public async Task Battle_ports_that_are_changed_are_refused_and_nothing_is_changed()
    {
        await using var run = await FunctionRun.StartAsync();
        var arn = Succeeded(await run.CallAsync("Create", "create-1", null, Wanted()));
        var refused = await run.CallAsync("Update", "update-1", arn, Wanted(lastBattlePort: "8087"));
        Assert.Equal("FAILED", (string)refused["Status"]!);
        Assert.Equal(arn, (string)refused["PhysicalResourceId"]!);
        Assert.Contains("cannot be changed", (string)refused["Reason"]!);
        Assert.Equal((arn, 10000, 12047, 8080, 8083, "a,b"), await run.StateAsync());
    }

    [Boto3Fact]
    public async Task An_accelerator_that_could_not_be_finished_is_named_so_that_it_can_be_deleted()
    {
        await using var run = await FunctionRun.StartAsync();
        var failed = await run.CallAsync("Create", "create-1", null, Wanted(lastPort: "10003")); // Fewer than a listener must have.
        Assert.Equal("FAILED", (string)failed["Status"]!);
        var arn = (string)failed["PhysicalResourceId"]!;
        Assert.Equal((arn, 0, 0, 0, 0, ""), await run.StateAsync());
        Assert.Equal(arn, Succeeded(await run.CallAsync("Delete", "delete-1", arn, Wanted())));
        Assert.Equal(("", 0, 0, 0, 0, ""), await run.StateAsync());
    }

    [Boto3Fact]
    public async Task What_was_never_made_is_deleted_already()
    {
        await using var run = await FunctionRun.StartAsync();
        run.FailNext("CreateCustomRoutingAccelerator");
        var failed = await run.CallAsync("Create", "create-1", null, Wanted());
        Assert.Equal(("FAILED", "none"), ((string)failed["Status"]!, (string)failed["PhysicalResourceId"]!));
        run.FailNext("ListCustomRoutingListeners"); // Nobody is asked about it.
        Succeeded(await run.CallAsync("Delete", "delete-1", "none", Wanted()));
    }

    [Fact]
    public void The_stack_asks_for_what_the_function_reads()
    {
        var given = Template.Of("accelerator").Properties("Accelerator").Select(property => property.Key).Except(["ServiceToken", "ServiceTimeout"]);
        Assert.Equal(Wanted().Select(property => property.Key).Order(StringComparer.Ordinal), given.Order(StringComparer.Ordinal));
        Assert.All(given, name => Assert.Contains($"wanted[\"{name}\"]", AcceleratorFunction.Code));
    }

    [Fact]
    public async Task The_accelerator_of_compose_has_the_name_that_the_silos_are_told()
    {
        var command = Compose.Services["accelerator"]!["command"]!.AsArray().Select(part => (string)part!).ToList();
        await using var accelerator = await LocalAcceleratorServer.StartAsync(
            new()
            {
                Seed = int.Parse(After("--seed"), System.Globalization.CultureInfo.InvariantCulture),
                Subnets = new Dictionary<string, string> { [After("--subnet").Split('=')[0]] = After("--subnet").Split('=')[1] },
                DataPath = false,
            },
            TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        foreach (var silo in new[] { "silo-1", "silo-2" })
        {
            var told = Compose.Environment(silo);
            Assert.Equal(accelerator.EndpointGroupArn, told["GlobalAccelerator__EndpointGroupArn"]);
            Assert.Equal($"http://{After("--control-address")}:{After("--control-port")}", told["GlobalAccelerator__Endpoint"]);
            Assert.Equal((string)Compose.Services[silo]!["networks"]!["game"]!["ipv4_address"]!, told["Silo__AdvertisedAddress"]);
        }

        Assert.Equal($"127.0.0.1:{After("--listener-ports")}:{After("--listener-ports")}", (string)Compose.Services["accelerator"]!["ports"]![0]!);
        var subnet = System.Net.IPNetwork.Parse(After("--subnet").Split('=')[1]);
        foreach (var server in new[] { "battle-server-1", "battle-server-2" })
        {
            var told = Compose.Environment(server);
            Assert.Equal(After("--subnet").Split('=')[0], told["BATTLE_SERVER_SUBNET"]);
            Assert.True(subnet.Contains(System.Net.IPAddress.Parse(told["BATTLE_SERVER_ADDRESS"])));
            Assert.Equal((string)Compose.Services[server]!["networks"]!["game"]!["ipv4_address"]!, told["BATTLE_SERVER_ADDRESS"]);
        }

        string After(string argument) => command[command.IndexOf(argument) + 1];
    }

    [Fact]
    public async Task The_accelerator_of_compose_is_told_nothing_that_it_does_not_know()
    {
        var (_, help) = await ProgramRun.ToEndAsync("LocalAccelerator", new Dictionary<string, string>(), "--help");
        var arguments = Compose.Services["accelerator"]!["command"]!.AsArray().Select(part => (string)part!)
            .Where(part => part.StartsWith("--", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(arguments);
        Assert.All(arguments, argument => Assert.Matches($"(?m)^ +{argument}( |,|$)", help));
    }

    private static JsonObject Wanted(string lastPort = "12047", string lastBattlePort = "8083", params string[] subnets) => new()
    {
        ["Name"] = "game", ["Region"] = "us-east-2", ["FirstPort"] = "10000", ["LastPort"] = lastPort, ["FirstBattlePort"] = "8080",
        ["LastBattlePort"] = lastBattlePort, ["Subnets"] = JsonSerializer.SerializeToNode(subnets.Length == 0 ? ["a", "b"] : subnets),
    };

    private static string Succeeded(JsonObject answer)
    {
        Assert.True((string)answer["Status"]! == "SUCCESS", answer.ToJsonString());
        return (string)answer["PhysicalResourceId"]!;
    }
}
