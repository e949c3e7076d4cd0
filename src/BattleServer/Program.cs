using GameServer.BattleServer;
using GameServer.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

var program = BattleServerProgram.Settings;
return await program.RunAsync(args, async () =>
{
    var options = await ReadAsync(args);
    var builder = Host.CreateEmptyApplicationBuilder(null);
    builder.Logging.AddLines();
    builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainLimit + TimeSpan.FromSeconds(15));
    builder.Services.AddBattleServer(options);
    await builder.Build().RunAsync();
    return ExitCode.Stopped;
}, async arguments => await HealthCommand.RunAsync(await ReadAsync(arguments)), exception => exception is IOException ? exception.Message : null);

Task<BattleServerOptions> ReadAsync(string[] arguments) => BattleServerOptions.ReadAsync(new(program.Configure(arguments), program));
