using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace GameServer.BattleServer.Tests;

/// <summary>One call the registry got.</summary>
internal sealed record Call(string Method, string Path, JsonObject? Body, string? ApiKey);

/// <summary>A registry that notes each call and answers what it is told to.</summary>
internal sealed class FakeRegistry : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly Channel<Call> calls = Channel.CreateUnbounded<Call>();
    private readonly ConcurrentDictionary<int, string> battles = new();
    private volatile bool tellsBattles;

    private FakeRegistry(WebApplication app) => this.app = app;

    public Uri Uri => new(app.Urls.First());

    public int Epoch { get; set; }

    public volatile string Command = "serve";

    /// <summary>The status of the next calls, by method and end of the path; 200 if there is none.</summary>
    public ConcurrentQueue<int> Statuses { get; } = new();

    /// <summary>Which calls take from <see cref="Statuses"/>.</summary>
    public Func<Call, bool> Fails { get; set; } = _ => false;

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
        var call = new Call(context.Request.Method, context.Request.Path.Value!.TrimStart('/'), text.Length > 0 ? JsonNode.Parse(text)!.AsObject() : null,
            context.Request.Headers["X-Api-Key"]);
        if (Fails(call) && Statuses.TryDequeue(out var status) && status != 200)
        {
            context.Response.StatusCode = status;
            await context.Response.WriteAsJsonAsync(new { msg = "told to fail" });
        }
        else
        {
            if (call.Method == "PUT")
                Epoch++;
            if (call.Method == "DELETE")
                Command = "drain";
            var answer = new JsonObject { ["lease_seconds"] = 1, ["epoch"] = Epoch, ["command"] = Command };
            if (tellsBattles)
                answer["battles"] = new JsonObject(battles.Select(b => KeyValuePair.Create($"{b.Key}", (JsonNode?)b.Value)));
            await context.Response.WriteAsJsonAsync(answer);
        }
        calls.Writer.TryWrite(call);
    }
}
