using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace GameServer.Game;

/// <summary>What the registry remembers. Only <see cref="BattleServerRegistry"/> changes it.</summary>
internal sealed record RegistryState
{
    public required BattleServerRules Rules { get; init; }

    /// <summary>The last fence given out. One counter for the region, so that a later allocation always has the larger one.</summary>
    public long LastFence { get; set; }

    /// <summary>
    /// The last epoch given out. One counter for the region: it also orders two servers that had the same address in turn.
    /// </summary>
    public long LastEpoch { get; set; }

    /// <summary>Ordered, here and below: what is loaded must be gone through in the same order as what was saved.</summary>
    public OrderedDictionary<string, Server> Servers { get; set; } = [];

    /// <summary>Every battle that has a port or waits for one, by id.</summary>
    [JsonIgnore]
    public OrderedDictionary<string, Battle> Battles { get; } = [];

    /// <summary>The battles as they are stored: without their ids a second time.</summary>
    [JsonPropertyName("Battles")]
    public IEnumerable<Battle> StoredBattles
    {
        get => Battles.Values;
        set
        {
            foreach (var battle in value)
                Battles.Add(battle.Id, battle);
        }
    }

    /// <summary>The accelerators that ports were ever mapped by; one or two. Kept once, not for each port.</summary>
    public List<Accelerator> Accelerators { get; set; } = [];

    /// <summary>The last battles that gave their port back, oldest first: a late request for one must not take a port again.</summary>
    public List<string> Ended { get; set; } = [];

    /// <summary>Ports of servers that are gone and whose doors are not known to be closed yet.</summary>
    public List<Closing> Closings { get; set; } = [];
}

/// <summary>One registered server.</summary>
internal sealed class Server
{
    public required string Id { get; init; }

    public required string Subnet { get; init; }

    public required string Address { get; init; }

    public required long Epoch { get; init; }

    public required List<ServerPort> Ports { get; init; }

    /// <summary>The last registration or heartbeat.</summary>
    public DateTimeOffset Seen { get; set; }

    /// <summary>When a battle last came to it or ended on it; at first, when it registered.</summary>
    public DateTimeOffset Used { get; set; }

    /// <summary>It gets no new battle.</summary>
    public bool Draining { get; set; }

    /// <summary>
    /// It drained and its last battle is over. Its ports are not its own any more; it is remembered until its lease has run out only to
    /// tell it, should it ask, that it was drained.
    /// </summary>
    public bool Gone { get; set; }

    /// <summary>Why its ports can never be mapped.</summary>
    public string? Refused { get; set; }

    /// <summary>When to ask the port map (again), and after the final refusal: when a registration may try again.</summary>
    public DateTimeOffset MapAt { get; set; }

    /// <summary>How often the port map failed since it last worked.</summary>
    public int MapFailures { get; set; }

    [JsonIgnore]
    public int Battles => Ports.Count(p => p.Battle is not null);

    /// <summary>Battles or connections, whichever is more.</summary>
    [JsonIgnore]
    public int Load => Math.Max(Battles, Ports.Sum(p => p.Connections));

    [JsonIgnore]
    public bool WantsMapping => !Gone && Refused is null && Ports.Exists(p => !p.Mapped);

    public bool IsAt(string subnet, string address) => !Gone && Subnet == subnet && Address == address;

    public ServerPort? PortOf(int number) => Ports.Find(p => p.Number == number);
}

/// <summary>One port of a server; it carries one battle at a time.</summary>
internal sealed class ServerPort
{
    public required int Number { get; init; }

    /// <summary>The port outside that leads here. Set when the door is open; 0 before, and then the port is of no use.</summary>
    public int OutsidePort { get; set; }

    /// <summary>The index in <see cref="RegistryState.Accelerators"/> of the one with that outside port.</summary>
    public int Accelerator { get; set; }

    [JsonIgnore]
    public bool Mapped => OutsidePort != 0;

    /// <summary>Connections last reported.</summary>
    public int Connections { get; set; }

    /// <summary>When its last battle ended; at first, when it was registered.</summary>
    public DateTimeOffset Used { get; set; }

    /// <summary>The battle on it. Not stored twice: made again from the battles when the state is loaded.</summary>
    [JsonIgnore]
    public Battle? Battle { get; set; }
}

/// <summary>The outside of some ports.</summary>
internal sealed record Accelerator(string Dns, IReadOnlyList<string> Ips);

/// <summary>One battle that has a port, or waits for one.</summary>
internal sealed class Battle
{
    public required string Id { get; init; }

    /// <summary>Its place in line, by when it first asked. It keeps it when its server is lost.</summary>
    public required long Place { get; init; }

    /// <summary>When it first asked.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>The fence of what its room was last told; 0: nothing yet.</summary>
    public long Fence { get; set; }

    /// <summary>The server it is on; null: it waits.</summary>
    public string? Server { get; set; }

    /// <summary>The port it is on, with <see cref="Server"/>.</summary>
    public int Port { get; set; }

    /// <summary>Its room knows that it waits.</summary>
    public bool Told { get; set; }
}

/// <summary>Doors that have to be closed.</summary>
internal sealed class Closing
{
    public required string Server { get; init; }

    public required long Epoch { get; init; }

    public required string Subnet { get; init; }

    public required string Address { get; init; }

    public required List<int> Ports { get; init; }

    /// <summary>When to ask (again).</summary>
    public DateTimeOffset At { get; set; }

    public int Tries { get; set; }
}

[JsonSerializable(typeof(RegistryState))]
internal sealed partial class RegistryJson : JsonSerializerContext
{
    /// <summary>
    /// Battle ids may have user ids in them, so nothing is escaped that JSON does not need escaped: the state stays small.
    /// </summary>
    public static RegistryJson Compact { get; } = new(new JsonSerializerOptions
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
