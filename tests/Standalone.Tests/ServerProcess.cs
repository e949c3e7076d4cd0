using System.Text;
using System.Text.RegularExpressions;
using GameServer.Standalone.Loop;

namespace GameServer.Standalone.Tests;

/// <summary>The real program in a process of its own, on a free port of this machine.</summary>
internal sealed partial class ServerProcess : IDisposable
{
    private readonly Child child;

    // Read all the time: a process whose output nobody reads stops at the first full pipe.
    private readonly Task<string> output;
    private readonly Task<string> errors;

    private ServerProcess(Child child, Uri address, string startLine)
    {
        this.child = child;
        Address = address;
        StartLine = startLine;
        output = child.Output.ReadToEndAsync();
        errors = child.Errors.ReadToEndAsync();
    }

    public static string Assembly => typeof(GameLoop).Assembly.Location;

    public Uri Address { get; }

    /// <summary>What it said when it had started.</summary>
    public string StartLine { get; }

    /// <summary>The first of a hundred ports for a local accelerator, below those that the system gives to outgoing connections.</summary>
    public static int AcceleratorPorts() => Random.Shared.Next(200, 320) * 100;

    public static async Task<ServerProcess> StartAsync(string data, params string[] settings)
    {
        var child = new Child(Assembly, ["--urls", "http://127.0.0.1:0", "--data", data, .. settings]);
        var lines = new StringBuilder();
        while (await child.Output.ReadLineAsync().WaitAsync(LoopFixture.Patience) is { } line)
        {
            lines.AppendLine(line);
            if (OpenLine().Match(line) is { Success: true } match)
                return new(child, new Uri(match.Groups[1].Value), line);
        }

        var why = await child.Errors.ReadToEndAsync();
        child.Dispose();
        throw new InvalidOperationException($"The server did not start: {lines}{why}");
    }

    public Task<HttpClientAnswer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, json: null);

    public Task<HttpClientAnswer> PostAsync(string path, string json) => SendAsync(HttpMethod.Post, path, json);

    public Task<HttpClientAnswer> PutAsync(string path, string json) => SendAsync(HttpMethod.Put, path, json);

    public void Kill() => child.Kill();

    /// <summary>SIGTERM.</summary>
    public async Task<(int ExitCode, string Output)> StopAsync()
    {
        Assert.True(Shell.Run("kill", "-TERM", $"{child.Id}"));
        var exitCode = await child.ExitAsync();
        return (exitCode, await output + await errors);
    }

    public void Dispose() => child.Dispose();

    private async Task<HttpClientAnswer> SendAsync(HttpMethod method, string path, string? json)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(method, new Uri(Address, path));
        request.Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await http.SendAsync(request).WaitAsync(LoopFixture.Patience);
        return new((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    [GeneratedRegex("^Open (http://[0-9a-z.:]+)")]
    private static partial Regex OpenLine();
}

internal readonly record struct HttpClientAnswer(int Status, string Body);
