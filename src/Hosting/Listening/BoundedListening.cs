using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GameServer.Hosting.Listening;

/// <summary>Puts bounds on what strangers can hold of a program that listens.</summary>
public static class BoundedListening
{
    /// <summary>
    /// What is read of one connection before what was read is used. The server's default, 1 MB, is what every connection costs whose reader
    /// waits for its turn; a request's head may have 32 KB, and a message as many.
    /// </summary>
    private const int BufferedBytes = 64 * 1024;

    /// <summary>Bounds the program's connections as <see cref="ListeningOptions"/> says. After whatever else chooses a transport.</summary>
    public static IServiceCollection AddBoundedListening(this IServiceCollection services, ListeningOptions listening)
    {
        ArgumentNullException.ThrowIfNull(listening);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(listening);
        services.AddSingleton<OpenConnections>();
        services.AddSingleton<IStartupFilter, RequestsUnderWay>();
        services.AddSingleton<IConnectionListenerFactory, BoundedTransport>(); // The server takes the last one.
        services.Configure<KestrelServerOptions>(server =>
        {
            server.Limits.KeepAliveTimeout = listening.IdleTimeout;
            server.Limits.RequestHeadersTimeout = listening.RequestTimeout;
            server.Limits.MaxRequestBufferSize = BufferedBytes;
        });
        return services;
    }
}
