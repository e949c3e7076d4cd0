using System.Net;
using GameServer.Clocks;
using GameServer.CustomRouting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace GameServer.LocalAccelerator;

/// <summary>
/// Global Accelerator's custom routing on one machine: a real TCP data path, the control API over HTTP for whoever speaks it (the AWS
/// command line, the SDKs), and the same API in process. It keeps nothing over a restart.
/// </summary>
public sealed class LocalAcceleratorServer : IAsyncDisposable
{
    // A name of any other site can be made to lead to this machine by that site, and its pages would then call as if they were from here.
    private static readonly string[] LoopbackHosts = ["localhost", "*.localhost", "127.0.0.1", "[::1]"];

    private readonly DataPath? dataPath;
    private readonly WebApplication? web;

    private LocalAcceleratorServer(IGlobalAcceleratorApi api, DataPath? dataPath, WebApplication? web, string? endpointGroupArn)
    {
        (Api, this.dataPath, this.web, EndpointGroupArn) = (api, dataPath, web, endpointGroupArn);
        ControlUri = web is null ? null : new(web.Urls.First());
    }

    /// <summary>The API in process, for <see cref="CustomRoutingPortMap"/>.</summary>
    public IGlobalAcceleratorApi Api { get; }

    /// <summary>Where the control API is; null if there is none.</summary>
    public Uri? ControlUri { get; }

    /// <summary>The endpoint group that is there from the start; null if none is.</summary>
    public string? EndpointGroupArn { get; }

    /// <summary>Opens the ports and starts.</summary>
    /// <exception cref="ArgumentException">A setting is wrong.</exception>
    /// <exception cref="LocalAcceleratorException">A port cannot be opened, or the listener ports cannot carry the subnets.</exception>
    /// <exception cref="IOException">The control port cannot be opened.</exception>
    public static async Task<LocalAcceleratorServer> StartAsync(
        LocalAcceleratorOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        if (options.Ips.Count is < 1 or > 2 || options.Ips.Any(ip => !IPAddress.TryParse(ip, out _)))
            throw new ArgumentException("Ips must be 1 or 2 of this machine's addresses.", nameof(options));
        if (!IPAddress.TryParse(options.ControlAddress, out var control))
            throw new ArgumentException(
                $"The control API's address is '{options.ControlAddress}'; allowed is one of this machine's.", nameof(options));
        // What is turned on takes its time, whatever is done to the machine's clock.
        var plane = new ControlPlane(options, new SteadyClock(time));
        DataPath? dataPath = null;
        WebApplication? web = null;
        try
        {
            if (options.DataPath)
            {
                dataPath = new(options, plane.Route, time, loggers.CreateLogger<DataPath>());
                (plane.OpenPorts, plane.ClosePorts) = (dataPath.Open, dataPath.Close);
            }
            var group = options.ListenerPorts is null ? null : SetUp(plane, options);
            if (options.ControlPort is { } port)
                web = await StartControlApiAsync(plane, new(control, port), options.Fault, loggers, cancellationToken);
            return new(new InProcessApi(plane, options.Fault), dataPath, web, group);
        }
        catch
        {
            if (web is not null)
                await web.DisposeAsync();
            if (dataPath is not null)
                await dataPath.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (web is not null)
            await web.DisposeAsync();
        if (dataPath is not null)
            await dataPath.DisposeAsync();
    }

    private static string SetUp(ControlPlane plane, LocalAcceleratorOptions options)
    {
        var (from, to) = options.ListenerPorts!.Value;
        var accelerator = plane.CreateAccelerator(new("local", null, null, true, "local", null)).Accelerator.AcceleratorArn;
        var listener = plane.CreateListener(new(accelerator, [new(from, to)], "local")).Listener.ListenerArn;
        var group = plane.CreateEndpointGroup(new(
            listener, options.Region, [new(options.DestinationPorts.From, options.DestinationPorts.To, ["TCP"])], "local")).EndpointGroup.EndpointGroupArn;
        plane.AddEndpoints(new([.. options.Subnets.Keys.Select(id => new EndpointConfiguration(id, null))], group));
        return group;
    }

    private static async Task<WebApplication> StartControlApiAsync(
        ControlPlane plane, IPEndPoint place, Func<string, LocalAcceleratorException?> fault, ILoggerFactory loggers,
        CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(place, listen => listen.Protocols = HttpProtocols.Http1);
            // A few tools call it, one at a time. Beyond the bound a connection is closed at once; the silent make room in seconds.
            kestrel.Limits.MaxConcurrentConnections = 64;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(5);
        });
        builder.Logging.AddProvider(new Passing(loggers));
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Services.AddHostFiltering(
            hosts => hosts.AllowedHosts = IPAddress.IsLoopback(place.Address) ? [.. LoopbackHosts, place.Address.ToString()] : ["*"]);
        var app = builder.Build();
        app.UseHostFiltering();
        app.Run(context => ControlApi.AnswerAsync(context, plane, fault));
        await app.StartAsync(cancellationToken);
        return app;
    }

    /// <summary>The web host has a logger factory of its own; this one passes what it says on to ours, and leaves ours open.</summary>
    private sealed class Passing(ILoggerFactory loggers) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => loggers.CreateLogger(categoryName);

        public void Dispose()
        {
        }
    }
}
