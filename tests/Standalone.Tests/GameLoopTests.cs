using System.Collections.Concurrent;
using GameServer.Edge;
using GameServer.Game;
using GameServer.Standalone.Storage;
using static GameServer.Standalone.Tests.LoopFixture;

namespace GameServer.Standalone.Tests;

public sealed class GameLoopTests
{
    private static readonly ConnectionId Connection = new("", 7);

    [Fact]
    public async Task Frames_answers_and_calls_leave_only_after_the_commit()
    {
        var store = new StubbornStore();
        var map = new RecordingPortMap();
        await using var fixture = await StartAsync(store, portMap: map);
        store.Gate.Reset();

        var answer = fixture.Ask<int>(Player("a"), (actor, effects) =>
        {
            actor.Value = 1;
            effects.Save(Durability.BeforeEffects);
            effects.Deliver(Connection, new PushFrame(1, new(PushKind.JoinRoom), Confirm: false));
            effects.Call(new ClosePorts("s", 1, "subnet", "10.0.0.1", [1]));
            return 1;
        });
        Assert.Equal(1, await store.Tried.Reader.ReadAsync());
        Assert.True(fixture.Frames.Empty);
        Assert.False(answer.IsCompleted);
        Assert.Empty(map.Calls);

        store.Gate.Set();
        Assert.Equal(1, await answer);
        Assert.IsType<PushFrame>((await fixture.Frames.NextAsync()).Frame);
        await map.Called.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task What_is_not_to_be_saved_leaves_without_a_commit()
    {
        var store = new StubbornStore();
        await using var fixture = await StartAsync(store);
        await fixture.Tell("a", (_, _, effects) => effects.Deliver(Connection, new CloseFrame(1001, "")));
        await fixture.Frames.NextAsync();
        Assert.False(store.Tried.Reader.TryPeek(out _));
    }

    [Fact]
    public async Task All_that_a_message_causes_is_saved_in_one_transaction()
    {
        var store = new StubbornStore();
        await using var fixture = await StartAsync(store);
        await fixture.Ask<int>(Player("a"), (actor, effects) =>
        {
            actor.Value = 1;
            effects.Send(Room("r"), new Do((room, _, then) =>
            {
                room.Value = 2;
                then.Send(Player("b"), new Do((other, _, last) =>
                {
                    other.Value = 3;
                    last.Save(Durability.Soon);
                }));
            }));
            return 0;
        });

        Assert.Equal(3, await store.Tried.Reader.ReadAsync());
        Assert.False(store.Tried.Reader.TryPeek(out _));
        Assert.Equal(
            "1 2 3", string.Join(' ', await fixture.Value(Player("a")), await fixture.Value(Room("r")), await fixture.Value(Player("b"))));
    }

    [Fact]
    public async Task What_arrives_while_a_commit_runs_shares_the_next_one()
    {
        var store = new StubbornStore();
        await using var fixture = await StartAsync(store);
        store.Gate.Reset();
        var first = Increment(fixture, "first");
        Assert.Equal(1, await store.Tried.Reader.ReadAsync());

        var others = Enumerable.Range(0, 50).Select(n => Increment(fixture, $"p{n}")).Append(Increment(fixture, "p0")).ToArray();
        store.Gate.Set();
        await first;
        await Task.WhenAll(others);

        // Fifty actors, one of them changed twice.
        Assert.Equal(50, await store.Tried.Reader.ReadAsync());
        Assert.False(store.Tried.Reader.TryPeek(out _));
        Assert.Equal(2, await fixture.Value(Player("p0")));
    }

    [Fact]
    public async Task A_message_that_makes_an_actor_throw_is_refused_alone_and_leaves_no_trace()
    {
        var store = new StubbornStore();
        await using var fixture = await StartAsync(store);
        store.Gate.Reset();
        var first = Increment(fixture, "first");
        await store.Tried.Reader.ReadAsync();

        // One batch: good, bad, good, where the bad one changes two actors before the second throws.
        var before = Increment(fixture, "shared");
        var bad = fixture.Ask<int>(Player("bad"), (actor, effects) =>
        {
            actor.Value = 100;
            effects.Deliver(Connection, new CloseFrame(1001, "must not leave"));
            effects.Send(Player("shared"), new Do((shared, _, _) =>
            {
                shared.Value = 100;
                throw new InvalidOperationException("A bug.");
            }));
            return 0;
        });
        var after = Increment(fixture, "shared");
        store.Gate.Set();

        await first;
        Assert.Equal(1, await before);
        var refused = await Assert.ThrowsAsync<HostUnavailableException>(() => bad);
        Assert.Equal("A bug.", refused.InnerException!.Message);
        Assert.Equal(2, await after);
        Assert.Equal(0, await fixture.Value(Player("bad")));
        Assert.Equal(2, await fixture.Value(Player("shared")));
        Assert.True(fixture.Frames.Empty);
        Assert.Equal(1, await fixture.Stat("messages_failed"));
    }

    [Fact]
    public async Task A_request_that_makes_an_actor_throw_is_told_unavailable()
    {
        await using var fixture = await StartAsync(new MemoryStore());
        fixture.Factory.Throwing.TryAdd("a", 0);
        await fixture.Loop.TellAsync("a", new Request(Connection, new("7"), new Die()), CancellationToken.None);
        var (connection, frame) = await fixture.Frames.NextAsync();
        Assert.Equal(Connection, connection);
        var error = Assert.IsType<ErrorFrame>(frame);
        Assert.Equal((ErrorCode.Unavailable, "die", new RequestId("7")), (error.Error.Code, error.Request, error.Id!.Value));
    }

    [Fact]
    public async Task A_state_that_cannot_be_written_refuses_only_the_message_that_made_it()
    {
        var store = new StubbornStore();
        await using var fixture = await StartAsync(store);
        store.Gate.Reset();
        var first = Increment(fixture, "first");
        await store.Tried.Reader.ReadAsync();
        var good = Enumerable.Range(0, 5).Select(n => Increment(fixture, $"p{n}")).ToList();
        var bad = fixture.Ask<int>(Player("bad"), (actor, effects) =>
        {
            actor.FailsToSave = true;
            effects.Save(Durability.BeforeEffects);
            return 0;
        });
        good.AddRange(Enumerable.Range(5, 5).Select(n => Increment(fixture, $"p{n}")));
        store.Gate.Set();

        await first;
        await Assert.ThrowsAsync<HostUnavailableException>(() => bad);
        Assert.All(await Task.WhenAll(good), value => Assert.Equal(1, value));
    }

    [Fact]
    public async Task Messages_that_cause_each_other_for_ever_are_refused()
    {
        await using var fixture = await StartAsync(new MemoryStore(), new() { CascadeLimit = 100 });
        void PingPong(ScriptedActor actor, DateTimeOffset now, Effects effects) => effects.SendVolatile(actor.Id, new Do(PingPong));
        await Assert.ThrowsAsync<HostUnavailableException>(() => fixture.Ask<int>(Player("a"), (actor, effects) =>
        {
            effects.SendVolatile(actor.Id, new Do(PingPong));
            return 0;
        }));
        Assert.Equal(1, await Increment(fixture, "a"));
    }

    [Fact]
    public async Task A_question_without_an_answer_fails()
    {
        await using var fixture = await StartAsync(new MemoryStore());
        await Assert.ThrowsAsync<HostUnavailableException>(
            () => fixture.Loop.AskAsync(Player("a"), new Silence(), CancellationToken.None).AsTask().WaitAsync(Patience));
    }

    [Fact]
    public async Task A_player_that_had_to_be_dropped_is_attached_anew_to_its_living_connection()
    {
        await using var fixture = await StartAsync(new MemoryStore());
        var connect = new Connect(Connection, ProtocolVersion.V2, "token", Resume: "old", LastSeq: 3, LastScore: null, Guest: false);
        await fixture.Loop.TellAsync("a", connect, CancellationToken.None);
        await fixture.Tell("a", (actor, _, effects) =>
        {
            actor.InTheMiddle = true;
            effects.Save(Durability.BeforeEffects);
            effects.Deliver(Connection, new PushFrame(9, new(PushKind.Attacked), Confirm: false));
        });
        await fixture.Tell("a", (_, _, _) => throw new InvalidOperationException("A bug."));

        var seen = await fixture.Ask<List<Message>>(Player("a"), (actor, _) => actor.Seen.ToList());
        Assert.Equal(new Loaded(SessionsLost: false, ScoresLost: false), seen[0]);
        Assert.Equal(connect with { Resume = null, LastSeq = 9, Again = true }, seen[1]);

        await fixture.Loop.TellAsync("a", new Disconnect(Connection), CancellationToken.None);
        await fixture.Tell("a", (_, _, _) => throw new InvalidOperationException("Another bug."));
        seen = await fixture.Ask<List<Message>>(Player("a"), (actor, _) => actor.Seen.ToList());
        Assert.Equal(new Loaded(SessionsLost: true, ScoresLost: false), seen[0]);
        Assert.IsType<Question>(seen[1]);
    }

    [Fact]
    public async Task An_actor_is_woken_when_it_is_due_and_not_before()
    {
        await using var fixture = await StartAsync(new MemoryStore());
        await fixture.Ask<int>(Player("a"), (actor, effects) => WakeIn(fixture, actor, effects, TimeSpan.FromMinutes(10)));
        fixture.Time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(0, await fixture.Value(Player("a")));
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, await fixture.Value(Player("a")));
        Assert.Equal(0, await fixture.Stat("timers"));
    }

