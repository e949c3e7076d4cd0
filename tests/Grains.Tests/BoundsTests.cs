using System.Text;
using GameServer.Game;
using GameServer.Grains.Abstractions;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Storage;

namespace GameServer.Grains.Tests;

/// <summary>However much there is to store, and whatever cannot be stored or handled, the others go on.</summary>
public sealed class BoundsTests
{
    [Fact]
    public async Task A_crowd_with_the_longest_names_that_joins_and_drops_leaves_a_queue_that_can_be_stored_and_still_matches()
    {
        var largest = 0;
        await using var cluster = await TestCluster.StartAsync(new()
        {
            Modes = new Dictionary<string, ModeRules> { ["default"] = new() { QueueGrace = TimeSpan.FromMinutes(10) } },
        });
        using var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var serializer = new OrleansGrainStorageSerializer(services.GetRequiredService<Serializer>());
        cluster.Storage.Stored = (grain, state) =>
        {
            if (grain == cluster.MatchmakerId)
                largest = Math.Max(largest, serializer.Serialize(state).ToMemory().Length);
        };
        for (var i = 0; i < 260; i++)
        {
            var player = await TestCluster.PatientlyAsync(() => cluster.ConnectAsync(Name(i)));
            await player.JoinAsync();
            await player.DisconnectAsync();
        }

        // The queue's process is lost: it asks all of them where they are.
        await cluster.Orleans.DeactivateAsync(cluster.Orleans.Client.GetGrain<IMatchmakerGrain>("default"));
        var (a, b) = (await cluster.ConnectAsync("a"), await cluster.ConnectAsync("b"));
        await a.JoinAsync();
        await b.JoinAsync();
        await Task.WhenAll(a.UntilAsync("PeerPlayerId b"), b.UntilAsync("PeerPlayerId a"));
        Assert.InRange(largest, 20_000, StoredBounds.MostBytes);
    }

    [Fact]
    public async Task An_actor_whose_messages_nobody_takes_takes_no_more_itself_and_goes_on_when_somebody_does()
    {
        await using var cluster = await TestCluster.StartAsync();
        var (largest, deaf) = (0, true);
        cluster.Storage.Stored = (grain, state) =>
        {
            if (grain == cluster.MatchmakerId)
                largest = Math.Max(largest, state.State!.Length + state.Outbox.Sum(message => message.Weight));
        };
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Filter = async context =>
        {
            var receives = context.InterfaceMethod.Name == nameof(IActorGrain.Receive);
            if (receives && Volatile.Read(ref deaf) && context.TargetId.Type.ToString() is "player" or "room")
                throw new TimeoutException("Nobody there.");
            try
            {
                await context.Invoke();
            }
            catch (MailRefusedException exception) when (exception.Failed == -1)
            {
                refused.TrySetResult();
                throw;
            }
        };
        var players = await Task.WhenAll(Enumerable.Range(0, 400).Select(i => cluster.ConnectAsync(Name(i))));
        await Task.WhenAll(players.Select(player => player.JoinAsync().AsTask()));
        await refused.Task.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.InRange(largest, StoredBounds.MostOutboxBytes / 2, StoredBounds.MostBytes);

        Volatile.Write(ref deaf, false);
        await TestCluster.UntilAsync(() => players.All(p => p.Seen.Any(f => f.StartsWith("PeerPlayerId", StringComparison.Ordinal))));
        Assert.InRange(largest, StoredBounds.MostOutboxBytes / 2, StoredBounds.MostBytes);
    }

