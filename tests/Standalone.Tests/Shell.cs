using System.Diagnostics;
using GameServer.Behaviour;

namespace GameServer.Standalone.Tests;

/// <summary>A folder of its own for one test.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("game-server-test-").FullName;

    public string In(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>A child process that does not outlive its test.</summary>
internal sealed class Child : IDisposable
{
    private readonly Process process;

    public Child(string assembly, params ReadOnlySpan<string> arguments) : this(Start(assembly, arguments))
    {
    }

    private Child(ProcessStartInfo start) => process = Process.Start(start)!;

    public int Id => process.Id;

    public StreamReader Output => process.StandardOutput;

    public StreamReader Errors => process.StandardError;

    public async Task<int> ExitAsync()
    {
        await process.WaitForExitAsync().WaitAsync(LoopFixture.Patience);
        return process.ExitCode;
    }

    /// <summary>SIGKILL, and waits until the process is gone.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    public void Dispose()
    {
        if (!process.HasExited)
            Kill();
        process.Dispose();
    }

    private static ProcessStartInfo Start(string assembly, ReadOnlySpan<string> arguments)
    {
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Add([assembly, .. arguments]);
        return start;
    }
}

/// <summary>Commands of the system that some tests need.</summary>
internal static class Shell
{
    public static bool Run(string command, params ReadOnlySpan<string> arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(command, arguments.ToArray()) { RedirectStandardError = true, RedirectStandardOutput = true });
        process!.WaitForExit();
        return process.ExitCode == 0;
    }
}

/// <summary>A test that makes a folder immutable, for which it must be root on a file system that can.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ImmutableFolderFactAttribute : FactAttribute
{
    public ImmutableFolderFactAttribute()
    {
        using var folder = new TempFolder();
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess || !Shell.Run("chattr", "+i", folder.Path))
            Skip = "chattr +i is not possible here.";
        else
            Shell.Run("chattr", "-i", folder.Path);
    }
}

/// <summary>A test that mounts a small disk, which takes root.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SmallDiskFactAttribute : FactAttribute
{
    public SmallDiskFactAttribute()
    {
        using var folder = new TempFolder();
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess || !SmallDisk.TryMount(folder.Path, 1))
            Skip = "Mounting a tmpfs is not possible here.";
        else
            SmallDisk.Unmount(folder.Path);
    }
}

internal static class SmallDisk
{
    public static bool TryMount(string path, int megabytes) => Shell.Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", path);

    public static void Unmount(string path) => Shell.Run("umount", path);
}
