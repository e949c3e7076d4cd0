using System.Net;
using GameServer.Edge;
using GameServer.Gateway;
using GameServer.Grains.Abstractions;
using GameServer.Hosting;
using GameServer.Settings;
using Orleans.Configuration;

return await StartUp.RunAsync(GatewayProgram.Settings, args, async (builder, reader) =>
{
    var settings = EdgeSettings.Read(reader);
    var cluster = ClusterSettings.Read(reader);
    reader.ThrowIfAnythingIsWrong();
    var name = new GatewayName($"{Dns.GetHostName()}-{Guid.NewGuid():n}");

    builder.Services.AddSingleton(TimeProvider.System);
    builder.Services.AddSingleton(settings.Game.Rules);
    builder.Services.AddSingleton(name);
    builder.Services.AddGameEdge(settings, name.Value);
    builder.Services.Configure<HostOptions>(host =>
    {
        // HTTP answers at once, as not ready, while the cluster is still being waited for.
        host.ServicesStartConcurrently = true;
        host.ShutdownTimeout = TimeSpan.FromSeconds(60);
    });
    builder.UseOrleansClient(client =>
    {
        client.Configure<ClusterOptions>(options =>
        {
            options.ClusterId = cluster.Names.ClusterId;
            options.ServiceId = cluster.Names.ServiceId;
        });
        // A call into a silo that just died is answered by nobody; it is given up and made again (PlayerLink). A call that was made right
        // before the others noticed the death waits so long after that, so this is part of what a player waits at worst.
        client.Configure<ClientMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(1.5));
        // How soon a silo that has come is used.
        client.Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(5));
        client.UseConnectionRetryFilter<PatientConnection>();
        client.AddActivityPropagation();
        if (cluster.Certificates is { } certificates)
        {
            client.UseTls(options => ClusterTls.Apply(options, certificates));
            client.Services.AddSingleton(certificates);
            client.Services.AddHostedService<CertificateWatch>();
        }

        if (cluster.Redis is { } redis)
            client.UseRedisClustering(options => options.ConfigurationOptions = redis);
        else
            client.UseLocalhostClustering(cluster.Silo.GatewayPort, cluster.Names.ServiceId, cluster.Names.ClusterId);
    });
    builder.Services.AddSingleton<GatewayHost>();
    builder.Services.AddSingleton<IGameHost>(services => services.GetRequiredService<GatewayHost>());
    builder.Services.AddHostedService(services => services.GetRequiredService<GatewayHost>());
    builder.Services.AddSingleton<IClusterConnectionStatusObserver, ClusterChanges>();

    await StartUp.TryListeningAsync(GatewayProgram.Settings, args);
    await using var app = builder.Build();
    app.MapGameEdge();
    try
    {
        await app.StartAsync();
    }
    catch (Exception) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
    {
        Console.WriteLine("Stopped before a silo answered.");
        return ExitCode.Stopped;
    }

    Console.WriteLine(
        $"The game is at {string.Join(" and ", app.Urls)} : open it in two windows to play. "
        + $"GameServer {ProgramSettings.Version}: {settings.AuthInWords}. The silos keep the game, this gateway nothing. "
        + "Ctrl-C stops this gateway.");
    await app.WaitForShutdownAsync();
    Console.WriteLine("Stopped.");
    return ExitCode.Stopped;
});
