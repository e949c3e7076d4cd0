using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GameServer.BattleServer;

/// <summary>Adds the battle server to a host.</summary>
public static class BattleServerSetup
{
    /// <summary>Adds the battle server; the host's start opens its ports, the host's stop drains it.</summary>
    public static IServiceCollection AddBattleServer(this IServiceCollection services, BattleServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton(_ => new HttpClient { BaseAddress = options.Registry });
        services.AddSingleton<RegistryCalls>();
        services.AddHostedService<BattleServerService>();
        return services;
    }
}
