using System.Net;
using GameServer.Game;
using GameServer.Grains;
using GameServer.Grains.Abstractions;
using Orleans.Configuration;
using Orleans.Serialization;
using Orleans.Storage;

namespace GameServer.Silo;

/// <summary>Puts a silo together.</summary>
internal static class SiloSetup
{
    /// <summary>The grains and what they share, without saying where the cluster is or what it stores in.</summary>
    public static void AddGame(
        this ISiloBuilder silo, GameRules rules, BattleServerRules battleServers, Func<IServiceProvider, IPortMap> ports)
    {
        silo.AddClusterTuning();
        silo.Services.AddSingleton(rules);
        silo.Services.AddSingleton(battleServers);
        silo.Services.AddSingleton(ports);
        silo.Services.AddSingleton(TimeProvider.System);
        silo.Services.AddSingleton<SiloCounters>();
        silo.Services.AddSingleton<FailingActors>();
        silo.Services.AddSingleton<IActorFactory, ActorTypes>();
        silo.Services.AddSingleton<GrainServices>();
        silo.Services.AddSingleton<BusyActors>();
        silo.Services.AddHostedService(services => services.GetRequiredService<BusyActors>());
        silo.Services.AddSingleton<GatewayWatch>();
        silo.Services.AddHostedService(services => services.GetRequiredService<GatewayWatch>());
        silo.Services.AddHostedService<StatsReporter>();
        silo.Services.AddSingleton<SiloHealth>();
        silo.Services.AddHostedService(services => services.GetRequiredService<SiloHealth>());
    }

    /// <summary>Where the cluster is, and what it stores in.</summary>
    public static void AddCluster(this ISiloBuilder silo, SiloSettings settings)
    {
        var (names, place) = (settings.Cluster.Names, settings.Cluster.Silo);
        silo.Services.AddSingleton<IFatalErrorHandler, LastWord>();
        silo.Configure<ClusterOptions>(options =>
        {
            options.ClusterId = names.ClusterId;
            options.ServiceId = names.ServiceId;
        });
        // Nowhere but where others are told to come. Who reaches these ports and is not kept out by TLS can do whatever a silo can.
        silo.ConfigureEndpoints(settings.AdvertisedAddress ?? IPAddress.Loopback, place.Port, place.GatewayPort, listenOnAnyHostAddress: false);
        if (settings.Cluster.Certificates is { } certificates)
        {
            silo.UseTls(options => ClusterTls.Apply(options, certificates));
            silo.Services.AddSingleton(certificates);
            silo.Services.AddHostedService<CertificateWatch>();
        }

        if (settings.Cluster.Redis is { } redis)
        {
            silo.UseRedisClustering(options => options.ConfigurationOptions = redis);
            silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, SilentSilos>();
            // From the first day: the default directory may let a grain live twice, and forgets healthy silos' grains when another leaves.
            silo.UseRedisGrainDirectoryAsDefault(options => options.ConfigurationOptions = redis);
            silo.Services.AddSingleton<IBusyList>(_ => new RedisBusyList(redis, names));
        }
        else
        {
            silo.UseLocalhostClustering(place.Port, place.GatewayPort, serviceId: names.ServiceId, clusterId: names.ClusterId);
            silo.Services.AddSingleton<IBusyList, MemoryBusyList>();
        }

        // Everywhere an actor's bytes as they are, its fields by their numbers. The default is JSON: a third more, and types that it writes and
        // then does not allow itself to read.
        switch (settings.Storage)
        {
            case StorageProvider.DynamoDb:
                DynamoDbAdapter.Add(silo, settings);
                break;
            case StorageProvider.Redis:
                silo.AddRedisGrainStorage(ActorGrain.StorageName, builder => builder.Configure<Serializer>((options, serializer) =>
                {
                    options.ConfigurationOptions = settings.StorageRedis;
                    options.DeleteStateOnClear = true; // A battle that is over leaves nothing.
                    options.GrainStorageSerializer = new OrleansGrainStorageSerializer(serializer);
                }));
                break;
            default:
                silo.AddMemoryGrainStorage(ActorGrain.StorageName, builder => builder.Configure<Serializer>((options, serializer) =>
                    options.GrainStorageSerializer = new OrleansGrainStorageSerializer(serializer)));
                break;
        }
    }
}
