using GameServer.Game;
using GameServer.Grains.Abstractions;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace GameServer.Grains.Tests;

public sealed class ShellTests
{
    [Fact]
    public async Task A_battle_is_played_settled_and_leaves_no_room_behind()
    {
        await using var cluster = await TestCluster.StartAsync();
        var (a, b) = await MatchAsync(cluster);
        await FinishAsync(a, b);
        Assert.Equal(
            ["JoinRoom a_ROOM", "PeerPlayerId b", "PlayerSyncScore 7", "BattleSettlement LOSE"], a.Seen.Where(f => f != "PlayerDied b"));
        Assert.Equal((1, 0), await RecordAsync(b));
        Assert.Equal((0, 1), await RecordAsync(a));
        await TestCluster.UntilAsync(() => !cluster.RoomsStored.Any());
    }

    [Fact]
    public async Task Nothing_leaves_before_what_it_rests_on_is_written()
    {
        await using var cluster = await TestCluster.StartAsync();
        var (writing, go) = (NewSource(), NewSource());
        var a = await cluster.ConnectAsync("a");
        cluster.Storage.BeforeWrite = async grain =>
        {
            if (grain != cluster.MatchmakerId)
                return;
            writing.TrySetResult();
            await go.Task;
        };
        await a.JoinAsync();
        await writing.Task;
        Assert.Empty(a.Seen); // The ticket is decided, and nobody knows.
        go.SetResult();
        await a.UntilAsync("JoinRoom a_ROOM");
    }

