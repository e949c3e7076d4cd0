using System.Net.Sockets;
using GameServer.Edge;
using GameServer.Standalone;
using GameServer.Standalone.Configuration;
using GameServer.Standalone.Loop;
using GameServer.Standalone.Storage;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Options;

if (args.Contains("--help"))
{
    Console.WriteLine(CommandLine.Help);
    return 0;
}

try
{
    CommandLine.Check(args);
    var builder = WebApplication.CreateBuilder(args);
    builder.Configuration.AddCommandLine(args, CommandLine.ShortNames);
    UseQuietDefaults(builder);
    var settings = Settings.Read(builder.Configuration);

    using IStore store = settings.Data is { } folder ? SqliteStore.Open(folder) : new MemoryStore();
    builder.Services.AddGameEdge(builder.Configuration);
    builder.Services.AddSingleton(services => new GameLoop(
        settings.Rules, store, new ActorFactory(settings.Rules, settings.Servers), services.GetRequiredService<IClientConnections>(), portMap: null,
        services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<GameLoop>>(), new()));
    builder.Services.AddSingleton<IGameHost>(services => services.GetRequiredService<GameLoop>());
    builder.Services.AddHostedService(services => services.GetRequiredService<GameLoop>());

    await using var app = builder.Build();
    app.MapGameEdge();
    UseInlineSockets(app.Services.GetRequiredService<IOptions<EdgeOptions>>().Value);

    await app.StartAsync();
    var kept = settings.Data is null ? "Nothing is kept (--data none)." : $"The game is kept in {Path.GetFullPath(settings.Data)}.";
    var pages = app.Urls.Select(url => url.Replace("//[::]:", "//localhost:", StringComparison.Ordinal).Replace("//0.0.0.0:", "//localhost:", StringComparison.Ordinal));
    Console.WriteLine($"Open {string.Join(" or ", pages)} in two windows to play. {kept} Ctrl-C stops it.");
    await app.WaitForShutdownAsync();
    if (app.Services.GetRequiredService<GameLoop>().LeftUnsaved)
        return 1;
    Console.WriteLine("Stopped; everything is saved.");
    return 0;
}
catch (Exception e) when (Explain(e) is { } why)
{
    Console.Error.WriteLine($"Cannot start: {why}");
    return 1;
}

// The framework's own chatter only from warnings on; whatever is configured still wins, because these come first.
static void UseQuietDefaults(WebApplicationBuilder builder)
{
    builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource
    {
        InitialData = new Dictionary<string, string?>
        {
            ["Logging:LogLevel:Default"] = "Information",
            ["Logging:LogLevel:Microsoft"] = "Warning",
            // Why a start failed is said once, below.
            ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "Critical",
        },
    });
    builder.Logging.AddSimpleConsole(console =>
    {
        console.SingleLine = true;
        console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        console.UseUtcTimestamp = true;
    });
    var configured = builder.Configuration;
    if (configured["urls"] is null && configured["http_ports"] is null && configured["https_ports"] is null
        && !configured.GetSection("Kestrel:Endpoints").Exists())
    {
        builder.WebHost.UseUrls("http://localhost:8080");
    }
}

// The other half of inline sockets: the runtime knows it by this variable alone, and reads it when the first socket is made. A completed
// read or write then goes on where it was noticed, without a hop to the thread pool; nothing the edge does there blocks.
static void UseInlineSockets(EdgeOptions options)
{
    const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
    if (options.InlineSockets && Environment.GetEnvironmentVariable(Variable) is null)
        Environment.SetEnvironmentVariable(Variable, "1");
}

// What went wrong, if it is something that the one who started the server can mend; else null, and the whole story is shown.
static string? Explain(Exception e) => e switch
{
    SettingsException or StoreException => e.Message,
    OptionsValidationException options => string.Join(Environment.NewLine, options.Failures),
    IOException { InnerException: AddressInUseException } => $"{e.Message} Choose another address with --urls http://localhost:PORT.",
    ArgumentOutOfRangeException { ParamName: "port" } => "A port in --urls is out of range; allowed are 0 to 65535.",
    SocketException or FormatException or InvalidDataException or IOException => e.Message,
    _ => null,
};
