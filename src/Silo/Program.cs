using System.Net;
using GameServer.Hosting;
using GameServer.Settings;
using GameServer.Silo;
using Orleans.Dashboard;

return await StartUp.RunAsync(SiloProgram.Settings, args, async (builder, reader) =>
{
    var game = GameSettings.Read(reader);
    var settings = await SiloSettings.ReadAsync(reader);
    reader.ThrowIfAnythingIsWrong();

    // Longer than grains need to be put away, shorter than the 120 s after which ECS kills.
    builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(60));
    builder.Services.AddHealth();
    builder.UseOrleans(silo =>
    {
        silo.AddGame(game.Rules, game.BattleServers, settings.CreatePortMap);
        silo.AddCluster(settings);
        silo.AddActivityPropagation();
        if (settings.Dashboard.Password is { Length: > 0 })
            silo.AddDashboard(dashboard => dashboard.HideTrace = true);
    });

    await using var app = builder.Build();
    app.MapHealth();
    if (settings.Dashboard.Password is { Length: > 0 } password)
        app.MapOrleansDashboard("/dashboard").RequirePassword(password);
    await app.StartAsync();
    var state = settings.Storage switch
    {
        StorageProvider.DynamoDb => $"DynamoDB table {settings.DynamoDb.Table}",
        StorageProvider.Redis => "in Redis",
        _ => "in memory",
    };
    Console.WriteLine(
        $"The silo takes gateways on port {settings.Cluster.Silo.GatewayPort} and silos on port {settings.Cluster.Silo.Port} of "
        + $"{settings.AdvertisedAddress ?? IPAddress.Loopback}; "
        + $"its health is at {string.Join(" and ", app.Urls)}. "
        + $"GameServer {ProgramSettings.Version}. Cluster: {(settings.Cluster.Redis is null ? "this machine alone" : "by Redis")}. "
        + $"State: {state}. "
        + $"Connections to other silos and gateways: {(settings.Cluster.Certificates is null ? "not protected" : "mutual TLS")}. Ctrl-C stops it.");
    await app.WaitForShutdownAsync();
    Console.WriteLine("Stopped.");
    return ExitCode.Stopped;
}, ClusterFailures.Explain);
