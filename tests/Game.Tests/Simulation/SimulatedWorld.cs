using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace GameServer.Game.Tests.Simulation;

/// <summary>What a broken promise looks like.</summary>
public sealed class BrokenPromiseException(string message) : Exception(message);

/// <summary>How the simulated host behaves.</summary>
public enum HostProfile
{
    /// <summary>Many processes: messages travel, scores are saved late, gateways outlive the actors.</summary>
    Cluster,

    /// <summary>One process: what one message causes is saved in one write, and a crash takes everything down.</summary>
    Standalone,
}

/// <summary>What goes wrong in one run.</summary>
/// <param name="Crashes">Processes, gateways and single actors crash.</param>
/// <param name="Drops">Clients drop, come back and take over.</param>
/// <param name="Repeats">Messages come again late.</param>
/// <param name="Slow">Messages and saves may take many seconds, so that a score may be lost in a crash.</param>
public readonly record struct Weather(bool Crashes, bool Drops, bool Repeats, bool Slow);

/// <summary>
/// One seeded run: time, chance, the agenda of what happens next, and the trace. Everything that happens is decided by one
/// <see cref="System.Random"/>, so a seed is a repro.
/// </summary>
internal sealed partial class SimulatedWorld
{
    private readonly PriorityQueue<Action, (long At, long Order)> agenda = new();
    private readonly List<string>? trace;
    private long order;

    public SimulatedWorld(int seed, HostProfile profile, Mutation? mutation = null, bool traced = false)
    {
        Random = new(seed);
        Profile = profile;
        Mutation = mutation;
        trace = traced ? [] : null;
        Weather = Random.Next(5) switch
        {
            0 => default,
            1 => new(Crashes: false, Drops: true, Repeats: true, Slow: true),
            2 => new(Crashes: true, Drops: true, Repeats: true, Slow: true),
            _ => new(Crashes: true, Drops: true, Repeats: true, Slow: false),
        };
        Rules = MakeRules();
        Judge = new(this);
        Servers = new(this);
        Host = profile == HostProfile.Cluster ? new ClusterHost(this) : new StandaloneHost(this);
        var size = Random.Next(2, 8);
        for (var i = 0; i < size; i++)
            Players.Add(new(this, Names[i]));
    }

    /// <summary>Some of them need care in JSON and in room names.</summary>
    private static readonly string[] Names = ["alice", "bob", "\"quote\"", "dämon", "e_ROOM", "f f", "g{0}", "h"];

    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public Random Random { get; }
    public HostProfile Profile { get; }
    public Weather Weather { get; }
    public GameRules Rules { get; }
    public Judge Judge { get; }
    public SimulatedServers Servers { get; }
    public SimulatedHost Host { get; }
    public Mutation? Mutation { get; }
    public List<SimulatedPlayer> Players { get; } = [];
    public DateTimeOffset Now { get; private set; } = Start;

    /// <summary>False once the run winds down: then nothing goes wrong any more.</summary>
    public bool Stormy { get; set; } = true;

    public bool Chance(double probability) => Random.NextDouble() < probability;

    public T Pick<T>(IReadOnlyList<T> from) => from[Random.Next(from.Count)];

    public TimeSpan Between(double leastSeconds, double mostSeconds) =>
        TimeSpan.FromSeconds(leastSeconds + (Random.NextDouble() * (mostSeconds - leastSeconds)));

    /// <summary>How long something takes to travel.</summary>
    public TimeSpan Travel() => Random.Next(100) switch
    {
        < 70 => Between(0, 0.005),
        < 95 => Between(0, 0.05),
        < 99 => Between(0, 0.4),
        _ => Weather.Slow && Stormy ? Between(0, 20) : Between(0, 0.4),
    };

    public void After(TimeSpan delay, Action action) => At(Now + delay, action);

    public void At(DateTimeOffset when, Action action) => agenda.Enqueue(action, ((when < Now ? Now : when).UtcTicks, order++));

    /// <summary>Lets everything happen that is due until then.</summary>
    public void RunUntil(DateTimeOffset end)
    {
        while (agenda.TryPeek(out _, out var next) && next.At <= end.UtcTicks)
            Next();
        Now = end;
    }

