using FsCheck.Fluent;
using GameServer.Cluster.Tests.Processes;
using GameServer.Grains;
using Orleans.Storage;

namespace GameServer.Cluster.Tests.Storage;

/// <summary>What the actors rest on, whatever keeps them. One class of one line for each storage.</summary>
public abstract class GrainStorageTests(StorageSilo silo)
{
    private readonly GrainId actor = Player(Guid.NewGuid().ToString("n"));

    [ClusterFact]
    public async Task What_is_written_is_what_the_next_activation_reads()
    {
        StoredActor written = new()
        {
            State = [1, 0, 255],
            Tail = [new(7, [4]), new(-1, [])],
            Outbox = [new(2, "room é", [5]), new(255, "", [])],
        };
        await (await LoadAsync()).WriteAsync(written);
        AssertSame(written, (await LoadAsync()).State);
    }

    [ClusterFact]
    public async Task Bytes_of_any_kind_and_length_come_back_as_they_were()
    {
        var one = await LoadAsync();
        foreach (var bytes in Gen.Sample(ArbMap.Default.GeneratorFor<byte[]>(), 50, 50))
        {
            StoredActor written = new() { State = bytes, Tail = [new(bytes.Length, bytes)], Outbox = [new(1, "x", bytes)] };
            await one.WriteAsync(written);
            AssertSame(written, (await LoadAsync()).State);
        }
    }

    [ClusterFact]
    public async Task An_actor_that_was_never_stored_is_empty_and_has_no_row()
    {
        var never = await LoadAsync();
        Assert.False(never.Exists);
        Assert.Null(never.State.State);
        Assert.Empty(never.State.Outbox);
    }

    [ClusterFact]
    public async Task Of_two_activations_that_found_nothing_only_one_can_make_the_first_step()
    {
        var (one, two) = (await LoadAsync(), await LoadAsync());
        await one.WriteAsync(1);
        await Assert.ThrowsAsync<InconsistentStateException>(() => two.WriteAsync(2));
        await StoredIsAsync(1);
    }

    [ClusterFact]
    public async Task Of_two_activations_only_one_can_make_the_next_step_and_then_only_that_one_goes_on()
    {
        await (await LoadAsync()).WriteAsync(0);
        var (one, two) = (await LoadAsync(), await LoadAsync());
        await one.WriteAsync(1);
        await Assert.ThrowsAsync<InconsistentStateException>(() => two.WriteAsync(2));
        await Assert.ThrowsAsync<InconsistentStateException>(() => two.WriteAsync(3)); // Nor by trying again.
        await one.WriteAsync(4);
        await StoredIsAsync(4);
        await two.ReadAsync();
        await two.WriteAsync(5);
        await StoredIsAsync(5);
    }

    [ClusterFact]
    public async Task Of_many_writes_at_once_exactly_one_succeeds()
    {
        await (await LoadAsync()).WriteAsync(0);
        var activations = await Task.WhenAll(Enumerable.Range(1, 16).Select(_ => LoadAsync()));
        var written = await Task.WhenAll(activations.Select(async (activation, i) =>
        {
            try
            {
                await activation.WriteAsync((byte)(i + 1));
                return i + 1;
            }
            catch (InconsistentStateException)
            {
                return 0;
            }
        }));
        await StoredIsAsync((byte)Assert.Single(written, i => i > 0));
    }

    [ClusterFact]
    public async Task A_stale_activation_cannot_clear_what_was_written_since()
    {
        var neverRead = new Activation(silo.Storage, actor);
        var one = await LoadAsync();
        await one.WriteAsync(1);
        var two = await LoadAsync();
        await one.WriteAsync(2);
        await Assert.ThrowsAsync<InconsistentStateException>(two.ClearAsync);
        await Assert.ThrowsAsync<InconsistentStateException>(neverRead.ClearAsync);
        await StoredIsAsync(2);
    }