    [Fact]
    public async Task Joins_that_come_while_a_write_is_under_way_share_the_next_one()
    {
        await using var cluster = await TestCluster.StartAsync();
        var (writing, go) = (NewSource(), NewSource());
        var taken = 0;
        cluster.Storage.BeforeWrite = async grain =>
        {
            if (grain != cluster.MatchmakerId)
                return;
            writing.TrySetResult();
            await go.Task;
        };
        cluster.Filter = context =>
        {
            if (context.InterfaceMethod.Name == nameof(IActorGrain.Receive) && context.TargetId == cluster.MatchmakerId)
                Interlocked.Increment(ref taken);
            return context.Invoke();
        };
        var players = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => cluster.ConnectAsync($"p{i}")));
        await players[0].JoinAsync();
        await writing.Task;
        await Task.WhenAll(players[1..].Select(p => p.JoinAsync().AsTask()));
        await TestCluster.UntilAsync(() => Volatile.Read(ref taken) >= 20);
        go.SetResult();
        await TestCluster.UntilAsync(() => players.All(p => p.Seen.Any(f => f.StartsWith("PeerPlayerId", StringComparison.Ordinal))));
        Assert.InRange(cluster.Storage.Writes(cluster.MatchmakerId), 2, 6);
    }

    [Fact]
    public async Task A_write_that_fails_lets_nothing_leave_and_the_next_activation_makes_the_step()
    {
        await using var cluster = await TestCluster.StartAsync();
        var a = await cluster.ConnectAsync("a");
        var failures = 0;
        cluster.Storage.BeforeWrite = grain => grain == cluster.MatchmakerId && Interlocked.Increment(ref failures) <= 2
            ? throw new IOException("The table is not there for a moment.")
            : Task.CompletedTask;
        await a.JoinAsync();
        await a.UntilAsync("JoinRoom a_ROOM");
        Assert.Single(a.Seen);
        Assert.True(failures > 2);
    }

    [Fact]
    public async Task A_write_whose_answer_is_lost_is_not_made_twice()
    {
        await using var cluster = await TestCluster.StartAsync();
        var a = await cluster.ConnectAsync("a");
        var lost = 0;
        cluster.Storage.AfterWrite = grain => grain == cluster.MatchmakerId && Interlocked.Increment(ref lost) == 1
            ? throw new TimeoutException("It was written, and nobody heard.")
            : Task.CompletedTask;
        await a.JoinAsync();
        await a.UntilAsync("JoinRoom a_ROOM");
        var b = await cluster.ConnectAsync("b");
        await b.JoinAsync();
        await Task.WhenAll(a.UntilAsync("PeerPlayerId b"), b.UntilAsync("PeerPlayerId a"));
        Assert.Single(cluster.RoomsStored);
    }

    [Fact]
    public async Task A_stale_activation_of_the_matchmaker_announces_no_match()
    {
        await using var cluster = await TestCluster.StartAsync();
        var a = await cluster.ConnectAsync("a");
        await a.JoinAsync();
        await a.UntilAsync("JoinRoom a_ROOM");
        var rooms = new List<string>();
        cluster.Filter = context =>
        {
            if (context.TargetId.Type.ToString() == "room")
            {
                lock (rooms)
                    rooms.Add(context.TargetId.Key.ToString()!);
            }

            return context.Invoke();
        };

        // As if another activation had made a step: this one does not know, and decides on a match.
        cluster.Storage.WriteBehindTheBackOf(cluster.MatchmakerId);
        var b = await cluster.ConnectAsync("b");
        await b.JoinAsync();
        await Task.WhenAll(a.UntilAsync("PeerPlayerId b"), b.UntilAsync("PeerPlayerId a"));
        lock (rooms)
            Assert.Single(rooms.Distinct()); // The stale one's room never came to be.
        Assert.Single(cluster.RoomsStored);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_call_between_actors_that_fails_before_or_after_it_was_made_settles_a_battle_once(bool after)
    {
        await using var cluster = await TestCluster.StartAsync();
        var calls = 0;
        cluster.Filter = async context =>
        {
            // Every third delivery is lost, on its way there or on its way back.
            var lost = context.InterfaceMethod.Name == nameof(IActorGrain.Receive) && Interlocked.Increment(ref calls) % 3 == 0;
            if (lost && !after)
                throw new TimeoutException("Lost on its way there.");
            await context.Invoke();
            if (lost)
                throw new TimeoutException("Lost on its way back.");
        };
        var (a, b) = await MatchAsync(cluster);
        await FinishAsync(a, b);
        Assert.Equal((1, 0), await RecordAsync(b));
        Assert.Equal((0, 1), await RecordAsync(a));
        Assert.Single(a.Seen, f => f.StartsWith("BattleSettlement", StringComparison.Ordinal));
        Assert.Single(b.Seen, f => f.StartsWith("BattleSettlement", StringComparison.Ordinal));
        Assert.Single(a.Seen, f => f == "PlayerSyncScore 7");
        await TestCluster.UntilAsync(() => !cluster.RoomsStored.Any());
    }

    [Fact]
    public async Task A_message_that_was_not_confirmed_is_sent_by_the_next_activation()
    {
        await using var cluster = await TestCluster.StartAsync();
        var a = await cluster.ConnectAsync("a");
        cluster.Filter = context => context.TargetId == cluster.MatchmakerId
            ? throw new TimeoutException("Not reached.") : context.Invoke();
        await a.JoinAsync();
        Assert.Single(cluster.Storage.Find(a.Grain.GetGrainId())!.Outbox);
        await cluster.Orleans.DeactivateAsync(a.Grain);
        cluster.Filter = context => context.Invoke();
        a = await cluster.ConnectAsync("a", again: true);
        await a.UntilAsync("JoinRoom a_ROOM");
    }

    [Fact]
    public async Task A_battle_goes_on_when_one_of_two_silos_is_killed()
    {
        await using var cluster = await TestCluster.StartAsync();
        var pairs = new List<(TestPlayer A, TestPlayer B)>();
        for (var i = 0; i < 10; i++)
            pairs.Add(await MatchAsync(cluster, $"a{i}", $"b{i}"));
        await cluster.Orleans.KillSiloAsync(cluster.Orleans.Silos[1]);
        for (var i = 0; i < 10; i++)
        {
            // What a gateway does that has noticed.
            var (a, b) = (
                await TestCluster.PatientlyAsync(() => cluster.ConnectAsync($"a{i}", again: true)),
                await TestCluster.PatientlyAsync(() => cluster.ConnectAsync($"b{i}", again: true)));
            await FinishAsync(a, b, requestsBefore: 10);
            Assert.Equal((1, 0), await RecordAsync(b));
            Assert.Equal((0, 1), await RecordAsync(a));
        }
    }

    [Fact]
    public async Task A_player_who_could_not_be_told_that_the_gateway_is_gone_is_told_again()
    {
        var noGrace = new Dictionary<string, ModeRules> { ["default"] = new() { BattleGrace = TimeSpan.Zero } };
        await using var cluster = await TestCluster.StartAsync(new() { Modes = noGrace });
        var (a, b) = await MatchAsync(cluster);
        var (lost, told) = (0, 0);
        cluster.Filter = context =>
        {
            if (context.InterfaceMethod.Name != nameof(IPlayerGrain.GatewayLost))
                return context.Invoke();
            if (Interlocked.Increment(ref lost) <= 3)
                throw new TimeoutException("Dropped: it waited for too long.");
            Interlocked.Increment(ref told);
            return context.Invoke();
        };
        await cluster.LoseGatewayAsync();
        await TestCluster.UntilAsync(() => Volatile.Read(ref told) == 2);
        await TestCluster.UntilAsync(() => !cluster.RoomsStored.Any()); // Both were dead at once, and the battle is settled.
        Assert.Equal(0, (await RecordAsync(a)).Wins + (await RecordAsync(b)).Wins);
        Assert.Empty(cluster.Watched);
    }

    [Fact]
    public async Task A_connection_that_was_closed_or_whose_player_was_put_away_is_not_watched()
    {
        await using var cluster = await TestCluster.StartAsync();
        var a = await cluster.ConnectAsync("a");
        var b = await cluster.ConnectAsync("b");
        Assert.Equal(2, cluster.Watched.Count());
        await a.DisconnectAsync();
        Assert.Single(cluster.Watched);
        await cluster.Orleans.DeactivateAsync(b.Grain);
        Assert.Empty(cluster.Watched);
    }

    [Fact]
    public async Task Who_is_in_the_middle_of_something_is_on_the_busy_list_and_who_is_not_is_not()
    {
        await using var cluster = await TestCluster.StartAsync();
        var (a, b) = await MatchAsync(cluster);
        await cluster.Player("nobody").GetRecord();
        ActorId room = new(ActorKind.Room, cluster.RoomsStored.Single().Key.ToString()!);
        Assert.Contains(room, cluster.Busy.Actors);
        Assert.Contains(new(ActorKind.Player, "a"), cluster.Busy.Actors);
        await FinishAsync(a, b);
        await a.DisconnectAsync();
        await TestCluster.UntilAsync(() => !cluster.RoomsStored.Any());
        await TestCluster.UntilAsync(() => cluster.Busy.Actors is [(ActorKind.Player, "b")]); // Still connected.
    }

    [Fact]
    public async Task A_busy_actor_that_could_not_be_noted_is_noted_when_the_list_is_there_again()
    {
        await using var cluster = await TestCluster.StartAsync();
        cluster.Busy.Before = () => throw new TimeoutException("Not reached.");
        await MatchAsync(cluster); // The game goes on.
        Assert.Empty(cluster.Busy.Actors);
        cluster.Busy.Before = () => { };
        ActorId room = new(ActorKind.Room, cluster.RoomsStored.Single().Key.ToString()!);
        await TestCluster.UntilAsync(() => cluster.Busy.Actors.Contains(room) && cluster.Busy.Actors.Contains(new(ActorKind.Player, "a")));
    }

    public static TheoryData<ClientFrame> Frames =>
    [
        new WelcomeFrame("a\"é", "token", Resumed: true),
        new OkFrame(new("\"x\"")),
        new ErrorFrame(Refusal.Dead, "die", new("7")),
        new ErrorFrame(Refusal.NotInRoom, null, null),
        new CloseFrame(4001, "Replaced."),
        new PushFrame(1, new(PushKind.PlayerSyncScore) { Number = 25, From = "b" }, Confirm: false),
        new PushFrame(1L << 40, new(PushKind.BattleSettlement) { Text = "WIN" }, Confirm: true),
        new PushFrame(3, new(PushKind.PeerDisconnected) { Text = "b", Until = DateTimeOffset.UnixEpoch }, Confirm: false),
        new PushFrame(4, new(PushKind.Error) { Error = Refusal.NoBattleServer }, Confirm: false),
    ];

    [Theory]
    [MemberData(nameof(Frames))]
    public void A_frame_comes_out_of_the_wire_as_it_went_in(ClientFrame frame) =>
        Assert.Equal(frame, OverTheWire(ClientMail.Of(5, frame, start: 0, order: 1)).ToFrame());

    public static TheoryData<Push> LargePushes =>
    [
        new(PushKind.BattleServer) { Server = Server },
        new(PushKind.Snapshot)
        {
            Snapshot = new()
            {
                UserId = "a\"é", State = "battle", Room = "a_ROOM", Mode = "default", BattleServer = Server,
                You = new("a\"é", 5, Alive: true, Connected: true, DateTimeOffset.UnixEpoch),
                Peers =
                [
                    new("b", 7, Alive: false, Connected: false, DateTimeOffset.UnixEpoch.AddDays(1)),
                    new("c", 0, Alive: true, Connected: true, null),
                ],
                Record = new() { Wins = 1, Losses = 2, Draws = 3, Last = new("id", BattleResult.Draw, 9, DateTimeOffset.UnixEpoch) },
            },
        },
    ];

    private static BattleServerEndpoint Server => new("id", "a.example", ["10.0.0.1", "10.0.0.2"], 10010, "tcp");

    [Theory]
    [MemberData(nameof(LargePushes))]
    public void A_push_with_more_than_a_number_and_a_text_comes_out_of_the_wire_whole(Push push)
    {
        var frame = Assert.IsType<PushFrame>(
            OverTheWire(ClientMail.Of(5, new PushFrame(9, push, Confirm: true), start: 0, order: 1)).ToFrame());
        Assert.Equal((9, true), (frame.Seq, frame.Confirm));
        Assert.Equivalent(push, frame.Push, strict: true);
    }

    [Fact]
    public void What_the_registry_answers_comes_out_of_the_wire_whole()
    {
        RegistryAnswer answer = new(
            409, "Register again.", 15, 1L << 40, "drain") { Battles = new Dictionary<int, string> { [8080] = "id" } };
        Assert.Equivalent(answer, OverTheWire(answer), strict: true);
        RegistryStatus status = new([new("one", "10.0.0.1", "live", 3, [new(8080, 10010, "id", 2), new(8081, 0, null, 0)])], 4);
        Assert.Equivalent(status, OverTheWire(status), strict: true);
    }

    private static T OverTheWire<T>(T value)
    {
        using var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var serializer = services.GetRequiredService<Serializer>();
        return serializer.Deserialize<T>(serializer.SerializeToArray(value))!;
    }

    private static async Task<(TestPlayer A, TestPlayer B)> MatchAsync(TestCluster cluster, string first = "a", string second = "b")
    {
        var a = await cluster.ConnectAsync(first);
        await a.JoinAsync();
        await a.UntilAsync($"JoinRoom {first}_ROOM");
        var b = await cluster.ConnectAsync(second);
        await b.JoinAsync();
        await Task.WhenAll(a.UntilAsync($"PeerPlayerId {second}"), b.UntilAsync($"PeerPlayerId {first}"));
        return (a, b);
    }

    private static async Task FinishAsync(TestPlayer a, TestPlayer b, int requestsBefore = 0)
    {
        a.SkipRequests(requestsBefore);
        b.SkipRequests(requestsBefore);
        await b.ScoreAsync(7);
        await a.UntilAsync("PlayerSyncScore 7");
        await b.DieAsync();
        await a.UntilAsync($"PlayerDied {b.Grain.GetPrimaryKeyString()}");
        await a.DieAsync();
        await Task.WhenAll(a.UntilAsync("BattleSettlement LOSE"), b.UntilAsync("BattleSettlement WIN"));
    }

    private static async Task<(int Wins, int Losses)> RecordAsync(TestPlayer player)
    {
        var info = await player.Grain.GetRecord();
        return (info.Record.Wins, info.Record.Losses);
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
