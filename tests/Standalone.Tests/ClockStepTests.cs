using System.Globalization;
using GameServer.Game;
using GameServer.Standalone.Loop;
using GameServer.Standalone.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace GameServer.Standalone.Tests;

/// <summary>The game, on the loop, while somebody sets the machine's clock.</summary>
public sealed class ClockStepTests : IAsyncDisposable
{
    private static readonly ConnectionId Alice = new("", 1);
    private static readonly ConnectionId Bob = new("", 2);

    private readonly ManualTime time = new();
    private readonly Frames frames = new();
    private readonly MemoryStore store = new();
    private readonly GameRules rules = new()
    {
        Modes = new Dictionary<string, ModeRules>
        {
            ["default"] = new() { FreezeTime = TimeSpan.FromSeconds(2), BattleGrace = TimeSpan.FromSeconds(3), BattleLimit = TimeSpan.FromHours(1) },
        },
    };

    private GameLoop loop = null!;

    public static TheoryData<int> Steps => [10, -10, 60, -20, 3700];

    public async ValueTask DisposeAsync() => await StopAsync();

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_freeze_and_a_grace_last_as_long_as_they_should(int step)
    {
        await StartAsync();
        await FightAsync();
        await AskAsync("alice", Alice, new Attack(null));
        await NextAsync(Bob, "Attacked");
        Step(step);
        await AskAsync("bob", Bob, new SyncScore(1));
        Assert.InRange(int.Parse((await NextErrorAsync(Bob)).Split(' ')[5], CultureInfo.InvariantCulture), 1, 2000);
        Pass(seconds: 2.2);
        await AskAsync("bob", Bob, new SyncScore(2));
        await NextAsync(Alice, "PlayerSyncScore");

        await loop.TellAsync("bob", new Disconnect(Bob), CancellationToken.None);
        await NextAsync(Alice, "PeerDisconnected");
        Step(-step);
        Pass(seconds: 2.5);
        Assert.False(await IsOverAsync());
        Pass(seconds: 0.7);
        await NextAsync(Alice, "PlayerDied");
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_battle_is_not_settled_before_its_time_also_if_the_process_was_started_again_since(int step)
    {
        await StartAsync();
        await FightAsync();
        Step(step);
        Pass(seconds: 1.2); // The loop looks at the clock once a second; nothing else happens.
        await loop.AskAsync(new(ActorKind.Player, "nobody"), new GetRecord(), CancellationToken.None);
        await StopAsync();
        Pass(seconds: 1);
        await StartAsync();
        await loop.TellAsync("alice", Connect(new("", 3)), CancellationToken.None);
        await NextAsync(new("", 3), "PeerPlayerId");
        Pass(seconds: 1);
        Assert.False(await IsOverAsync());
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_battle_server_that_sends_its_heartbeats_stays_alive(int step)
    {
        await StartAsync();
        var registry = new ActorId(ActorKind.BattleServerRegistry, "default");
        var registered = await loop.AskAsync(registry, new RegisterServer("s", "subnet", "10.0.0.1", [1]), CancellationToken.None);
        Step(step);
        for (var beat = 0; beat < 3; beat++)
        {
            Pass(seconds: 5);
            var answer = await loop.AskAsync(
                registry, new ServerHeartbeat("s", registered.Epoch, new Dictionary<int, int> { [1] = 0 }), CancellationToken.None);
            Assert.Equal(registered.Epoch, answer.Epoch);
        }

        Assert.Equal(0, (await loop.StatsAsync(CancellationToken.None)).GetValueOrDefault(GameEvent.ServerDead));
    }

    private async Task StartAsync()
    {
        loop = new(
            rules, store, new ActorTypes(rules, new()), frames, portMap: null, time, NullLogger<GameLoop>.Instance, new());
        await loop.StartAsync(CancellationToken.None).WaitAsync(LoopFixture.Patience);
    }

    private async Task StopAsync()
    {
        await loop.StopAsync(CancellationToken.None).WaitAsync(LoopFixture.Patience);
        loop.Dispose();
    }

    private async Task FightAsync()
    {
        foreach (var (user, connection) in new[] { ("alice", Alice), ("bob", Bob) })
        {
            await loop.TellAsync(user, Connect(connection), CancellationToken.None);
            await AskAsync(user, connection, new JoinRoom(null));
        }

        await NextAsync(Bob, "PeerPlayerId");
    }

    private void Step(int seconds) => time.Step(TimeSpan.FromSeconds(seconds));

    /// <summary>Time passes a little at a time, as it does.</summary>
    private void Pass(double seconds)
    {
        for (var left = TimeSpan.FromSeconds(seconds); left > TimeSpan.Zero; left -= TimeSpan.FromMilliseconds(100))
            time.Advance(TimeSpan.FromMilliseconds(100));
    }

    private static Connect Connect(ConnectionId connection) =>
        new(connection, ProtocolVersion.V2, $"token{connection.Number}", Resume: null, LastSeq: null, LastScore: null, Guest: false);

    private ValueTask AskAsync(string user, ConnectionId connection, ClientAction action) =>
        loop.TellAsync(user, new Request(connection, null, action), CancellationToken.None);

    private async Task<bool> IsOverAsync() =>
        (await loop.AskAsync(new(ActorKind.Player, "alice"), new GetRecord(), CancellationToken.None)).Record != new PlayerRecord();

    private async Task NextAsync(ConnectionId connection, string kind)
    {
        while (true)
        {
            var (to, frame) = await frames.NextAsync();
            if (to == connection && frame is PushFrame push && push.Push.Kind.ToString() == kind)
                return;
        }
    }

    private async Task<string> NextErrorAsync(ConnectionId connection)
    {
        while (true)
        {
            var (to, frame) = await frames.NextAsync();
            if (to == connection && frame is ErrorFrame error)
                return error.Error.Message;
        }
    }
}
