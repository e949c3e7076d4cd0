using System.Diagnostics;
using System.Text.Json.Nodes;

namespace GameServer.LocalAccelerator.Tests;

/// <summary>
/// The AWS command line is the independent judge of the control API: it knows the service's shapes and errors, and not our code.
/// </summary>
public sealed class AwsCommandLineTests
{
    private static readonly LocalAcceleratorOptions Options = new()
    {
        Subnets = new Dictionary<string, string> { ["subnet-0123456789abcdef0"] = "10.0.0.48/28" },
    };

    [AwsCommandFact]
    public async Task The_aws_command_sets_up_the_blogs_accelerator_asks_it_and_takes_it_down()
    {
        await using var server = await Accelerators.ControlOnlyAsync(Options);
        var created = (await AwsAsync(server, "create-custom-routing-accelerator", "--name", "game", "--ip-address-type", "IPV4", "--enabled"))["Accelerator"]!;
        var accelerator = (string)created["AcceleratorArn"]!;
        Assert.Equal("game", (string)created["Name"]!);
        var listener = (string)(
            await AwsAsync(server, "create-custom-routing-listener", "--accelerator-arn", accelerator, "--port-ranges", "FromPort=10000,ToPort=10099"))
            ["Listener"]!["ListenerArn"]!;
        var group = (string)(await AwsAsync(server, "create-custom-routing-endpoint-group", "--listener-arn", listener, "--endpoint-group-region", "us-east-2",
            "--destination-configurations", "FromPort=8080,ToPort=8081,Protocols=TCP,UDP"))["EndpointGroup"]!["EndpointGroupArn"]!;
        var added = await AwsAsync(
            server, "add-custom-routing-endpoints", "--endpoint-group-arn", group, "--endpoint-configurations",
            "EndpointId=subnet-0123456789abcdef0");
        Assert.Equal("subnet-0123456789abcdef0", (string)added["EndpointDescriptions"]![0]!["EndpointId"]!);

        string[] traffic = ["--endpoint-group-arn", group, "--endpoint-id", "subnet-0123456789abcdef0", "--destination-addresses", "10.0.0.57", "--destination-ports", "8080"];
        await AwsAsync(server, ["allow-custom-routing-traffic", .. traffic]);
        var rows = (await AwsAsync(server, "list-custom-routing-port-mappings-by-destination", "--endpoint-id", "subnet-0123456789abcdef0", "--destination-address", "10.0.0.57"))
            ["DestinationPortMappings"]!.AsArray();
        Assert.Equal(2, rows.Count);
        Assert.Equal(
            8080, (int)Assert.Single(rows, r => (string)r!["DestinationTrafficState"]! == "ALLOW")!["DestinationSocketAddress"]!["Port"]!);
        // The command reads all pages: 22 rows are three of them.
        var all = (
            await AwsAsync(server, "list-custom-routing-port-mappings", "--accelerator-arn", accelerator, "--page-size", "10"))["PortMappings"]!.AsArray();
        Assert.Equal(22, all.Count);
        Assert.Equal(["TCP", "UDP"], all[0]!["Protocols"]!.AsArray().Select(p => (string)p!));
        await AwsAsync(server, ["deny-custom-routing-traffic", .. traffic]);

        var described = (await AwsAsync(server, "describe-custom-routing-accelerator", "--accelerator-arn", accelerator))["Accelerator"]!;
        Assert.Equal("DEPLOYED", (string)described["Status"]!);
        Assert.Equal("127.0.0.1", (string)described["IpSets"]![0]!["IpAddresses"]![0]!);
        Assert.Single((await AwsAsync(server, "list-custom-routing-accelerators"))["Accelerators"]!.AsArray());
        Assert.Single((await AwsAsync(server, "list-custom-routing-listeners", "--accelerator-arn", accelerator))["Listeners"]!.AsArray());
        Assert.Single(
            (await AwsAsync(server, "list-custom-routing-endpoint-groups", "--listener-arn", listener))["EndpointGroups"]!.AsArray());
        Assert.Equal(
            10099, (int)(await AwsAsync(server, "describe-custom-routing-listener", "--listener-arn", listener))["Listener"]!["PortRanges"]![0]!["ToPort"]!);
        Assert.Equal("us-east-2", (string)(await AwsAsync(server, "describe-custom-routing-endpoint-group", "--endpoint-group-arn", group))["EndpointGroup"]!["EndpointGroupRegion"]!);
        var grown = await AwsAsync(
            server, "update-custom-routing-listener", "--listener-arn", listener, "--port-ranges", "FromPort=10000,ToPort=10199");
        Assert.Equal(10199, (int)grown["Listener"]!["PortRanges"]![0]!["ToPort"]!);

        await AwsAsync(
            server, "remove-custom-routing-endpoints", "--endpoint-group-arn", group, "--endpoint-ids", "subnet-0123456789abcdef0");
        await AwsAsync(server, "delete-custom-routing-endpoint-group", "--endpoint-group-arn", group);
        await AwsAsync(server, "delete-custom-routing-listener", "--listener-arn", listener);
        await AwsAsync(server, "update-custom-routing-accelerator", "--accelerator-arn", accelerator, "--no-enabled");
        await AwsAsync(server, "delete-custom-routing-accelerator", "--accelerator-arn", accelerator);
        Assert.Empty((await AwsAsync(server, "list-custom-routing-accelerators"))["Accelerators"]!.AsArray());
    }

