using GameServer.Edge;
using GameServer.Game;
using GameServer.Hosting;
using GameServer.LocalAccelerator;
using GameServer.Settings;
using GameServer.Standalone;
using GameServer.Standalone.Loop;
using GameServer.Standalone.Storage;

return await StartUp.RunAsync(StandaloneProgram.Settings, args, async (builder, reader) =>
{
    var settings = EdgeSettings.Read(reader);
    var accelerator = reader.Read<LocalAcceleratorOptions>();
    var (rules, battleServers) = (settings.Game.Rules, settings.Game.BattleServers);
    var data = reader.Read<DataOptions>().Data is { Length: > 0 } set ? set : "data";
    reader.ThrowIfAnythingIsWrong();

    using IStore store = data == "none" ? new MemoryStore() : SqliteStore.Open(data);
    builder.Services.AddGameEdge(settings);
    LocalBattlePorts? battlePorts = null;
    builder.Services.AddSingleton(services => new GameLoop(
        rules, store, new ActorTypes(rules, battleServers), services.GetRequiredService<IClientConnections>(), battlePorts?.Map,
        services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<GameLoop>>(), new()));
    builder.Services.AddSingleton<IGameHost>(services => services.GetRequiredService<GameLoop>());
    builder.Services.AddHostedService(services => services.GetRequiredService<GameLoop>());

    await using var app = builder.Build();
    app.MapGameEdge(); // Before anything opens a socket: it decides how all of them work.
    await using var ports = battlePorts = rules.Modes.Values.Any(mode => mode.BattleServers)
        ? await LocalBattlePorts.StartAsync(accelerator, settings.Game, store, app.Services)
        : null;
    await app.StartAsync();
    var kept = data == "none" ? "Nothing is kept (--data none)." : $"The game is kept in {Path.GetFullPath(data)}.";
    var pages = app.Urls.Select(
        url => url.Replace("//[::]:", "//localhost:", StringComparison.Ordinal).Replace("//0.0.0.0:", "//localhost:", StringComparison.Ordinal));
    Console.WriteLine(
        $"Open {string.Join(" or ", pages)} in two windows to play. GameServer {ProgramSettings.Version}: {settings.AuthInWords}. "
        + $"{kept} Ctrl-C stops it.");
    await app.WaitForShutdownAsync();
    if (app.Services.GetRequiredService<GameLoop>().LeftUnsaved)
        return ExitCode.CannotGoOn;
    Console.WriteLine(data == "none" ? "Stopped." : "Stopped; everything is saved.");
    return ExitCode.Stopped;
});
