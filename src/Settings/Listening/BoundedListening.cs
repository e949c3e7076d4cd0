using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace GameServer.Settings.Listening;

/// <summary>Puts bounds on what strangers can hold of a program that listens.</summary>
public static class BoundedListening
{
    /// <summary>
    /// What is read of one connection before what was read is used. The server's default, 1 MB, is what every connection costs whose reader
    /// waits for its turn; a request's head may have 32 KB, and a message as many.
    /// </summary>
    private const int BufferedBytes = 64 * 1024;

    /// <summary>Bounds the program's connections as <see cref="ListeningOptions"/> says. After whatever else chooses a transport.</summary>
    public static IServiceCollection AddBoundedListening(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        services.TryAddSingleton(TimeProvider.System);
        services.Configure<ListeningOptions>(configuration.GetSection(ListeningOptions.Section));
        services.AddSingleton<OpenConnections>();
        services.AddSingleton<IStartupFilter, RequestsUnderWay>();
        services.AddSingleton<IConnectionListenerFactory, BoundedTransport>(); // The server takes the last one.
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<ListeningOptions>>((server, listening) =>
        {
            server.Limits.KeepAliveTimeout = listening.Value.IdleTimeout;
            server.Limits.RequestHeadersTimeout = listening.Value.RequestTimeout;
            server.Limits.MaxRequestBufferSize = BufferedBytes;
        });
        return services;
    }
}