    [Fact]
    public async Task A_changed_time_counts_and_the_old_one_does_not()
    {
        await using var fixture = await StartAsync(new MemoryStore());
        await fixture.Ask<int>(Player("a"), (actor, effects) => WakeIn(fixture, actor, effects, TimeSpan.FromMinutes(1)));
        await fixture.Ask<int>(Player("a"), (actor, effects) => WakeIn(fixture, actor, effects, TimeSpan.FromMinutes(5)));
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.DoesNotContain(await fixture.Ask<List<Message>>(Player("a"), (actor, _) => actor.Seen.ToList()), message => message is Wake);
        fixture.Time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(1, await fixture.Value(Player("a")));
    }

    [Fact]
    public async Task An_actor_that_stays_due_does_not_keep_the_loop_busy()
    {
        await using var fixture = await StartAsync(new MemoryStore());
        await fixture.Ask<int>(Player("a"), (actor, effects) =>
        {
            actor.IgnoresWakes = true;
            return WakeIn(fixture, actor, effects, TimeSpan.Zero);
        });
        for (var step = 1; step <= 3; step++)
        {
            fixture.Time.Advance(TimeSpan.FromMilliseconds(10));
            // Each question is a batch of its own, before which a wake would come if one were due.
            for (var question = 0; question < 5; question++)
                await fixture.Value(Player("b"));
            Assert.Equal(step, await fixture.Ask<int>(Player("a"), (actor, _) => actor.Seen.Count(message => message is Wake)));
        }
    }

