using System.Runtime.InteropServices;
using GameServer.LocalAccelerator;
using GameServer.Settings;
using Microsoft.Extensions.Logging;

var program = LocalAcceleratorProgram.Settings;
return await program.RunAsync(args, async () =>
{
    var reader = new SettingsReader(program.Configure(args), program);
    var options = reader.Read<ProgramOptions>();
    reader.ThrowIfAnythingIsWrong();
    using var loggers = LoggerFactory.Create(logging => logging.AddLines());
    var stop = new TaskCompletionSource();
    using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    await using var accelerator = await LocalAcceleratorServer.StartAsync(
        options.Applied, TimeProvider.System, loggers, CancellationToken.None);
    Console.WriteLine($"control API     {accelerator.ControlUri}");
    if (accelerator.EndpointGroupArn is { } group)
        Console.WriteLine($"endpoint group  {group}");
    await stop.Task;
    return ExitCode.Stopped;

    void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        stop.TrySetResult();
    }
}, askHealth: null, exception => exception is LocalAcceleratorException or ArgumentException or IOException ? exception.Message : null);
