using System.Diagnostics;
using GameServer.BattleServer;
using GameServer.Gateway;
using GameServer.LocalAccelerator;
using GameServer.Silo;
using GameServer.Standalone;

namespace GameServer.Settings.Tests;

/// <summary>The programs of the project.</summary>
public static class Programs
{
    public static readonly ProgramSettings[] All =
    [
        StandaloneProgram.Settings, SiloProgram.Settings, GatewayProgram.Settings, BattleServerProgram.Settings, LocalAcceleratorProgram.Settings,
    ];

    public static TheoryData<string> Names => [.. All.Select(program => program.Name)];

    public static ProgramSettings Of(string name) => All.Single(program => program.Name == name);

    /// <summary>The repository that the tests were built in.</summary>
    public static string Repository =>
        AppContext.BaseDirectory[..AppContext.BaseDirectory.LastIndexOf("/tests/Settings.Tests/", StringComparison.Ordinal)];

    /// <summary>Runs a program, as it was built, until it ends.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string name, params string[] arguments)
    {
        // Where it was built: beside the tests it would lack what they take from another framework.
        var built = AppContext.BaseDirectory.Replace("/tests/Settings.Tests/", $"/src/{name}/", StringComparison.Ordinal);
        ProcessStartInfo start = new("dotnet", [Path.Combine(built, $"GameServer.{name}.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
            return (process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }
}
