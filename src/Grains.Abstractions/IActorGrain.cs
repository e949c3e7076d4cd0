namespace GameServer.Grains.Abstractions;

/// <summary>What every actor's grain can do: take mail from other actors.</summary>
public interface IActorGrain : IGrainWithStringKey
{
    /// <summary>
    /// Takes messages in this order. Completes when they were handled and what must be saved of that is saved: the sender may forget them. A
    /// message that comes again does nothing more.
    /// </summary>
    [Alias("receive")]
    ValueTask Receive([Immutable] Mail[] mail);
}

/// <summary>
/// A message from one actor to another. The bytes are those the sender stored it as, so that a message has one form at rest and on the wire, and
/// that form (names that never change, fields that may be absent) survives a rolling upgrade.
/// </summary>
/// <param name="Json">The message, see <see cref="Game.MessageJson"/>.</param>
[GenerateSerializer, Immutable, Alias("mail")]
public readonly record struct Mail([property: Id(0)] byte[] Json);

/// <summary>The queue of one mode; key: the mode. One activation in the cluster, fenced by its stored state.</summary>
[Alias("matchmaker")]
public interface IMatchmakerGrain : IActorGrain;

/// <summary>One battle; key: the battle id.</summary>
[Alias("room")]
public interface IRoomGrain : IActorGrain;

/// <summary>The battle servers of one region; key: the region.</summary>
[Alias("battle_server_registry")]
public interface IBattleServerRegistryGrain : IActorGrain
{
    /// <summary>A battle server's call, or an operator's: a question as JSON, and its answer.</summary>
    [Alias("ask")]
    ValueTask<byte[]> Ask(RegistryCall call);
}

/// <summary>A question to the registry. They are few and come by HTTP, so their form on the wire is the JSON of <see cref="Game.RegistryJson"/>.</summary>
[GenerateSerializer, Immutable, Alias("registry_call")]
public readonly record struct RegistryCall([property: Id(0)] string Name, [property: Id(1)] byte[] Json);
