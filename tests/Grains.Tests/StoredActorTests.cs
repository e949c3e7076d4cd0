using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Storage;

namespace GameServer.Grains.Tests;

/// <summary>What is stored outlives the version that wrote it: in a rolling upgrade old and new silos read each other's actors.</summary>
public sealed class StoredActorTests : IDisposable
{
    private readonly ServiceProvider services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    private OrleansGrainStorageSerializer Storage => new OrleansGrainStorageSerializer(services.GetRequiredService<Serializer>());

    [Fact]
    public void What_a_later_version_stored_is_read_without_what_is_not_known()
    {
        LaterActor later = new()
        {
            State = [1, 2, 3],
            Tail = [new(7, [4], "more")],
            Outbox = [new(2, "room", [5], DateTimeOffset.UnixEpoch) { Notes = new() { ["a"] = [1L] } }],
            Clock = new(11, 12),
            Notes = new() { ["b"] = [2L] },
            Last = [new(8, [6], "more")],
        };
        var stored = Storage.Deserialize<StoredActor>(Storage.Serialize(later))!;
        Assert.Equal([1, 2, 3], stored.State!);
        Assert.Equal((7, 4), (Assert.Single(stored.Tail).Slot, Assert.Single(stored.Tail[0].Json)));
        Assert.Equal(new(11, 12), stored.Clock);
        var message = Assert.Single(stored.Outbox);
        Assert.Equal((2, "room", 5), (message.Kind, message.Key, Assert.Single(message.Json)));
    }

    [Fact]
    public void What_an_earlier_version_stored_is_read_with_the_rest_as_it_is_in_a_new_actor()
    {
        StoredActor earlier = new() { State = [1], Tail = [new(7, [4])], Outbox = [new(2, "room", [5])] };
        var later = Storage.Deserialize<LaterActor>(Storage.Serialize(earlier))!;
        Assert.Equal([1], later.State!);
        Assert.Equal((7, ""), (Assert.Single(later.Tail).Slot, later.Tail[0].More ?? ""));
        Assert.Equal("room", Assert.Single(later.Outbox).Key);
        Assert.Null(later.Notes);
    }

    [Fact]
    public void An_actor_takes_hardly_more_room_than_its_own_bytes()
    {
        StoredActor actor = new() { State = new byte[300_000], Tail = [new(1, new byte[1_000])], Outbox = [new(2, "room", new byte[50_000])] };
        Assert.InRange(Storage.Serialize(actor).ToMemory().Length, 351_000, 351_200);
    }

    public void Dispose() => services.Dispose();
}

/// <summary><see cref="StoredActor"/> as a later version may have it.</summary>
[GenerateSerializer, Alias("later_actor")]
public sealed class LaterActor
{
    [Id(0)] public byte[]? State { get; set; }

    [Id(1)] public LaterTail[] Tail { get; set; } = [];

    [Id(2)] public LaterMessage[] Outbox { get; set; } = [];

    [Id(3)] public StoredClock? Clock { get; set; }

    [Id(4)] public Dictionary<string, List<long>>? Notes { get; set; }

    [Id(5)] public LaterTail[] Last { get; set; } = [];
}

/// <summary><see cref="StoredTail"/> as a later version may have it.</summary>
[GenerateSerializer, Immutable, Alias("later_tail")]
public readonly record struct LaterTail([property: Id(0)] int Slot, [property: Id(1)] byte[] Json, [property: Id(2)] string? More);

/// <summary><see cref="StoredMessage"/> as a later version may have it.</summary>
[GenerateSerializer, Immutable, Alias("later_message")]
public sealed record LaterMessage(
    [property: Id(0)] byte Kind, [property: Id(1)] string Key, [property: Id(2)] byte[] Json, [property: Id(3)] DateTimeOffset Sent)
{
    [Id(4)] public Dictionary<string, List<long>>? Notes { get; init; }
}