    [AwsCommandFact]
    public async Task The_aws_command_knows_the_errors_by_name()
    {
        await using var server = await Accelerators.ControlOnlyAsync(Options);
        var (_, _, group) = await server.SetUpAsync(subnets: "subnet-0123456789abcdef0");
        Assert.Contains("(EndpointNotFoundException) when calling the ListCustomRoutingPortMappingsByDestination operation",
            await FailAsync(server, "list-custom-routing-port-mappings-by-destination", "--endpoint-id", "subnet-none", "--destination-address", "10.0.0.57"));
        Assert.Contains("(InvalidArgumentException)",
            await FailAsync(server, "list-custom-routing-port-mappings-by-destination", "--endpoint-id", "subnet-0123456789abcdef0", "--destination-address", "10.0.0.48"));
        Assert.Contains("(EndpointGroupNotFoundException)",
            await FailAsync(server, "allow-custom-routing-traffic", "--endpoint-group-arn", group + "0", "--endpoint-id", "s", "--destination-addresses", "10.0.0.57"));
        Assert.Contains(
            "(AcceleratorNotFoundException)",
            await FailAsync(server, "describe-custom-routing-accelerator", "--accelerator-arn", "arn:none"));
    }

    private static async Task<JsonNode> AwsAsync(LocalAcceleratorServer server, params string[] arguments)
    {
        var (code, output, error) = await RunAsync(server, arguments);
        Assert.True(code == 0, $"aws {string.Join(' ', arguments)}: {error}");
        return output.Length == 0 ? new JsonObject() : JsonNode.Parse(output)!;
    }

    private static async Task<string> FailAsync(LocalAcceleratorServer server, params string[] arguments)
    {
        var (code, _, error) = await RunAsync(server, arguments);
        Assert.NotEqual(0, code);
        return error;
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(LocalAcceleratorServer server, string[] arguments)
    {
        var start = new ProcessStartInfo("aws", [
            "globalaccelerator", .. arguments, "--region", "us-west-2", "--endpoint-url", server.ControlUri!.ToString(), "--output", "json"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["AWS_ACCESS_KEY_ID"] = "test", ["AWS_SECRET_ACCESS_KEY"] = "test", ["AWS_PAGER"] = "", ["AWS_MAX_ATTEMPTS"] = "1", ["AWS_CONFIG_FILE"] = "none" },
        };
        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        var error = process.StandardError.ReadToEndAsync(patience.Token);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return (process.ExitCode, await output, await error);
    }
}

/// <summary>A fact that needs the <c>aws</c> command; skipped, by name, where it is not installed.</summary>
internal sealed class AwsCommandFactAttribute : FactAttribute
{
    public AwsCommandFactAttribute()
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(p => File.Exists(Path.Combine(p, "aws"))))
            Skip = "The aws command line is not installed.";
    }
}
