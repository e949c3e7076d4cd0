using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace GameServer.Browser.Tests;

/// <summary>The real server, a process of its own with a folder of its own.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("gameserver-browser-").FullName;
    private readonly ConcurrentQueue<string> output = new();
    private readonly string[] settings;
    private Process? process;

    private ServerProcess(int port, string[] settings) => (Port, this.settings) = (port, settings);

    /// <summary>Where it listens, over restarts too.</summary>
    public int Port { get; }

    /// <summary>What it has said so far.</summary>
    public string Output => string.Join(Environment.NewLine, output);

    /// <summary>Starts it and waits until it is ready.</summary>
    public static async Task<ServerProcess> StartAsync(params string[] settings)
    {
        using TcpListener free = new(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        ServerProcess server = new(port, settings);
        try
        {
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Kills it without a word (SIGKILL).</summary>
    public async Task KillAsync()
    {
        process!.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Starts it with the same port and folder.</summary>
    public async Task StartAgainAsync()
    {
        TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ProcessStartInfo start = new("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}");
        string[] arguments =
        [
            Chromium.Place("Server"), "--urls", address, "--data", Path.Combine(folder, "data"), .. settings,
        ];
        foreach (var argument in arguments)
        {
            // Programs refuse secrets as arguments.
            if (argument.StartsWith("env:", StringComparison.Ordinal) && argument[4..].Split('=', 2) is [var name, var value])
                start.Environment[name] = value;
            else
                start.ArgumentList.Add(argument);
        }

        process = new() { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.Exited += (_, _) =>
            ready.TrySetException(new InvalidOperationException($"The server did not start:{Environment.NewLine}{Output}"));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await ready.Task.WaitAsync(TimeSpan.FromSeconds(60));

        void Hear(string? line)
        {
            if (line is null)
                return;
            output.Enqueue(line);
            if (line.Contains(address, StringComparison.Ordinal))
                ready.TrySetResult(); // It says where it is as soon as it listens.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
            await KillAsync();
        process?.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