    /// <summary>Lets everything happen that there is; fails if it never ends.</summary>
    public void RunOut(TimeSpan atMost)
    {
        var end = Now + atMost;
        while (agenda.Count > 0)
        {
            Next();
            if (Now > end)
                Fail($"After {atMost} of quiet there is still something to do: something lives for ever.");
        }
    }

    private void Next()
    {
        agenda.TryDequeue(out var action, out var due);
        Now = new(due.At, TimeSpan.Zero);
        action!();
    }

    public bool Traced => trace is not null;

    public void Log(string line)
    {
        if (trace is null)
            return;
        // Records print every field; what is empty says nothing.
        line = EmptyField().Replace(line, "").Replace("{ ", "{", StringComparison.Ordinal).Replace(" }", "}", StringComparison.Ordinal);
        trace.Add(string.Create(CultureInfo.InvariantCulture, $"{(Now - Start).TotalSeconds,9:0.000} {line}"));
    }

    [GeneratedRegex(@"\b(Name|Guest|Confirm|Again|WantsOutcome) = \w+(, )?|\b\w+ = (, |(?= *}))|(?<=Number = )0, ")]
    private static partial Regex EmptyField();

    public IReadOnlyList<string> Trace => trace ?? [];

    public void Fail(string problem) => throw new BrokenPromiseException(problem);

    public void Must(bool holds, string problem)
    {
        if (!holds)
            Fail(problem);
    }

    private GameRules MakeRules()
    {
        ModeRules Mode(int size)
        {
            var threshold = Pick([0, 0, 5000]);
            return new()
            {
                RoomSize = size,
                QueueGrace = TimeSpan.FromSeconds(Pick([0, 1, 10])),
                BattleGrace = TimeSpan.FromSeconds(Pick([0, 3, 10, 30])),
                BattleLimit = TimeSpan.FromSeconds(Pick([15, 60, 3600])),
                AttackThreshold = threshold,
                AttackCost = threshold == 0 ? 0 : Pick([0, 1, 2]),
                FreezeTime = TimeSpan.FromSeconds(Pick([0, 0, 0.5])),
                BattleServers = Chance(0.4),
            };
        }

        return new()
        {
            Modes = new Dictionary<string, ModeRules> { ["default"] = Mode(2), ["crowd"] = Mode(Random.Next(3, 5)) },
            ResumeTime = TimeSpan.FromSeconds(Pick([20, 600])),
        };
    }
}

/// <summary>What a host has stored of one actor.</summary>
internal sealed record StoredActor(byte[] State, IReadOnlyDictionary<int, byte[]> Tail, bool Busy)
{
    /// <summary>The actor again, as a host makes it.</summary>
    public static Actor Make(SimulatedWorld world, ActorId id, StoredActor? stored)
    {
        var types = new ActorTypes(world.Rules, new());
        var actor = stored is null ? types.Create(id) : types.Load(id, stored.State, stored.Tail.Select(e => new TailEntry(e.Key, e.Value)));
        return world.Mutation?.Actor?.Invoke(actor) ?? actor;
    }

    /// <summary>Stores an actor over what was stored of it before.</summary>
    public static StoredActor Of(Actor actor, StoredActor? before)
    {
        var buffer = new ArrayBufferWriter<byte>();
        actor.Save(buffer);
        var tail = before?.Tail ?? new Dictionary<int, byte[]>();
        if (actor.TakeTailChange() is ({ } cleared, { } entries) && (cleared || entries.Count > 0))
        {
            var merged = cleared ? [] : new Dictionary<int, byte[]>(tail);
            foreach (var entry in entries)
            {
                if (entry.Utf8.Length == 0)
                    merged.Remove(entry.Slot);
                else
                    merged[entry.Slot] = entry.Utf8;
            }

            tail = merged;
        }

        return new(buffer.WrittenSpan.ToArray(), tail, actor.Busy);
    }

    public string Text => Encoding.UTF8.GetString(State);
}
