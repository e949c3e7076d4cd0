using System.Diagnostics;

namespace GameServer.Deploy.Tests;

/// <summary>A test that runs the accelerator's function as it is, in Python with AWS's SDK. It is left out, by name, where one is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class Boto3FactAttribute : FactAttribute
{
    /// <summary>Looks for them.</summary>
    public Boto3FactAttribute() => Skip = HasBoto3() ? null : "Python 3 with boto3 is not installed.";

    private static bool HasBoto3()
    {
        if (Tool.Find("python3") is not { } python)
            return false;
        using var process = Process.Start(new ProcessStartInfo(python, ["-c", "import boto3"]) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
