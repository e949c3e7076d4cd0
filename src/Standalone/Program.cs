using GameServer.Edge;
using GameServer.Game;
using GameServer.Settings;
using GameServer.Standalone;
using GameServer.Standalone.Loop;
using GameServer.Standalone.Storage;

if (args.Contains("--help"))
{
    Console.WriteLine(CommandLine.Help);
    return 0;
}

const string Url = "http://localhost:8080";
try
{
    if (await HealthCommand.RunAsync(args, Url) is { } health)
        return health;
    StartUp.CheckArguments(args, "data", "GameServer", "Auth");
    var builder = WebApplication.CreateBuilder(args);
    builder.Configuration.AddCommandLine(args, CommandLine.ShortNames);
    builder.UseQuietDefaults(Url);
    var settings = EdgeSettings.Read(builder.Configuration, alsoAllowed: ["Data", "LocalAccelerator"]);
    var accelerator = LocalAcceleratorSettings.Read(builder.Configuration.GetSection("GameServer:LocalAccelerator"));
    var data = builder.Configuration["GameServer:Data"] is { Length: > 0 } set ? set : "data";

    using IStore store = data == "none" ? new MemoryStore() : SqliteStore.Open(data);
    builder.Services.AddGameEdge(builder.Configuration);
    LocalBattlePorts? battlePorts = null;
    builder.Services.AddSingleton(services => new GameLoop(
        settings.Rules, store, new ActorTypes(settings.Rules, settings.BattleServers), services.GetRequiredService<IClientConnections>(), battlePorts?.Map,
        services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<GameLoop>>(), new()));
    builder.Services.AddSingleton<IGameHost>(services => services.GetRequiredService<GameLoop>());
    builder.Services.AddHostedService(services => services.GetRequiredService<GameLoop>());

    await using var app = builder.Build();
    app.MapGameEdge(); // Before anything opens a socket: it decides how all of them work.
    await using var ports = battlePorts = settings.Rules.Modes.Values.Any(mode => mode.BattleServers)
        ? await LocalBattlePorts.StartAsync(accelerator, settings, store, app.Services)
        : null;
    await app.StartAsync();
    var kept = data == "none" ? "Nothing is kept (--data none)." : $"The game is kept in {Path.GetFullPath(data)}.";
    var pages = app.Urls.Select(
        url => url.Replace("//[::]:", "//localhost:", StringComparison.Ordinal).Replace("//0.0.0.0:", "//localhost:", StringComparison.Ordinal));
    Console.WriteLine(
        $"Open {string.Join(" or ", pages)} in two windows to play. GameServer {StartUp.Version}: {EdgeSettings.DescribeAuth(app.Configuration)}. "
        + $"{kept} Ctrl-C stops it.");
    await app.WaitForShutdownAsync();
    if (app.Services.GetRequiredService<GameLoop>().LeftUnsaved)
        return 1;
    Console.WriteLine(data == "none" ? "Stopped." : "Stopped; everything is saved.");
    return 0;
}
catch (Exception e)
{
    return StartUp.Fail(e);
}
