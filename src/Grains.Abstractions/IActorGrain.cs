using GameServer.Game;

namespace GameServer.Grains.Abstractions;

/// <summary>What every actor's grain can do: take mail from other actors.</summary>
public interface IActorGrain : IGrainWithStringKey
{
    /// <summary>
    /// Takes messages in this order. Completes when they were handled and what must be saved of that is saved: the sender may forget them.
    /// A message that comes again does nothing more.
    /// </summary>
    [Alias("receive")]
    ValueTask Receive([Immutable] Mail[] mail);
}

/// <summary>
/// A message from one actor to another. The bytes are those the sender stored it as, so that a message has one form at rest and on the
/// wire, and that form (names that never change, fields that may be absent) survives a rolling upgrade.
/// </summary>
/// <param name="Json">The message, see <see cref="Game.MessageJson"/>.</param>
[GenerateSerializer, Immutable, Alias("mail")]
public readonly record struct Mail([property: Id(0)] byte[] Json);

/// <summary>The queue of one mode; key: the mode. One activation in the cluster, fenced by its stored state.</summary>
[Alias("matchmaker")]
public interface IMatchmakerGrain : IActorGrain;

/// <summary>One battle; key: the battle id.</summary>
[Alias("room")]
public interface IRoomGrain : IActorGrain
{
    /// <summary>See <see cref="BattleReported"/>; each result is the number of a <see cref="BattleResult"/>.</summary>
    [Alias("report")]
    ValueTask<ReportAnswer> Report(string serverId, long epoch, Dictionary<string, byte> results);
}

/// <summary>The battle servers of one region; key: the region. The calls are those that battle servers make by HTTP.</summary>
[Alias("battle_server_registry")]
public interface IBattleServerRegistryGrain : IActorGrain
{
    /// <summary>See <see cref="RegisterServer"/>.</summary>
    [Alias("register")]
    ValueTask<RegistryAnswer> Register(string serverId, string subnetId, string address, int[] ports);

    /// <summary>See <see cref="ServerHeartbeat"/>.</summary>
    [Alias("heartbeat")]
    ValueTask<RegistryAnswer> Heartbeat(string serverId, long epoch, Dictionary<int, int> connections);

    /// <summary>See <see cref="BattleFinished"/>.</summary>
    [Alias("finished")]
    ValueTask<RegistryAnswer> Finished(string serverId, string battleId, long? epoch);

    /// <summary>See <see cref="DrainServer"/>.</summary>
    [Alias("drain")]
    ValueTask<RegistryAnswer> Drain(string serverId, long? epoch);

    /// <summary>See <see cref="GetServers"/>.</summary>
    [Alias("get_servers")]
    ValueTask<RegistryStatus> GetServers();
}