    [ClusterFact]
    public async Task A_stale_activation_cannot_bring_back_what_was_cleared()
    {
        var one = await LoadAsync();
        await one.WriteAsync(1);
        var two = await LoadAsync();
        await one.ClearAsync();
        await Assert.ThrowsAsync<InconsistentStateException>(() => two.WriteAsync(2));
        await Assert.ThrowsAsync<InconsistentStateException>(two.ClearAsync);
        Assert.False((await LoadAsync()).Exists);
    }

    [ClusterFact]
    public async Task An_actor_that_was_cleared_can_begin_again()
    {
        var one = await LoadAsync();
        await one.WriteAsync(1);
        await one.ClearAsync();
        Assert.False(one.Exists);
        await one.WriteAsync(2);
        await StoredIsAsync(2);
        var two = await LoadAsync();
        await two.ClearAsync();
        await (await LoadAsync()).WriteAsync(3);
        await StoredIsAsync(3);
    }

    [ClusterFact]
    public async Task An_activation_from_before_the_row_was_cleared_and_made_again_is_told_by_its_tag_where_tags_are_unique()
    {
        var one = await LoadAsync();
        await one.WriteAsync(1);
        var two = await LoadAsync();
        await one.ClearAsync();
        await one.WriteAsync(2);
        var late = await Record.ExceptionAsync(() => two.WriteAsync(3));
        Assert.Equal(silo.TagsAreUnique, late is InconsistentStateException);
        await StoredIsAsync(silo.TagsAreUnique ? (byte)2 : (byte)3);
    }

    [ClusterFact]
    public async Task No_two_actors_share_a_row()
    {
        string[] keys =
        [
            "a", "A", "é", "e\u0301", "a b", " a", "a/actor", "a/actor/actor", "actor", "/", "//", "_", "player/a", "a:b", "{a}", "a*", "a\\", "a\"", "a%2F", "😀",
            new('x', 64), new('漢', 42),
        ];
        var salt = Guid.NewGuid().ToString("n")[..8];
        var actors = keys.SelectMany(key => (GrainId[])[Player(salt + key), Player(key + salt), Grain("room", salt + key)]).ToArray();
        foreach (var (i, one) in actors.Index())
            await (await Activation.LoadAsync(silo.Storage, one)).WriteAsync((byte)i);
        foreach (var (i, one) in actors.Index())
            Assert.Equal((byte[])[(byte)i], (await Activation.LoadAsync(silo.Storage, one)).State.State);
        Assert.Equal(actors.Length, actors.Distinct().Count());
    }

    [ClusterFact]
    public async Task An_actor_of_the_largest_size_is_stored_and_one_above_changes_nothing_where_it_is_refused()
    {
        var one = await LoadAsync();
        var largest = new byte[silo.LargestState];
        new Random(1).NextBytes(largest);
        await one.WriteAsync(largest);
        Assert.Equal(largest, (await LoadAsync()).State.State);

        var larger = new byte[silo.LargestState + 1_000];
        if (silo.RefusesLarger)
        {
            await Assert.ThrowsAnyAsync<ArgumentException>(() => one.WriteAsync(larger));
            Assert.Equal(largest, (await LoadAsync()).State.State);
            larger = [1];
        }

        await one.WriteAsync(larger); // Its tag is still good.
        Assert.Equal(larger, (await LoadAsync()).State.State);
    }

    /// <summary>A player's row.</summary>
    protected static GrainId Player(string key) => Grain("player", key);

    /// <summary>The row of an actor of this kind.</summary>
    protected static GrainId Grain(string type, string key) => GrainId.Create(type, key);

    private Task<Activation> LoadAsync() => Activation.LoadAsync(silo.Storage, actor);

    private async Task StoredIsAsync(byte state) => Assert.Equal((byte[])[state], (await LoadAsync()).State.State);

    private static void AssertSame(StoredActor expected, StoredActor stored) => Assert.Equivalent(expected, stored, strict: true);
}

public sealed class MemoryStorage(MemorySilo silo) : GrainStorageTests(silo), IClassFixture<MemorySilo>;
