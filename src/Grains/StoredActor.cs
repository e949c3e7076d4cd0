using GameServer.Game;

namespace GameServer.Grains;

/// <summary>
/// What the storage holds for an actor: its state, and the messages it has decided to send, in one item and so in one conditional write.
/// Either both are there after a crash or neither is. The numbers of the fields are the stored form. Later versions may add fields with new
/// numbers and never use one again; a record must stay a record.
/// </summary>
[GenerateSerializer, Alias("stored_actor")]
public sealed class StoredActor
{
    /// <summary>The actor's state, as it wrote it; null: none.</summary>
    [Id(0)] public byte[]? State { get; set; }

    /// <summary>The newest part of the actor's tail.</summary>
    [Id(1)] public StoredTail[] Tail { get; set; } = [];

    /// <summary>Messages that may not have been confirmed, in the order they were sent.</summary>
    [Id(2)] public StoredMessage[] Outbox { get; set; } = [];

    /// <summary>What the actor's clock showed when this was written; its deadlines are by that. Null: written by a version without it.</summary>
    [Id(3)] public StoredClock? Clock { get; set; }
}

/// <summary>A <see cref="Clocks.ClockReading"/>, in ticks since the year 1, UTC.</summary>
[GenerateSerializer, Immutable, Alias("stored_clock")]
public sealed record StoredClock([property: Id(0)] long Steady, [property: Id(1)] long Wall);

/// <summary>One entry of a tail.</summary>
[GenerateSerializer, Immutable, Alias("stored_tail")]
public readonly record struct StoredTail([property: Id(0)] int Slot, [property: Id(1)] byte[] Json);

/// <summary>One message in an outbox.</summary>
[GenerateSerializer, Immutable, Alias("stored_message")]
public sealed record StoredMessage([property: Id(0)] byte Kind, [property: Id(1)] string Key, [property: Id(2)] byte[] Json)
{
    /// <summary>Its receiver.</summary>
    public ActorId To => new((ActorKind)Kind, Key);

    /// <summary>What it takes in the store, in bytes.</summary>
    public int Weight => StoredBounds.WeightOf(To, Json);
}
