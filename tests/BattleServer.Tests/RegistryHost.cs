using System.Threading.Channels;
using GameServer.CustomRouting;
using GameServer.Edge;
using GameServer.Game;
using GameServer.LocalAccelerator;
using GameServer.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace GameServer.BattleServer.Tests;

/// <summary>
/// The real edge around the real registry, whose port map is a real local accelerator; only the rooms are played by the test.
/// </summary>
internal sealed class RegistryHost : IGameHost, IAsyncDisposable
{
    public const string Subnet = "subnet-local";
    public const string ApiKey = "the api key of the tests";

    private readonly Lock gate = new();
    private readonly BattleServerRegistry registry = new(
        "default", new() { Lease = TimeSpan.FromSeconds(6), DeadAfter = TimeSpan.FromSeconds(6) });
    private readonly Effects effects = new();
    private readonly Channel<Message> rooms = Channel.CreateUnbounded<Message>();
    private readonly Channel<BattleReported> reports = Channel.CreateUnbounded<BattleReported>();
    private readonly CancellationTokenSource stopping = new();
    private readonly LocalAcceleratorServer accelerator;
    private readonly CustomRoutingPortMap portMap;
    private WebApplication? app;
    private Task waking = Task.CompletedTask;

    private RegistryHost(LocalAcceleratorServer accelerator)
    {
        this.accelerator = accelerator;
        portMap = LocalPortMap.Of(accelerator, TimeProvider.System, NullLoggerFactory.Instance);
    }

    public GameRules Rules { get; } = new();

    public bool Ready => true;

    public string Url => app!.Urls.First();

    public static async Task<RegistryHost> StartAsync(string cidr, (int From, int To) ports)
    {
        var host = new RegistryHost(await AcceleratorAsync(cidr, ports));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["GameServer:BattleServers:ApiKey"] = ApiKey, ["GameServer:BattleServers:TicketKey"] = ServerUnderTest.TicketKey,
        });
        builder.Services.AddSingleton<IGameHost>(host);
        builder.Services.AddGameEdge(EdgeSettings.Read(new(builder.Configuration, new ProgramSettings("Registry", "", EdgeSettings.Sections))));
        host.app = builder.Build();
        host.app.MapGameEdge();
        await host.app.StartAsync();
        host.waking = host.WakeAsync();
        return host;
    }

    /// <summary>A room's message to the registry.</summary>
    public void Tell(Message message) => Handle(message);

    /// <summary>The next that a room is told.</summary>
    public async Task<Message> RoomToldAsync() => await rooms.Reader.ReadAsync().AsTask().WaitAsync(ServerUnderTest.Patience);

    public RegistryStatus Status() => (RegistryStatus)Handle(new GetServers())!;

    /// <summary>The next that a room is told by a battle server.</summary>
    public async Task<BattleReported> ReportedAsync() => await reports.Reader.ReadAsync().AsTask().WaitAsync(ServerUnderTest.Patience);

    public ValueTask<TAnswer> AskAsync<TAnswer>(ActorId to, Question<TAnswer> question, CancellationToken cancellationToken)
    {
        if (question is not BattleReported reported)
            return ValueTask.FromResult((TAnswer)Handle(question)!);
        reports.Writer.TryWrite(reported);
        return ValueTask.FromResult((TAnswer)(object)new ReportAnswer(200));
    }

    public ValueTask TellAsync(string userId, Message message, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<IReadOnlyDictionary<string, double>> StatsAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyDictionary<string, double>>(new Dictionary<string, double>());

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await waking;
        await app!.DisposeAsync();
        await accelerator.DisposeAsync();
        stopping.Dispose();
    }

    private static async Task<LocalAcceleratorServer> AcceleratorAsync(string cidr, (int From, int To) destinationPorts)
    {
        for (var attempt = 0; ; attempt++)
        {
            var from = Random.Shared.Next(100, 310) * 100;
            try
            {
                return await LocalAcceleratorServer.StartAsync(new()
                {
                    Subnets = new Dictionary<string, string> { [Subnet] = cidr }, ListenerPorts = (from, from + 99), DestinationPorts = destinationPorts,
                    TrafficDelay = TimeSpan.FromMilliseconds(200), DeployDelay = TimeSpan.FromMilliseconds(300),
                }, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
            }
            catch (LocalAcceleratorException taken) when (taken.Type == "InvalidPortRangeException" && attempt < 50)
            {
                // Another program has a port in that range: try the next.
            }
        }
    }

    private object? Handle(Message message)
    {
        lock (gate)
        {
            effects.Clear();
            registry.Handle(message, TimeProvider.System.GetUtcNow(), effects);
            foreach (var call in effects.Calls)
                _ = CarryOutAsync(call);
            foreach (var envelope in effects.Messages)
                rooms.Writer.TryWrite(envelope.Message);
            return effects.Answer;
        }
    }

    private async Task CarryOutAsync(ExternalCall call)
    {
        // The registry is in the middle of a message; its answer comes after that.
        await Task.Yield();
        try
        {
            Message? answer = call switch
            {
                MapPorts map => await portMap.MapAsync(map, stopping.Token),
                ClosePorts close => await portMap.CloseAsync(close, stopping.Token),
                _ => null,
            };
            if (answer is not null)
                Handle(answer);
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task WakeAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            await Task.Delay(50).WaitAsync(ServerUnderTest.Patience);
            Handle(new Wake());
        }
    }
}
