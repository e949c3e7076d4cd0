using System.Net.WebSockets;
using GameServer.Game;
using GameServer.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GameServer.Edge.Tests;

/// <summary>The edge on a real port, around a <see cref="FakeHost"/>.</summary>
public sealed class EdgeServer : IAsyncDisposable
{
    private static readonly ProgramSettings Program = new("Edge", "The edge alone.", EdgeSettings.Sections);

    private EdgeServer(WebApplication app, FakeHost host, RecordedLog log)
    {
        App = app;
        Host = host;
        Log = log;
        Port = new Uri(app.Urls.First()).Port;
        Http = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new($"http://127.0.0.1:{Port}") };
    }

    public WebApplication App { get; }

    public FakeHost Host { get; }

    public RecordedLog Log { get; }

    public int Port { get; }

    public HttpClient Http { get; }

    internal ConnectionTable Connections => App.Services.GetRequiredService<ConnectionTable>();

    public static async Task<EdgeServer> StartAsync(FakeHost? host = null, params string[] settings)
    {
        host ??= new();
        var builder = WebApplication.CreateSlimBuilder();
        RecordedLog log = new();
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Debug);
        Dictionary<string, string?> values = new() { ["GameServer:Edge:StatsCacheTime"] = "00:00:00" };
        foreach (var setting in settings)
            values[setting.Split('=', 2)[0]] = setting.Split('=', 2)[1];
        builder.Configuration.AddInMemoryCollection(values);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<IGameHost>(host);
        SettingsReader reader = new(builder.Configuration, Program);
        var edge = EdgeSettings.Read(reader);
        reader.ThrowIfAnythingIsWrong();
        builder.Services.AddGameEdge(edge);
        var app = builder.Build();
        app.MapGameEdge();
        var connections = app.Services.GetRequiredService<IClientConnections>();
        host.OnHandled = request => connections.Handled(request.Connection);
        await app.StartAsync();
        return new(app, host, log);
    }

    /// <summary>Connects; the edge has told the host when it returns.</summary>
    public async Task<(Client Client, Connect Connect)> ConnectAsync(string query = "?user_id=alice", bool v2 = true, string path = "/ws")
    {
        var client = await Client.OpenAsync(new($"ws://127.0.0.1:{Port}{path}{query}"), v2);
        var (_, connect) = await Host.NextAsync<Connect>();
        return (client, connect);
    }

    /// <summary>Tries to connect and gives the status it was refused with.</summary>
    public async Task<int> RefusedAsync(string query, bool v2 = true, Action<ClientWebSocketOptions>? options = null)
    {
        using ClientWebSocket socket = new();
        socket.Options.CollectHttpResponseDetails = true;
        if (v2)
            socket.Options.AddSubProtocol("gameserver.v2");
        options?.Invoke(socket.Options);
        using CancellationTokenSource patience = new(Wait.Patience);
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new($"ws://127.0.0.1:{Port}/ws{query}"), patience.Token));
        return (int)socket.HttpStatusCode;
    }

    public void Push(Connect connect, long seq, Push push, bool confirm = false) =>
        Connections.Deliver(connect.Connection, new PushFrame(seq, push, confirm));

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await App.StopAsync();
        await App.DisposeAsync();
    }
}
