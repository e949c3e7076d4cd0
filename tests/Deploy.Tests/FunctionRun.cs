using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using GameServer.LocalAccelerator;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace GameServer.Deploy.Tests;

/// <summary>The accelerator's function, with a local accelerator for the service and a listener for CloudFormation.</summary>
internal sealed class FunctionRun : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string folder = Directory.CreateTempSubdirectory("function-").FullName;
    private readonly Channel<JsonObject> answers = Channel.CreateUnbounded<JsonObject>();
    private LocalAcceleratorServer accelerator = null!;
    private WebApplication cloudFormation = null!;
    private string? failing;

    public static async Task<FunctionRun> StartAsync()
    {
        var run = new FunctionRun();
        run.accelerator = await LocalAcceleratorServer.StartAsync(
            new()
            {
                ListenerPorts = null, DataPath = false, ControlPort = 0, DeployDelay = TimeSpan.FromMilliseconds(200),
                Subnets = new Dictionary<string, string> { ["a"] = "10.20.20.0/26", ["b"] = "10.20.21.0/26", ["c"] = "10.20.22.0/26" },
                Fault = operation => Interlocked.CompareExchange(ref run.failing, null, operation) == operation
                    ? new("AccessDeniedException", "You may not.") : null,
            },
            TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(
            kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1));
        run.cloudFormation = builder.Build();
        run.cloudFormation.Run(async context =>
        {
            var answer = await JsonNode.ParseAsync(context.Request.Body);
            await run.answers.Writer.WriteAsync(answer!.AsObject());
            context.Response.StatusCode = context.Request.Method == "PUT" ? StatusCodes.Status200OK : StatusCodes.Status405MethodNotAllowed;
        });
        await run.cloudFormation.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(run.folder, "index.py"), AcceleratorFunction.Code);
        return run;
    }

    /// <summary>Has the next call of an operation refused.</summary>
    public void FailNext(string operation) => failing = operation;

    /// <summary>What CloudFormation is answered.</summary>
    public async Task<JsonObject> CallAsync(string type, string request, string? arn, JsonObject wanted)
    {
        JsonObject call = new()
        {
            ["RequestType"] = type, ["RequestId"] = request, ["StackId"] = "stack", ["LogicalResourceId"] = "Accelerator",
            ["ResponseURL"] = cloudFormation.Urls.First(), ["ResourceProperties"] = wanted.DeepClone(),
        };
        if (arn is not null)
            call["PhysicalResourceId"] = arn;
        ProcessStartInfo start = new("python3", ["-c", "import json, sys, index; index.PAUSE = 0.1; index.handler(json.load(sys.stdin), None)"])
        {
            WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["AWS_ENDPOINT_URL_GLOBAL_ACCELERATOR"] = accelerator.ControlUri!.ToString();
        (start.Environment["AWS_ACCESS_KEY_ID"], start.Environment["AWS_SECRET_ACCESS_KEY"]) = ("local", "local");
        using var function = Process.Start(start)!;
        var (said, errors) = (function.StandardOutput.ReadToEndAsync(), function.StandardError.ReadToEndAsync());
        await function.StandardInput.WriteAsync(call.ToJsonString());
        function.StandardInput.Close();
        await function.WaitForExitAsync().WaitAsync(Patience);
        Assert.True(function.ExitCode == 0, await said + await errors);
        return await answers.Reader.ReadAsync();
    }

    /// <summary>
    /// The one accelerator there is: its ARN, the listener's ports, the endpoint group's, and its subnets; nothing where there is none.
    /// </summary>
    public async Task<(string Arn, int From, int To, int BattleFrom, int BattleTo, string Subnets)> StateAsync()
    {
        var accelerators = (await AskAsync("ListCustomRoutingAccelerators", new { }))["Accelerators"]!.AsArray();
        if (accelerators.Count == 0)
            return ("", 0, 0, 0, 0, "");
        var arn = (string)Assert.Single(accelerators)!["AcceleratorArn"]!;
        var listeners = (await AskAsync("ListCustomRoutingListeners", new { AcceleratorArn = arn }))["Listeners"]!.AsArray();
        if (listeners.Count == 0)
            return (arn, 0, 0, 0, 0, "");
        var listener = Assert.Single(listeners)!;
        var ports = Assert.Single(listener["PortRanges"]!.AsArray())!;
        var groups = await AskAsync("ListCustomRoutingEndpointGroups", new { ListenerArn = (string)listener["ListenerArn"]! });
        var group = Assert.Single(groups["EndpointGroups"]!.AsArray())!;
        var battle = Assert.Single(group["DestinationDescriptions"]!.AsArray())!;
        var subnets = group["EndpointDescriptions"]!.AsArray().Select(endpoint => (string)endpoint!["EndpointId"]!).Order(StringComparer.Ordinal);
        return (arn, (int)ports["FromPort"]!, (int)ports["ToPort"]!, (int)battle["FromPort"]!, (int)battle["ToPort"]!, string.Join(',', subnets));
    }

    /// <summary>A call to the service by somebody else.</summary>
    public async Task<JsonNode> AskAsync(string operation, object what)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, accelerator.ControlUri)
        {
            Content = new StringContent(JsonSerializer.Serialize(what), Encoding.UTF8, "application/x-amz-json-1.1"),
        };
        request.Headers.Add("X-Amz-Target", $"GlobalAccelerator_V20180706.{operation}");
        request.Headers.TryAddWithoutValidation(
            "Authorization", "AWS4-HMAC-SHA256 Credential=local/20260101/us-west-2/globalaccelerator/aws4_request");
        using var answer = await http.SendAsync(request);
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, body);
        return JsonNode.Parse(body)!;
    }

    public async ValueTask DisposeAsync()
    {
        await cloudFormation.DisposeAsync();
        await accelerator.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
