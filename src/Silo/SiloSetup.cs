using System.Net;
using GameServer.Game;
using GameServer.Grains;
using GameServer.Grains.Abstractions;
using Orleans.Configuration;
using StackExchange.Redis;

namespace GameServer.Silo;

/// <summary>Puts a silo together.</summary>
internal static class SiloSetup
{
    /// <summary>The grains and what they share, without saying where the cluster is or what it stores in.</summary>
    public static void AddGame(this ISiloBuilder silo, GameRules rules, BattleServerRules battleServers, Func<IServiceProvider, IPortMap> ports)
    {
        silo.AddClusterTuning();
        silo.Services.AddSingleton(rules);
        silo.Services.AddSingleton(battleServers);
        silo.Services.AddSingleton(ports);
        silo.Services.AddSingleton(TimeProvider.System);
        silo.Services.AddSingleton<SiloCounters>();
        silo.Services.AddSingleton<GrainServices>();
        silo.Services.AddSingleton<BusyActors>();
        silo.Services.AddHostedService(services => services.GetRequiredService<BusyActors>());
        silo.Services.AddSingleton<GatewayWatch>();
        silo.Services.AddHostedService(services => services.GetRequiredService<GatewayWatch>());
        silo.Services.AddHostedService<StatsReporter>();
    }

    /// <summary>Where the cluster is, and what it stores in.</summary>
    public static void AddCluster(this ISiloBuilder silo, SiloSettings settings, ClusterNames names)
    {
        silo.Configure<ClusterOptions>(options =>
        {
            options.ClusterId = names.ClusterId;
            options.ServiceId = names.ServiceId;
        });
        silo.ConfigureEndpoints(
            settings.AdvertisedAddress ?? IPAddress.Loopback, settings.Port, settings.GatewayPort, listenOnAnyHostAddress: settings.AdvertisedAddress is not null);

        if (settings.Redis is { } redis)
        {
            var options = ConfigurationOptions.Parse(redis);
            options.AbortOnConnectFail = false; // A Redis that fails over is waited for.
            silo.UseRedisClustering(o => o.ConfigurationOptions = options);
            // From the first day: the default directory may let a grain live twice, and forgets healthy silos' grains when another leaves.
            silo.UseRedisGrainDirectoryAsDefault(o => o.ConfigurationOptions = options);
            silo.Services.AddSingleton<IBusyList>(_ => new RedisBusyList(options, names));
        }
        else
        {
            silo.UseLocalhostClustering(settings.Port, settings.GatewayPort, serviceId: names.ServiceId, clusterId: names.ClusterId);
            silo.Services.AddSingleton<IBusyList, MemoryBusyList>();
        }

        if (settings.DynamoDb is { } service)
        {
            silo.AddDynamoDBGrainStorage(ActorGrain.StorageName, options =>
            {
                options.Service = service;
                options.ServiceId = names.ServiceId;
                options.TableName = settings.Table;
                options.UseProvisionedThroughput = false; // On demand: the default of 5 writes a second would stop a game.
                options.CreateIfNotExists = settings.CreateTable;
                options.UpdateIfExists = false;
                options.DeleteStateOnClear = true; // A battle that is over leaves nothing.
            });
        }
        else
        {
            silo.AddMemoryGrainStorage(ActorGrain.StorageName);
        }
    }
}
