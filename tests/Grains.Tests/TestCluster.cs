using System.Collections.Concurrent;
using GameServer.Game;
using GameServer.Grains.Abstractions;
using GameServer.Silo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Storage;
using Orleans.TestingHost;

namespace GameServer.Grains.Tests;

/// <summary>Two silos in this process, the product's own set-up, and a gateway that only listens.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly InProcessTestCluster cluster;
    private readonly Listener listener = new();
    private IGatewayObserver gateway = null!;

    private TestCluster(GameRules rules)
    {
        var builder = new InProcessTestClusterBuilder(2);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddGame(rules, new(), _ => Ports);
            silo.Services.AddSingleton<IBusyList>(Busy);
            silo.Services.AddSingleton<TimeProvider>(Time);
            silo.Services.AddKeyedSingleton<IGrainStorage>(ActorGrain.StorageName, Storage);
            silo.AddIncomingGrainCallFilter(context => Filter(context));
            silo.Services.AddSingleton<ILoggerProvider>(Log);
        });
        cluster = builder.Build();
    }

    public TestStorage Storage { get; } = new();

    /// <summary>The clocks of the machine that the silos are on.</summary>
    public SettableTime Time { get; } = new();

    /// <summary>Outlives the silos, as Redis does.</summary>
    public TestBusyList Busy { get; } = new();

    /// <summary>The way to battle servers.</summary>
    public TestPortMap Ports { get; } = new();

    /// <summary>What the silos log, from information on.</summary>
    public TestLog Log { get; } = new();

    /// <summary>Why silos are not ready.</summary>
    public IEnumerable<string> Problems => Each<FailingActors>().Select(failing => failing.Problem).OfType<string>();

    /// <summary>A count, over all silos.</summary>
    public double Count(string name) => Each<SiloCounters>().Sum(counters => counters.Snapshot().GetValueOrDefault(name));

    /// <summary>Around each call that a silo takes.</summary>
    public Func<IIncomingGrainCallContext, Task> Filter { get; set; } = context => context.Invoke();

    public InProcessTestCluster Orleans => cluster;

    public static async Task<TestCluster> StartAsync(GameRules? rules = null)
    {
        var cluster = new TestCluster(rules ?? new());
        await cluster.cluster.DeployAsync();
        cluster.gateway = cluster.cluster.Client.CreateObjectReference<IGatewayObserver>(cluster.listener);
        return cluster;
    }

    public IBattleServerRegistryGrain Registry => cluster.Client.GetGrain<IBattleServerRegistryGrain>("default");

    public IRoomGrain Room(string battle) => cluster.Client.GetGrain<IRoomGrain>(battle);

    public IPlayerGrain Player(string user) => cluster.Client.GetGrain<IPlayerGrain>(user);

    public static GrainId Matchmaker(IGrainFactory grains) => grains.GetGrain<IMatchmakerGrain>("default").GetGrainId();

    public GrainId MatchmakerId => Matchmaker(cluster.Client);

    /// <summary>The connections that the silos watch now.</summary>
    public IEnumerable<ConnectionId> Watched => Each<GatewayWatch>().SelectMany(watch => watch.Watched);

    /// <summary>The gateway says that it is gone.</summary>
    public ValueTask LoseGatewayAsync() => cluster.Client.GetGrain<IGatewayLeaseGrain>("test").Release();

    /// <summary>Connects a player, as a gateway does.</summary>
    public async Task<TestPlayer> ConnectAsync(string user, bool again = false)
    {
        var player = new TestPlayer(Player(user), listener, listener.NumberOf(user));
        await player.ConnectAsync(gateway, again);
        return player;
    }

    public IEnumerable<GrainId> RoomsStored => Storage.Rows.Where(grain => grain.Type.ToString() == "room");

    /// <summary>Waits until something is so that no event tells.</summary>
    public static async Task UntilAsync(Func<bool> holds)
    {
        using var late = new CancellationTokenSource(Patience);
        while (!holds())
            await Task.Delay(20, late.Token);
    }

    /// <summary>Asks until there is an answer: an activation that is being put away, or whose silo was lost, has none.</summary>
    public static async Task<T> PatientlyAsync<T>(Func<Task<T>> call)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                return await call();
            }
            catch (Exception exception) when (tries < 100 && exception is OrleansException or TimeoutException)
            {
                await Task.Delay(100);
            }
        }
    }

    private IEnumerable<T> Each<T>()
        where T : notnull => cluster.Silos.Select(silo => cluster.GetSiloServiceProvider(silo.SiloAddress).GetRequiredService<T>());

    /// <summary>Kills the silo that a grain is on.</summary>
    public async Task KillSiloOfAsync(IAddressable grain)
    {
        var place = await cluster.Client.GetGrain<IManagementGrain>(0).GetActivationAddress(grain);
        await cluster.KillSiloAsync(cluster.Silos.First(silo => silo.SiloAddress.Equals(place)));
    }

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    /// <summary>The gateway's end.</summary>
    internal sealed class Listener : IGatewayObserver
    {
        private readonly ConcurrentDictionary<string, long> numbers = [];
        private readonly Dictionary<long, List<ClientMail>> frames = [];
        private TaskCompletionSource news = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long NumberOf(string user) => numbers.GetOrAdd(user, _ => numbers.Count + 1);

        public ValueTask Deliver(ClientMail[] mails)
        {
            lock (frames)
            {
                foreach (var mail in mails)
                {
                    if (!frames.TryGetValue(mail.Connection, out var list))
                        frames[mail.Connection] = list = [];
                    list.Add(mail);
                }

                news.SetResult();
                news = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            return ValueTask.CompletedTask;
        }

        public string[] Seen(long connection)
        {
            lock (frames)
                return [.. frames.GetValueOrDefault(connection, []).Select(Show)];
        }

        public async Task UntilAsync(long connection, string frame)
        {
            while (true)
            {
                Task more;
                lock (frames)
                {
                    if (frames.GetValueOrDefault(connection, []).Exists(mail => Show(mail) == frame))
                        return;
                    more = news.Task;
                }

                await more.WaitAsync(Patience);
            }
        }

        private static string Show(ClientMail mail) => mail.ToFrame() switch
        {
            PushFrame push => $"{push.Push.Kind} {push.Push.Text ?? $"{push.Push.Number}"}",
            OkFrame ok => $"Ok {ok.Id.Json}",
            ErrorFrame error => $"Error {error.Error.Code}",
            var frame => frame.GetType().Name,
        };
    }
}

/// <summary>One connected player.</summary>
internal sealed class TestPlayer(IPlayerGrain grain, TestCluster.Listener listener, long number)
{
    private readonly ConnectionId connection = new("test", number);
    private long requests;

    public IPlayerGrain Grain => grain;

    public string[] Seen => listener.Seen(number);

    public ValueTask ConnectAsync(IGatewayObserver gateway, bool again) =>
        grain.Connect(new(connection, 1, "token", null, again ? 0 : null, null, Guest: false, again, Attempt: 1, Registration: null), gateway);

    public ValueTask<bool> JoinAsync() => grain.JoinRoom(Head(), null);

    public ValueTask<bool> ScoreAsync(int score) => grain.SyncScore(Head(), score);

    public ValueTask<bool> AttackAsync() => grain.Attack(Head(), null);

    public ValueTask<bool> DieAsync() => grain.Die(Head());

    public Task UntilAsync(string frame) => listener.UntilAsync(number, frame);

    public ValueTask DisconnectAsync() => grain.Disconnect(connection, null, null);

    /// <summary>A connection that is attached again goes on counting.</summary>
    public void SkipRequests(int count) => requests += count;

    private RequestHead Head() => new(connection, null, ++requests, Seen: 0, Again: false, Content: 0);
}
