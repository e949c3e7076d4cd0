using System.Diagnostics;

namespace GameServer.Deploy.Tests;

/// <summary>A program run to its end.</summary>
internal static class ProgramRun
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>Runs it, and answers its exit code and all it said.</summary>
    /// <param name="program">Its project, such as <c>Silo</c>.</param>
    /// <param name="environment">What is set in its environment.</param>
    /// <param name="arguments">Its arguments.</param>
    public static async Task<(int ExitCode, string Said)> ToEndAsync(
        string program, IReadOnlyDictionary<string, string> environment, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new("dotnet", [Repository.Program(program), .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (said, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.WaitForExitAsync().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            process.Kill();
            Assert.Fail($"{program} went on:{Environment.NewLine}{await said}{await errors}");
        }

        return (process.ExitCode, await said + await errors);
    }
}
