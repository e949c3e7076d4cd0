using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;

namespace GameServer.LocalAccelerator.Tests;

/// <summary>A clock that stands still until it is moved.</summary>
internal sealed class StandingClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Now.UtcTicks;
}

/// <summary>Starts accelerators, and speaks their control API as it is on the wire.</summary>
internal static class Accelerators
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Only the control API, with nothing set up.</summary>
    public static Task<LocalAcceleratorServer> ControlOnlyAsync(LocalAcceleratorOptions options, TimeProvider? time = null) =>
        LocalAcceleratorServer.StartAsync(options with { ListenerPorts = null, DataPath = false, ControlPort = 0 }, time ?? TimeProvider.System,
            NullLoggerFactory.Instance, CancellationToken.None);

    /// <summary>The whole thing, on 100 ports that are free.</summary>
    public static async Task<LocalAcceleratorServer> WholeAsync(LocalAcceleratorOptions options)
    {
        for (var attempt = 0; ; attempt++)
        {
            var from = Random.Shared.Next(100, 310) * 100;
            try
            {
                return await LocalAcceleratorServer.StartAsync(options with { ListenerPorts = (from, from + 99), ControlPort = 0 }, TimeProvider.System,
                    NullLoggerFactory.Instance, CancellationToken.None);
            }
            catch (LocalAcceleratorException taken) when (taken.Type == "InvalidPortRangeException" && attempt < 50)
            {
                // Another program has a port in that range: try the next.
            }
        }
    }

    /// <summary>One call; answers the status and the body.</summary>
    public static Task<(HttpStatusCode Status, JsonObject Body)> CallAsync(
        this LocalAcceleratorServer accelerator, string operation, string body, string region = "us-west-2") =>
        CallAsync(accelerator.ControlUri!, operation, body, region);

    /// <summary>The same, of whatever is there.</summary>
    public static async Task<(HttpStatusCode Status, JsonObject Body)> CallAsync(
        Uri control, string operation, string body, string region = "us-west-2", CancellationToken cancellationToken = default)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, control)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/x-amz-json-1.1"),
        };
        request.Headers.Add("X-Amz-Target", $"GlobalAccelerator_V20180706.{operation}");
        // The signature itself is nothing: the local accelerator has no secret to check it with.
        if (region.Length > 0)
            request.Headers.TryAddWithoutValidation("Authorization",
                $"AWS4-HMAC-SHA256 Credential=test/20260101/{region}/globalaccelerator/aws4_request, SignedHeaders=host;x-amz-date, Signature=00");
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellationToken))!.AsObject());
    }

    public static async Task<JsonObject> OkAsync(this LocalAcceleratorServer accelerator, string operation, string body)
    {
        var (status, answer) = await accelerator.CallAsync(operation, body);
        Assert.True(status == HttpStatusCode.OK, $"{operation}: {answer}");
        return answer;
    }

    public static async Task<string> ErrorAsync(this LocalAcceleratorServer accelerator, string operation, string body)
    {
        var (status, answer) = await accelerator.CallAsync(operation, body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.NotEmpty((string)answer["Message"]!);
        return (string)answer["__type"]!;
    }

    /// <summary>The blog's set-up: a listener, and an endpoint group with a range of ports. Answers the ARNs.</summary>
    public static async Task<(string Accelerator, string Listener, string Group)> SetUpAsync(
        this LocalAcceleratorServer accelerator, int from = 10000, int to = 10099, int destinationFrom = 8080, int destinationTo = 8081, params string[] subnets)
    {
        var token = Guid.NewGuid();
        var arn = (string)(await accelerator.OkAsync("CreateCustomRoutingAccelerator", $$"""{"Name":"a","IdempotencyToken":"{{token}}"}"""))["Accelerator"]!["AcceleratorArn"]!;
        var listener = (string)(await accelerator.OkAsync("CreateCustomRoutingListener",
            $$"""{"AcceleratorArn":"{{arn}}","IdempotencyToken":"t","PortRanges":[{"FromPort":{{from}},"ToPort":{{to}}}]}"""))["Listener"]!["ListenerArn"]!;
        var group = (string)(await accelerator.OkAsync("CreateCustomRoutingEndpointGroup",
            $$"""
            {"ListenerArn":"{{listener}}","IdempotencyToken":"t","EndpointGroupRegion":"us-east-2",
             "DestinationConfigurations":[{"FromPort":{{destinationFrom}},"ToPort":{{destinationTo}},"Protocols":["TCP"]}]}
            """))["EndpointGroup"]!["EndpointGroupArn"]!;
        foreach (var subnet in subnets)
            await accelerator.OkAsync(
                "AddCustomRoutingEndpoints",
                $$"""{"EndpointGroupArn":"{{group}}","EndpointConfigurations":[{"EndpointId":"{{subnet}}"}]}""");
        return (arn, listener, group);
    }

    public static async Task<List<(
        string Subnet, string Address, int Port, int Outside, string State)>> RowsAsync(this LocalAcceleratorServer accelerator, string arn)
    {
        var answer = await accelerator.OkAsync("ListCustomRoutingPortMappings", $$"""{"AcceleratorArn":"{{arn}}","MaxResults":20000}""");
        return [.. answer["PortMappings"]!.AsArray().Select(m => (
            (string)m!["EndpointId"]!, (string)m["DestinationSocketAddress"]!["IpAddress"]!, (int)m["DestinationSocketAddress"]!["Port"]!,
            (int)m["AcceleratorPort"]!, (string)m["DestinationTrafficState"]!))];
    }

    public static async Task<int> OutsideAsync(this LocalAcceleratorServer accelerator, string address, int port) =>
        (await accelerator.RowsAsync(accelerator.EndpointGroupArn!.Split("/listener/")[0])).Single(
            r => r.Address == address && r.Port == port).Outside;

    public static Task AllowAsync(this LocalAcceleratorServer accelerator, string address, params int[] ports) => accelerator.OkAsync(
        "AllowCustomRoutingTraffic", Traffic(accelerator, address, ports));

    public static Task DenyAsync(this LocalAcceleratorServer accelerator, string address, params int[] ports) => accelerator.OkAsync(
        "DenyCustomRoutingTraffic", Traffic(accelerator, address, ports));

    /// <summary>A server that says its name and then sends back what it gets, until it is disposed of.</summary>
    public static TcpListener Echo(string address, int port, string name)
    {
        var listener = new TcpListener(IPAddress.Parse(address), port);
        listener.Start();
        _ = AcceptAsync();
        return listener;

        async Task AcceptAsync()
        {
            try
            {
                while (true)
                    _ = EchoAsync(await listener.AcceptTcpClientAsync());
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Stopped.
            }
        }

        async Task EchoAsync(TcpClient client)
        {
            using (client)
            {
                var stream = client.GetStream();
                await stream.WriteAsync(Encoding.UTF8.GetBytes($"{name}\n"));
                await stream.CopyToAsync(stream);
            }
        }
    }

    private static string Traffic(LocalAcceleratorServer accelerator, string address, int[] ports) =>
        $$"""{"EndpointGroupArn":"{{accelerator.EndpointGroupArn}}","EndpointId":"subnet-local","DestinationAddresses":["{{address}}"],"DestinationPorts":[{{string.Join(',', ports)}}]}""";
}
