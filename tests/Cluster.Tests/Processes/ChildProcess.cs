using System.Diagnostics;
using GameServer.Behaviour;
using System.Runtime.InteropServices;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>A program as a process of its own, and what it says. Ended by its id when the test is over, however the test ends.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    /// <summary>How long anything that must happen may take: generous, because machines are busy.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private const int SigTerm = 15;
    private const int SigCont = 18;
    private const int SigStop = 19;

    private readonly Process process;
    private bool disposed;
    private readonly Lock gate = new();
    private readonly List<string> output = [];
    private readonly List<(string Text, TaskCompletionSource Said)> awaited = [];

    private ChildProcess(string name, Process process)
    {
        Name = name;
        this.process = process;
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Id = process.Id;
    }

    /// <summary>What it is, for messages.</summary>
    public string Name { get; }

    /// <summary>Its number.</summary>
    public int Id { get; }

    /// <summary>What it has said so far.</summary>
    public string Output
    {
        get
        {
            lock (gate)
                return string.Join(Environment.NewLine, output);
        }
    }

    public bool HasExited => process.HasExited;

    /// <summary>Its answer to whoever started it; only once it has ended.</summary>
    public int ExitCode => process.ExitCode;

    public static ChildProcess Start(string name, string program, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.Add(arguments);
        // A whole cluster shares this machine, and lives for a minute: one heap for each process, and no compiling for the long run.
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";
        return new(name, new() { StartInfo = start });
    }

    /// <summary>Waits until it has said a line with this text in it.</summary>
    public async Task SaysAsync(string text)
    {
        TaskCompletionSource said = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            if (output.Exists(line => line.Contains(text, StringComparison.Ordinal)))
                return;
            awaited.Add((text, said));
        }

        var ended = process.WaitForExitAsync();
        if (await Task.WhenAny(said.Task, ended, Task.Delay(Patience)) != said.Task)
            Assert.Fail($"{Name} {(ended.IsCompleted ? "ended" : "went on")} without saying '{text}':{Environment.NewLine}{Output}");
    }

    /// <summary>SIGKILL: no word to anybody.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and waits for the end. Gives its answer.</summary>
    public async Task<int> StopAsync()
    {
        Terminate();
        await process.WaitForExitAsync().WaitAsync(Patience);
        return process.ExitCode;
    }

    /// <summary>SIGTERM.</summary>
    public void Terminate() => _ = Kill(Id, SigTerm);

    /// <summary>SIGSTOP: it is there, takes connections, and does not do a thing.</summary>
    public void Freeze() => _ = Kill(Id, SigStop);

    /// <summary>SIGCONT: it goes on as if nothing had happened.</summary>
    public void Thaw() => _ = Kill(Id, SigCont);

    /// <summary>Waits for an end that comes by itself.</summary>
    public async Task<int> EndsAsync()
    {
        await process.WaitForExitAsync().WaitAsync(Patience);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, true))
            return; // By its test, before the cluster it was part of.
        if (!process.HasExited)
            await KillAsync();
        process.Dispose();
    }

    private void Hear(string? line)
    {
        if (line is null)
            return;
        lock (gate)
        {
            output.Add(line);
            awaited.RemoveAll(a => line.Contains(a.Text, StringComparison.Ordinal) && a.Said.TrySetResult());
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