    [Theory]
    [InlineData("{\"$type\":\"a_message_of_nobody\"}")]
    [InlineData("not even JSON")]
    [InlineData("{\"$type\":\"enqueue\"}")] // Nobody: the matchmaker looks for the user and throws.
    [InlineData("{\"$type\":\"seat_taken\",\"UserId\":\"x\"}")] // For a room.
    public async Task A_message_that_its_receiver_cannot_handle_is_set_aside_with_its_bytes_in_the_log_and_the_receiver_goes_on(string poison)
    {
        await using var cluster = await TestCluster.StartAsync();
        // As a version with a fault, or one that is newer, may have left it: in the outbox of a player, before a good one.
        var letter = new StoredMessage((byte)ActorKind.Matchmaker, "default", Encoding.UTF8.GetBytes(poison));
        var sender = cluster.Player("sender").GetGrainId();
        cluster.Storage.Put(sender, new()
        {
            State = """{"Registered":true}"""u8.ToArray(),
            Outbox = [letter, new((byte)ActorKind.Matchmaker, "default", MessageJson.Write(new Enqueue("behind", 1, null, Present: false)))],
        });
        Assert.True((await cluster.Player("sender").GetRecord()).Registered);
        await TestCluster.UntilAsync(() => cluster.Log.Lines.Any(line => line.Contains("set aside", StringComparison.Ordinal)));
        Assert.Contains(cluster.Log.Lines, line => line.Contains(poison, StringComparison.Ordinal));
        // What was behind it came through, others are served, and it is not sent again by the next activation.
        await TestCluster.UntilAsync(() => cluster.Storage.Find(cluster.MatchmakerId) is { } queue
            && Encoding.UTF8.GetString(queue.State!).Contains("behind", StringComparison.Ordinal));
        var a = await cluster.ConnectAsync("a");
        await a.JoinAsync();
        await a.UntilAsync("JoinRoom a_ROOM");
        await cluster.Player("sender").CreateUser("r");
        await cluster.Player("sender").DeleteUser(null);
        await TestCluster.UntilAsync(() => cluster.Storage.Find(sender) is not { Outbox.Length: > 0 });
        Assert.Equal(1, cluster.Log.Lines.Count(line => line.Contains("set aside", StringComparison.Ordinal)));
        Assert.Equal(1, cluster.Count("messages_set_aside"));
    }

    [Fact]
    public async Task What_cannot_be_saved_is_tried_again_the_log_stays_short_and_the_silo_says_that_it_is_not_ready()
    {
        await using var cluster = await TestCluster.StartAsync();
        var tries = 0;
        var sixth = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Storage.BeforeWrite = grain =>
        {
            if (grain != cluster.MatchmakerId)
                return Task.CompletedTask;
            if (Interlocked.Increment(ref tries) == 6)
                sixth.TrySetResult();
            throw new InvalidOperationException("The item is too large.");
        };
        var a = await cluster.ConnectAsync("a");
        await a.JoinAsync();
        await sixth.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await TestCluster.UntilAsync(() => cluster.Problems.Any(problem => problem.Contains("Matchmaker/default cannot be saved: The item is too large.", StringComparison.Ordinal)));
        Assert.InRange(cluster.Log.Lines.Count(line => line.Contains("The item is too large.", StringComparison.Ordinal)), 1, 20);

        // The others go on meanwhile, and when it can be saved, so does the queue.
        Assert.True(await cluster.Player("b").CreateUser("r"));
        cluster.Storage.BeforeWrite = _ => Task.CompletedTask;
        await a.UntilAsync("JoinRoom a_ROOM");
        await TestCluster.UntilAsync(() => !cluster.Problems.Any());
        Assert.True(cluster.Count("saves_failed") >= 6);
    }

    [Fact]
    public async Task What_is_stored_and_cannot_be_read_is_tried_at_longer_and_longer_intervals_however_often_it_is_asked_for()
    {
        await using var cluster = await TestCluster.StartAsync();
        var broken = cluster.Player("broken").GetGrainId();
        cluster.Storage.Put(broken, new() { State = "not JSON"u8.ToArray() });
        var reads = cluster.Storage.Reads(broken);
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        for (var asked = 0; cluster.Storage.Reads(broken) < reads + 4; asked++)
        {
            await Assert.ThrowsAnyAsync<OrleansException>(() => cluster.Player("broken").GetRecord().AsTask());
            late.Token.ThrowIfCancellationRequested();
        }

        Assert.True(cluster.Count("messages_failed") >= 3);
        Assert.InRange(cluster.Log.Lines.Count(line => line.Contains("Player/broken", StringComparison.Ordinal)), 1, 20);
        Assert.True(await cluster.Player("b").CreateUser("r"));
    }

    /// <summary>The longest names there are: 32 emoji, 128 bytes.</summary>
    private static string Name(int number) =>
        string.Concat(Enumerable.Repeat("😀", 30)) + new Rune(0x1f600 + (number / 64)) + new Rune(0x1f600 + (number % 64));
}