    [Fact]
    public async Task A_start_wakes_what_was_in_the_middle_of_something_and_leaves_the_rest_on_disk()
    {
        var store = new MemoryStore();
        await using (var first = await StartAsync(store))
        {
            await first.Ask<int>(Room("busy"), (actor, effects) => Keep(actor, effects, busy: true));
            await first.Ask<int>(Player("due"), (actor, effects) => WakeIn(first, actor, effects, TimeSpan.FromHours(1)));
            await first.Ask<int>(Player("idle"), (actor, effects) => Keep(actor, effects, busy: false));
        }

        await using var second = await StartAsync(store);
        Assert.Equal(2, await second.Stat("actors_in_memory"));
        var seen = await second.Ask<List<Message>>(Room("busy"), (actor, _) => actor.Seen.ToList());
        Assert.Equal(new Loaded(SessionsLost: true, ScoresLost: false), seen[0]);
        second.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, await second.Value(Player("due")));
    }

    [Fact]
    public async Task Idle_actors_leave_memory_and_come_back_as_they_were()
    {
        await using var fixture = await StartAsync(new MemoryStore(), new() { IdleKept = 10 });
        for (var n = 0; n < 100; n++)
            await Increment(fixture, $"p{n}");
        await fixture.Ask<int>(Player("busy"), (actor, effects) => Keep(actor, effects, busy: true));
        Assert.Equal(11, await fixture.Stat("actors_in_memory"));
        var made = fixture.Factory.Made;

        Assert.Equal(1, await fixture.Value(Player("p0")));
        Assert.Equal(1, await fixture.Value(Player("p99")));
        Assert.Equal(made + 1, fixture.Factory.Made);
        Assert.Single(await fixture.Ask<List<Message>>(Player("p0"), (actor, _) => actor.Seen.ToList()), message => message is Loaded);
    }

    [Fact]
    public async Task An_erased_actor_leaves_neither_a_row_nor_memory()
    {
        var store = new StubbornStore();
        await using var fixture = await StartAsync(store);
        await Increment(fixture, "a");
        await fixture.Ask<int>(Player("a"), (actor, effects) =>
        {
            actor.Value = -1;
            effects.Save(Durability.BeforeEffects);
            return 0;
        });
        Assert.Equal(0, await fixture.Stat("actors_in_memory"));
        Assert.Null(store.Load(Player("a")));
        // An actor that never had anything to store costs no commit either.
        while (store.Tried.Reader.TryRead(out _))
        {
        }

        await fixture.Ask<int>(Player("b"), (actor, _) => actor.Value = -1);
        Assert.False(store.Tried.Reader.TryPeek(out _));
    }

    [Fact]
    public async Task A_tail_is_stored_by_slot_and_handed_back()
    {
        await using var fixture = await StartAsync(new MemoryStore(), new() { IdleKept = 0 });
        await fixture.Ask<int>(Player("a"), (actor, effects) => AddToTail(actor, effects, [new(0, [1]), new(1, [2])]));
        await fixture.Ask<int>(Player("a"), (actor, effects) => AddToTail(actor, effects, [new(0, [3])]));
        var tail = await fixture.Ask<List<TailEntry>>(Player("a"), (actor, _) => actor.OldTail);
        Assert.Equal([(0, 3), (1, 2)], tail.Select(entry => (entry.Slot, (int)entry.Utf8[0])));
    }

    [Fact]
    public async Task While_the_disk_is_full_nothing_leaves_requests_are_refused_and_all_goes_on_when_it_is_back()
    {
        var store = new StubbornStore();
        await using var fixture = await StartAsync(store);
        store.Failing = true;
        var held = fixture.Ask<int>(Player("a"), (actor, effects) =>
        {
            actor.Value++;
            effects.Save(Durability.BeforeEffects);
            effects.Deliver(Connection, new CloseFrame(1001, "held"));
            return actor.Value;
        });
        await store.Tried.Reader.ReadAsync();

        // What arrives now: a question and a request are refused at once; that a connection has gone is kept.
        await Assert.ThrowsAsync<HostUnavailableException>(() => Increment(fixture, "b"));
        await fixture.Loop.TellAsync("b", new Request(Connection, new("1"), new Die()), CancellationToken.None);
        Assert.Equal(ErrorCode.Unavailable, Assert.IsType<ErrorFrame>((await fixture.Frames.NextAsync()).Frame).Error.Code);
        await fixture.Loop.TellAsync("b", new Disconnect(Connection), CancellationToken.None);
        Assert.False(fixture.Loop.Ready);
        Assert.Equal(0, await fixture.Stat("commits"));
        Assert.False(held.IsCompleted);
        Assert.True(fixture.Frames.Empty);

        store.Failing = false;
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, await held);
        Assert.IsType<CloseFrame>((await fixture.Frames.NextAsync()).Frame);
        Assert.True(fixture.Loop.Ready);
        Assert.Contains(await fixture.Ask<List<Message>>(Player("b"), (actor, _) => actor.Seen.ToList()), message => message is Disconnect);
    }

    [Fact]
    public async Task What_cannot_be_saved_is_tried_again_after_longer_and_longer_waits()
    {
        var store = new StubbornStore();
        await using var fixture = await StartAsync(store);
        store.Failing = true;
        var held = Increment(fixture, "a");
        await NextTryAsync();
        foreach (var wait in new[] { 500, 1000, 2000, 4000, 8000, 8000 })
        {
            fixture.Time.Advance(TimeSpan.FromMilliseconds(wait - 1));
            await WakeAsync();
            Assert.False(store.Tried.Reader.TryPeek(out _));
            fixture.Time.Advance(TimeSpan.FromMilliseconds(1));
            await WakeAsync();
            await NextTryAsync();
        }

        Assert.Equal(7, await fixture.Stat("commits_failed"));
        store.Failing = false;
        fixture.Time.Advance(TimeSpan.FromSeconds(8));
        _ = Increment(fixture, "c"); // It wakes the loop; whether it is refused or not is no matter.
        Assert.Equal(1, await held);

        async Task NextTryAsync()
        {
            await store.Tried.Reader.ReadAsync().AsTask().WaitAsync(Patience);
            await WakeAsync(); // Now it waits.
        }

        // A loop that waits refuses what it is asked, and looks at the time again.
        Task WakeAsync() => Assert.ThrowsAsync<HostUnavailableException>(() => Increment(fixture, "b")).WaitAsync(Patience);
    }

    [Fact]
    public async Task An_actor_that_always_fails_when_it_is_woken_is_left_alone_for_longer_and_longer_and_the_others_go_on()
    {
        await using var fixture = await StartAsync(new MemoryStore());
        await fixture.Ask<int>(Player("a"), (actor, effects) => WakeIn(fixture, actor, effects, TimeSpan.FromSeconds(1)));
        fixture.Factory.FailsWhenWoken = true;
        await PassAsync(1, failed: 1);
        await PassAsync(9, failed: 1);
        await PassAsync(1, failed: 2);
        await PassAsync(19, failed: 2);
        await PassAsync(1, failed: 3);
        await PassAsync(39, failed: 3);
        await PassAsync(1, failed: 4);
        fixture.Factory.FailsWhenWoken = false;
        await PassAsync(80, failed: 4);
        Assert.Equal(1, await fixture.Value(Player("a")));

        async Task PassAsync(int seconds, int failed)
        {
            fixture.Time.Advance(TimeSpan.FromSeconds(seconds));
            await Increment(fixture, "b"); // Comes after whoever is woken.
            Assert.Equal(failed, await fixture.Stat("messages_failed"));
        }
    }

    [Fact]
    public async Task A_loop_that_cannot_save_still_stops_and_tells_those_who_wait()
    {
        var store = new StubbornStore { Failing = true };
        var fixture = await StartAsync(store);
        var held = Increment(fixture, "a");
        await store.Tried.Reader.ReadAsync();
        await fixture.DisposeAsync();
        await Assert.ThrowsAsync<HostUnavailableException>(() => held);
        Assert.Null(store.Load(Player("a")));
    }

    [Fact]
    public async Task A_stop_whose_patience_is_over_still_saves_what_was_taken_before_anything_is_disposed_of()
    {
        var store = new StubbornStore();
        var fixture = await StartAsync(store);
        store.Gate.Reset();
        var held = Increment(fixture, "a");
        await store.Tried.Reader.ReadAsync();
        var stop = fixture.Loop.StopAsync(new CancellationToken(canceled: true));
        var disposed = Task.Run(fixture.Loop.Dispose);
        store.Gate.Set();
        await stop.WaitAsync(Patience);
        await disposed.WaitAsync(Patience);
        Assert.Equal(1, await held);
        Assert.NotNull(store.Load(Player("a")));
    }

    [Fact]
    public async Task Counts_are_read_without_the_loop_which_may_be_busy()
    {
        var store = new StubbornStore();
        await using var fixture = await StartAsync(store);
        await Increment(fixture, "a");
        store.Gate.Reset();
        var held = Increment(fixture, "b");
        while (await store.Tried.Reader.WaitToReadAsync() && store.Tried.Reader.TryRead(out _) && fixture.Factory.Made < 2)
        {
            // Until the loop waits with the second.
        }

        Assert.Equal(1, await fixture.Stat("scripted"));
        Assert.Equal(1, await fixture.Stat("commits"));
        store.Gate.Set();
        await held;
        Assert.Equal(2, await fixture.Stat("scripted"));
    }

    [Fact]
    public async Task What_leaves_the_memory_leaves_the_counts()
    {
        await using var fixture = await StartAsync(new StubbornStore(), new() { IdleKept = 3 });
        for (var n = 0; n < 10; n++)
            await Increment(fixture, $"{n}");
        Assert.Equal(3, await fixture.Stat("scripted"));
        await fixture.Ask<int>(Player("9"), (actor, effects) =>
        {
            effects.Save(Durability.BeforeEffects);
            return actor.Value = -1;
        });
        Assert.Equal(2, await fixture.Stat("scripted"));
        Assert.Equal(2, await fixture.Stat("actors_in_memory"));
    }

    [Fact]
    public async Task The_edge_is_told_of_each_request_once_when_it_is_handled_or_refused()
    {
        var store = new StubbornStore();
        await using var fixture = await StartAsync(store);
        ConnectionId connection = new("", 5);
        await fixture.Loop.TellAsync("a", new Request(connection, null, new Die()), CancellationToken.None);
        await fixture.Value(Player("a"));
        Assert.Equal([connection], fixture.Frames.Done);

        fixture.Factory.Throwing["b"] = 1;
        await fixture.Loop.TellAsync("b", new Request(connection, null, new Die()), CancellationToken.None);
        Assert.IsType<ErrorFrame>((await fixture.Frames.NextAsync()).Frame);
        await fixture.Value(Player("a"));
        Assert.Equal([connection, connection], fixture.Frames.Done);
    }

    [Fact]
    public async Task A_full_inbox_makes_its_writers_wait()
    {
        var store = new StubbornStore();
        await using var fixture = await StartAsync(store, new() { InboxCapacity = 4, BatchSize = 2 });
        store.Gate.Reset();
        var first = Increment(fixture, "first");
        await store.Tried.Reader.ReadAsync();

        for (var n = 0; n < 4; n++)
            Assert.True(fixture.Tell("a", (actor, _, _) => actor.Value++).AsTask().IsCompletedSuccessfully);
        var fifth = fixture.Tell("a", (actor, _, _) => actor.Value++).AsTask();
        Assert.False(fifth.IsCompleted);

        store.Gate.Set();
        await first;
        await fifth.WaitAsync(Patience);
        Assert.Equal(5, await fixture.Value(Player("a")));
    }

    [Fact]
    public async Task A_stopped_loop_has_saved_what_it_took_and_takes_no_more()
    {
        var store = new StubbornStore();
        var fixture = await StartAsync(store);
        store.Gate.Reset();
        var first = Increment(fixture, "first");
        await store.Tried.Reader.ReadAsync();
        var second = Increment(fixture, "second");
        var stop = fixture.Loop.StopAsync(CancellationToken.None);
        await Assert.ThrowsAsync<HostUnavailableException>(() => Increment(fixture, "third"));
        store.Gate.Set();
        await stop.WaitAsync(Patience);
        Assert.Equal(1, await first);
        Assert.Equal(1, await second);
        Assert.NotNull(store.Load(Player("second")));
        Assert.False(fixture.Loop.Ready);
    }

    [Fact]
    public async Task Messages_of_many_writers_each_arrive_once_and_in_their_writers_order()
    {
        await using var fixture = await StartAsync(new MemoryStore(), new() { InboxCapacity = 64, BatchSize = 16 });
        const int Writers = 8, Each = 5000;
        var last = new int[Writers];
        var wrong = 0;
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var n = 1; n <= Each; n++)
            {
                var number = n;
                await fixture.Tell("a", (actor, _, _) =>
                {
                    if (last[writer] != number - 1)
                        wrong++;
                    last[writer] = number;
                    actor.Value++;
                });
            }
        }))).WaitAsync(Patience);
        Assert.Equal(Writers * Each, await fixture.Value(Player("a")));
        Assert.Equal(0, wrong);
    }

    [Fact]
    public async Task The_answer_of_a_call_outside_goes_to_the_actor_that_asked()
    {
        await using var fixture = await StartAsync(new MemoryStore(), portMap: new RecordingPortMap());
        await fixture.Ask<int>(Room("r"), (_, effects) =>
        {
            effects.Call(new ClosePorts("s", 5, "subnet", "10.0.0.1", [1]));
            return 0;
        });
        // The question is asked again until the answer has found its way through the thread pool.
        while (!(await fixture.Ask<List<Message>>(Room("r"), (actor, _) => actor.Seen.ToList())).Contains(new PortsClosed("s", 5)))
            await Task.Yield();
    }

    [Fact]
    public async Task Events_are_counted()
    {
        await using var fixture = await StartAsync(new MemoryStore());
        await fixture.Ask<int>(Player("a"), (_, effects) =>
        {
            effects.Tell(new(GameEvent.BattleStarted));
            for (var wait = 1; wait <= 100; wait++)
                effects.Tell(new(GameEvent.Matched, wait * 10));
            return 0;
        });
        var stats = await fixture.Loop.StatsAsync(CancellationToken.None);
        Assert.Equal(1, stats[GameEvent.BattleStarted]);
        Assert.Equal(100, stats[GameEvent.Matched]);
        Assert.InRange(stats["match_wait_ms_p50"], 500, 563);
        Assert.InRange(stats["match_wait_ms_p99"], 990, 1114);
    }

    private static Task<int> Increment(LoopFixture fixture, string player) => fixture.Ask<int>(Player(player), (actor, effects) =>
    {
        actor.Value++;
        effects.Save(Durability.BeforeEffects);
        return actor.Value;
    });

    private static int Keep(ScriptedActor actor, Effects effects, bool busy)
    {
        actor.InTheMiddle = busy;
        effects.Save(Durability.BeforeEffects);
        return 0;
    }

    private static int WakeIn(LoopFixture fixture, ScriptedActor actor, Effects effects, TimeSpan wait)
    {
        actor.WakeAt = fixture.Time.GetUtcNow() + wait;
        effects.Save(Durability.BeforeEffects);
        return 0;
    }

    private static int AddToTail(ScriptedActor actor, Effects effects, IEnumerable<TailEntry> entries)
    {
        actor.NewTail.AddRange(entries);
        effects.Save(Durability.Soon);
        return 0;
    }

    private sealed class RecordingPortMap : IPortMap
    {
        public ConcurrentQueue<ExternalCall> Calls { get; } = [];

        public TaskCompletionSource Called { get; } = new();

        public Task<Message> MapAsync(MapPorts call, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<PortsClosed?> CloseAsync(ClosePorts call, CancellationToken cancellationToken)
        {
            Calls.Enqueue(call);
            Called.TrySetResult();
            return Task.FromResult<PortsClosed?>(new(call.ServerId, call.Epoch));
        }

        public Task CloseOthersAsync(IReadOnlyCollection<MapPorts> known, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
