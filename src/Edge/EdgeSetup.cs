using System.Security.Cryptography;
using System.Text;
using GameServer.Tickets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace GameServer.Edge;

/// <summary>Puts the edge into a program: WebSocket, HTTP and the page, around the <see cref="IGameHost"/> that the program has registered.</summary>
public static class EdgeSetup
{
    /// <summary>Adds what the edge needs, around the program's <see cref="IGameHost"/>. A gateway has a name like no other that runs.</summary>
    public static IServiceCollection AddGameEdge(this IServiceCollection services, EdgeSettings settings, string gateway = "")
    {
        ArgumentNullException.ThrowIfNull(settings);
        services.AddSingleton(settings.Edge with { Gateway = gateway });
        services.AddSingleton(settings.Auth);
        services.AddSingleton(settings.BattleServers);
        services.Configure<SocketTransportOptions>(transport => transport.UnsafePreferInlineScheduling = settings.Edge.InlineSockets);

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<ConnectionTable>();
        services.AddSingleton<IClientConnections>(provider => provider.GetRequiredService<ConnectionTable>());
        services.AddSingleton<EdgeCounters>();
        services.AddSingleton<RateLimits>();
        services.AddSingleton<KeptSessions>();
        services.AddSingleton<PlayerTokens>();
        services.AddSingleton<Origins>();
        services.AddTransient<IStartupFilter, TrustedProxies>();
        services.AddSingleton(Surroundings);
        services.AddSingleton<SocketEndpoint>();
        services.AddSingleton<UserCalls>();
        services.AddSingleton<ModesCall>();
        services.AddSingleton<AddressesCall>();
        services.AddSingleton<BattleServerCalls>();
        services.AddSingleton<StatsCall>();
        services.AddSingleton<CallGate>();
        services.AddHostedService<EdgeLifetime>();
        services.AddHealthChecks().AddCheck<Readiness>("edge", tags: [Readiness.Tag]);
        return services;
    }

