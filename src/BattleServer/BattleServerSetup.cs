using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GameServer.BattleServer;

/// <summary>Adds the battle server to a host.</summary>
public static class BattleServerSetup
{
    /// <summary>Adds the battle server; the host's start opens its ports, the host's stop drains it.</summary>
    /// <exception cref="ArgumentException">A setting is wrong.</exception>
    public static IServiceCollection AddBattleServer(this IServiceCollection services, BattleServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Problem() is { } problem)
            throw new ArgumentException(problem, nameof(options));
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton(_ => new HttpClient { BaseAddress = options.Registry });
        services.AddSingleton<RegistryCalls>();
        services.AddHostedService<BattleServerService>();
        return services;
    }
}
