using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace GameServer.BattleServer.Tests;

/// <summary>One call the registry got.</summary>
internal sealed record Call(string Method, string Path, string Text, string? ApiKey)
{
    public JsonObject? Body { get; } = Text.Length > 0 ? JsonNode.Parse(Text)!.AsObject() : null;
}

/// <summary>A registry that notes each call and answers what it is told to.</summary>
internal sealed class FakeRegistry : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly Channel<Call> calls = Channel.CreateUnbounded<Call>();
    private readonly ConcurrentDictionary<int, string> battles = new();
    private readonly TaskCompletionSource registered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool tellsBattles;

    private FakeRegistry(WebApplication app) => this.app = app;

    public Uri Uri => new(app.Urls.First());

    public int Epoch { get; set; }

    /// <summary>Complete once a registration was taken.</summary>
    public Task Registered => registered.Task;

    public volatile string Command = "serve";

    /// <summary>The status of the next calls that <see cref="Fails"/>; 200 if there is none, and 0 breaks the connection.</summary>
    public ConcurrentQueue<int> Statuses { get; } = new();

    /// <summary>Which calls take from <see cref="Statuses"/>.</summary>
    public Func<Call, bool> Fails { get; set; } = _ => false;

    /// <summary>Holds an answer back: the call has been noted, and has had its effect.</summary>
    public Func<Call, Task> Holds { get; set; } = _ => Task.CompletedTask;

    public static async Task<FakeRegistry> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var registry = new FakeRegistry(app);
        app.Run(registry.AnswerAsync);
        await app.StartAsync();
        return registry;
    }

    /// <summary>The next call of a kind; others before it are passed over.</summary>
    public async Task<Call> NextAsync(string method, string end)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var call = await calls.Reader.ReadAsync(patience.Token);
            if (call.Method == method && call.Path.EndsWith(end, StringComparison.Ordinal))
                return call;
        }
    }

    /// <summary>Gives a port to a battle. From now on heartbeats are told all battles; before, they are told of none.</summary>
    public void Give(int port, string battle)
    {
        battles[port] = battle;
        tellsBattles = true;
    }

    /// <summary>No port has a battle.</summary>
    public void TakeAll()
    {
        battles.Clear();
        tellsBattles = true;
    }

    public Task<Call> RegisteredAsync() => NextAsync("PUT", "battle-servers/s1");

    public Task<Call> BeatAsync() => NextAsync("POST", "/heartbeat");

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var text = await reader.ReadToEndAsync();
        var call = new Call(
            context.Request.Method, context.Request.Path.Value!.TrimStart('/') + context.Request.QueryString, text, context.Request.Headers["X-Api-Key"]);
        var fails = Fails(call) && Statuses.TryDequeue(out var status) && status != 200 ? status : (int?)null;
        if (fails is null && call.Method == "PUT")
            Epoch++;
        if (fails is null && call.Method == "DELETE")
            Command = "drain";
        calls.Writer.TryWrite(call);
        await Holds(call);
        if (Epoch > 0)
            registered.TrySetResult();
        if (fails == 0)
        {
            context.Abort();
        }
        else if (fails is { } code)
        {
            context.Response.StatusCode = code;
            await context.Response.WriteAsJsonAsync(new { msg = "told to fail" });
        }
        else
        {
            var answer = new JsonObject { ["lease_seconds"] = 1, ["epoch"] = Epoch, ["command"] = Command };
            if (tellsBattles)
                answer["battles"] = new JsonObject(battles.Select(b => KeyValuePair.Create($"{b.Key}", (JsonNode?)b.Value)));
            await context.Response.WriteAsJsonAsync(answer);
        }
    }
}