    /// <summary>Maps everything the edge serves (protocol, sections 1, 5 and 6).</summary>
    public static void MapGameEdge(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.Use((context, next) => context.RequestServices.GetRequiredService<CallGate>().PassAsync(context, next));
        IEndpointRouteBuilder endpoints = app;
        MapSockets(endpoints, Page.Map(endpoints, typeof(EdgeSetup).Assembly));
        MapCalls(endpoints);
        UseInlineSockets(endpoints.ServiceProvider.GetRequiredService<EdgeOptions>());
        endpoints.MapGet("/stats", (HttpContext context, StatsCall stats) => stats.GetAsync(context));
        endpoints.MapHealthChecks("/health/live", new() { Predicate = _ => false }).WithMetadata(CallKind.Health);
        endpoints.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains(Readiness.Tag) })
            .WithMetadata(CallKind.Health);
    }

    /// <summary>
    /// The other half of inline sockets: the runtime knows it by this variable alone, for all sockets of the process, and reads it when the first one
    /// is made. A completed read or write then goes on where it was noticed, without a hop to the thread pool; nothing the edge does there blocks.
    /// </summary>
    private static void UseInlineSockets(EdgeOptions options)
    {
        const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
        if (options.InlineSockets && Environment.GetEnvironmentVariable(Variable) is null)
            Environment.SetEnvironmentVariable(Variable, "1");
    }

    private static void MapSockets(IEndpointRouteBuilder endpoints, RequestDelegate page)
    {
        string[] methods = [HttpMethods.Get, HttpMethods.Head, HttpMethods.Connect]; // CONNECT is an upgrade in HTTP/2.
        endpoints.MapMethods("/", methods, Upgradable(endpoints, context =>
            context.WebSockets.IsWebSocketRequest ? ConnectAsync(context) : page(context)));
        endpoints.MapMethods("/dev", methods, Upgradable(endpoints, ConnectAsync)).WithMetadata(CallKind.Connect);
        endpoints.MapMethods("/ws", methods, Upgradable(endpoints, ConnectAsync)).WithMetadata(CallKind.Connect);

        static Task ConnectAsync(HttpContext context) => context.RequestServices.GetRequiredService<SocketEndpoint>().ConnectAsync(context);
    }

    /// <summary>The framework's WebSockets over a transport that can hold frames back until a batch is complete.</summary>
    private static RequestDelegate Upgradable(IEndpointRouteBuilder endpoints, RequestDelegate handler)
    {
        var pipeline = endpoints.CreateApplicationBuilder();
        pipeline.Use(next => context =>
        {
            CorkedUpgrade corked = new(context.Features.Get<IHttpUpgradeFeature>(), context.Features.Get<IHttpExtendedConnectFeature>());
            context.Features.Set<IHttpUpgradeFeature>(corked);
            context.Features.Set<IHttpExtendedConnectFeature>(corked);
            context.Features.Set(corked);
            return next(context);
        });
        pipeline.UseWebSockets();
        pipeline.Run(handler);
        return pipeline.Build();
    }

    private static void MapCalls(IEndpointRouteBuilder endpoints)
    {
        var calls = endpoints.MapGroup("").AddEndpointFilter(static (context, next) =>
        {
            var services = context.HttpContext.RequestServices;
            return HttpCall.AnswerRefusalsAsync(context, next, services.GetRequiredService<ILogger<UserCalls>>());
        });

        var users = calls.MapGroup("").AddEndpointFilter(static (context, next) =>
        {
            var origins = context.HttpContext.RequestServices.GetRequiredService<Origins>();
            origins.Allow(context.HttpContext);
            return origins.Refuses(context.HttpContext.Request)
                ? ValueTask.FromResult<object?>(HttpCall.Message(StatusCodes.Status403Forbidden, Origins.NotAllowed))
                : next(context);
        });
        users.MapPost("/create_user", (HttpContext context, UserCalls user) => user.CreateAsync(context));
        users.MapPost("/renew_token", (HttpContext context, UserCalls user) => user.RenewAsync(context));
        users.MapPost("/delete_user", (HttpContext context, UserCalls user) => user.DeleteAsync(context));
        users.MapGet("/modes", (ModesCall modes) => modes.Get());
        users.MapGet("/players/{**user_id}", (HttpContext context, UserCalls user) => user.RecordAsync(context));
        foreach (var path in new[] { "/create_user", "/renew_token", "/delete_user" })
            users.MapMethods(path, [HttpMethods.Options], (HttpContext _) => Results.NoContent());

        calls.MapGet("/addresses", (HttpContext context, AddressesCall addresses) => addresses.Get(context));

        // Battle servers are programs. What a page sends here, whatever its origin, was not meant by whom it runs for.
        var fromServers = calls.MapGroup("").AddEndpointFilter(static (context, next) =>
            context.HttpContext.Request.Headers.Origin.Count > 0
                ? ValueTask.FromResult<object?>(HttpCall.Message(StatusCodes.Status403Forbidden, "web pages may not call for battle servers"))
                : next(context));
        fromServers.MapGet("/battle-servers", (HttpContext context, BattleServerCalls servers) => servers.ListAsync(context));
        fromServers.MapPut(
            "/battle-servers/{id}", (HttpContext context, BattleServerCalls servers, string id) => servers.RegisterAsync(context, id));
        fromServers.MapDelete(
            "/battle-servers/{id}", (HttpContext context, BattleServerCalls servers, string id) => servers.DrainAsync(context, id));
        fromServers.MapPost("/battle-servers/{id}/heartbeat",
            (HttpContext context, BattleServerCalls servers, string id) => servers.HeartbeatAsync(context, id));
        fromServers.MapPost("/battle-servers/{id}/battles/{battleId}/finished",
            (HttpContext context, BattleServerCalls servers, string id, string battleId) => servers.FinishedAsync(context, id, battleId));
    }

    private static ConnectionSurroundings Surroundings(IServiceProvider provider)
    {
        var host = provider.GetRequiredService<IGameHost>();
        var time = provider.GetRequiredService<TimeProvider>();
        var servers = provider.GetRequiredService<BattleServerOptions>();

        // Without a key no mode uses battle servers (EdgeSettings sees to it), so no ticket is ever signed with the random one.
        var ticketKey = string.IsNullOrEmpty(servers.TicketKey)
            ? RandomNumberGenerator.GetBytes(BattleTickets.MinKeyBytes)
            : Encoding.UTF8.GetBytes(servers.TicketKey);
        BattleTickets tickets = new(ticketKey, time);
        return new(
            host, new RequestParser(host.Rules), provider.GetRequiredService<EdgeOptions>(), provider.GetRequiredService<EdgeCounters>(),
            (battleId, place, userId, number) => tickets.Issue(
                new(battleId, userId, place.ServerId, place.Port, place.Epoch, number), servers.TicketLifetime),
            time, provider.GetRequiredService<ILogger<Connection>>());
    }
}
