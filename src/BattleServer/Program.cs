using GameServer.BattleServer;
using GameServer.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

var program = BattleServerProgram.Settings;
return await program.RunAsync(args, async () =>
{
    var options = BattleServerOptions.Read(new(program.Configure(args), program));
    var builder = Host.CreateEmptyApplicationBuilder(null);
    builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
    builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainLimit + TimeSpan.FromSeconds(15));
    builder.Services.AddBattleServer(options);
    await builder.Build().RunAsync();
    return ExitCode.Stopped;
}, exception => exception is IOException ? exception.Message : null);
