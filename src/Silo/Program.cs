using System.Net;
using GameServer.Ecs;
using GameServer.Settings;
using GameServer.Silo;
using Orleans.Dashboard;

const string Url = "http://localhost:8081";
try
{
    if (await HealthCommand.RunAsync(args, Url) is { } health)
        return health;
    StartUp.CheckArguments(
        args, "GameServer", "Auth", "Silo", "Redis", "Storage", "DynamoDB", "Dashboard", "GlobalAccelerator", "Cluster", TaskAddress.Variable);
    var builder = WebApplication.CreateBuilder(args);
    builder.UseQuietDefaults(Url);
    var reader = new SectionReader();
    var game = GameSettings.Read(
        builder.Configuration, reader, alsoAllowed: ["Edge"], alsoAllowedForBattleServers: ["ApiKey", "TicketKey", "TicketLifetime"]);
    var settings = await SiloSettings.ReadAsync(builder.Configuration, reader);
    reader.ThrowIfAnythingIsWrong();

    // Longer than grains need to be put away, shorter than the 120 s after which ECS kills.
    builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(60));
    builder.Services.AddHealth();
    builder.UseOrleans(silo =>
    {
        silo.AddGame(game.Rules, game.BattleServers, services => PortMaps.Create(settings, services));
        silo.AddCluster(settings);
        silo.AddActivityPropagation();
        if (settings.DashboardPassword is not null)
            silo.AddDashboard(dashboard => dashboard.HideTrace = true);
    });

    await using var app = builder.Build();
    app.MapHealth();
    if (settings.DashboardPassword is { } password)
        app.MapOrleansDashboard("/dashboard").RequirePassword(password);
    await app.StartAsync();
    var state = settings.Storage switch
    {
        StorageProvider.DynamoDb => $"DynamoDB table {settings.DynamoDb.Table}",
        StorageProvider.Redis => "in Redis",
        _ => "in memory",
    };
    Console.WriteLine(
        $"The silo takes gateways on port {settings.Place.GatewayPort} and silos on port {settings.Place.Port} of "
        + $"{settings.AdvertisedAddress ?? IPAddress.Loopback}; "
        + $"its health is at {string.Join(" and ", app.Urls)}. "
        + $"GameServer {StartUp.Version}. Cluster: {(settings.Redis is null ? "this machine alone" : "by Redis")}. "
        + $"State: {state}. "
        + $"Connections to other silos and gateways: {(settings.Certificates is null ? "not protected" : "mutual TLS")}. Ctrl-C stops it.");
    await app.WaitForShutdownAsync();
    Console.WriteLine("Stopped.");
    return 0;
}
catch (Exception e)
{
    return StartUp.Fail(e, StartUp.Explain(e) ?? ClusterFailures.Explain(e));
}
