using System.Buffers;
using System.Text.Json;

namespace GameServer.Game;

/// <summary>
/// The battle servers of one region: their leases, loads and ports, and which battle is on which.
/// <list type="bullet">
/// <item>A server's life: registered, its ports mapped (only then it can be chosen), live while it sends heartbeats, suspect after
/// <see cref="BattleServerRules.Lease"/>, dead after <see cref="BattleServerRules.DeadAfter"/> more. A dead server's battles move, its
/// doors are closed, and it is forgotten: its next heartbeat gets 404.</item>
/// <item>A registration is a fresh start, also of a server that is known: it gets a new epoch, and the battles it had move, because
/// its process was restarted and they are lost. (A server that was told 404 or 409 drops its battles before it registers again, for the
/// same reason.) Ports that were mapped and are registered again at the same address stay mapped.</item>
/// <item>An id belongs to one server until that is dead or has drained. Who registers it elsewhere meanwhile is refused: two servers
/// with one id would take it, and each other's battles, from one another for ever. A restarted process is told from a second one by its
/// address and one of its ports, which no two processes can have at a time.</item>
/// <item>A battle's life: in line, on a port, ended. It ends when its room releases it, its server says it is finished, or after
/// <see cref="BattleServerRules.AllocationLimit"/>, whichever is first; the rest finds nothing to do. The room is not told of an end that
/// was not its own: the room settles by its own rules. An ended battle that asks again is not served: the last <see cref="MaxEnded"/> are
/// remembered, because a request may come again, late.</item>
/// <item>Doors. Opening waits until closing the same ports for an earlier server is confirmed, so a close on its way
/// never shuts a newer server's door, and an address that is used again never inherits an open one.</item>
/// </list>
/// </summary>
public sealed class BattleServerRegistry : Actor
{
    /// <summary>
    /// Servers of one region, those whose doors are still being closed included. With the other bounds, and what waits to be sent to rooms,
    /// it keeps what is stored below <see cref="StoredBounds.MostBytes"/>.
    /// </summary>
    public const int MaxServers = 100;

    /// <summary>Ports of one region.</summary>
    public const int MaxPorts = 300;

    /// <summary>Ports of one server.</summary>
    public const int MaxPortsOfServer = 16;

    /// <summary>
    /// Battles in line. When the queue is full, the newest request is dropped from it: it is told <see cref="NoServerFree"/> like the others,
    /// and its room asks again after <see cref="Room.AskServerTime"/>. Those before it were promised theirs first.
    /// </summary>
    public const int MaxWaiting = 100;

    /// <summary>How many ended battles are remembered.</summary>
    public const int MaxEnded = 200;

    private const int MaxReason = 200;

    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(1);

    // Opening waits for the accelerator to be deployed, which takes up to a minute. A call that is still unanswered after this is lost.
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMinutes(2);

    // A refused server that registers over and over must not make a call each time.
    private static readonly TimeSpan RefusalTime = TimeSpan.FromMinutes(1);

    private readonly RegistryState state;
    private readonly SortedDictionary<long, Battle> waiting = [];
    private readonly HashSet<string> ended;
    private DateTimeOffset? due;

    /// <summary>A registry that knows nothing yet.</summary>
    /// <param name="region">The region, which is the actor's key.</param>
    /// <param name="rules">Its settings.</param>
    public BattleServerRegistry(string region, BattleServerRules rules)
        : this(new(ActorKind.BattleServerRegistry, region), new RegistryState { Rules = rules })
    {
    }

    private BattleServerRegistry(ActorId id, RegistryState state)
        : base(id)
    {
        this.state = state;
        ended = [.. state.Ended];
        foreach (var battle in state.Battles.Values)
        {
            if (battle.Server is null)
                waiting.Add(battle.Place, battle);
            else
                PortOf(battle).Battle = battle;
        }
        due = NextDue();
    }

    /// <inheritdoc/>
    public override DateTimeOffset? Due => due;

    /// <summary>Never once it has given out a number: fences and epochs must not begin again.</summary>
    public override bool Erased => state is { LastFence: 0, LastEpoch: 0 };

    /// <inheritdoc/>
    public override bool Busy => state.Servers.Count + state.Battles.Count + state.Closings.Count > 0;

    /// <summary>The ports that are, or are about to be, open; what <see cref="IPortMap.CloseOthersAsync"/> leaves alone.</summary>
    public IReadOnlyList<MapPorts> KnownPorts =>
        [.. state.Servers.Values.Where(s => !s.Gone).Select(s => new MapPorts(s.Id, s.Epoch, s.Subnet, s.Address, [.. s.Ports.Select(p => p.Number)]))];

    /// <summary>Makes the actor from what <see cref="Save"/> wrote.</summary>
    /// <param name="id">Its address.</param>
    /// <param name="utf8">The stored state.</param>
    /// <param name="rules">The settings in force now; null: those it was saved with.</param>
    /// <exception cref="JsonException">The state is not one.</exception>
    public static BattleServerRegistry Load(ActorId id, ReadOnlySpan<byte> utf8, BattleServerRules? rules = null)
    {
        var state = JsonSerializer.Deserialize(utf8, RegistryJson.Compact.RegistryState) ?? throw new JsonException("The state is null.");
        return new(id, rules is null ? state : state with { Rules = rules });
    }

    /// <inheritdoc/>
    public override void Save(IBufferWriter<byte> destination)
    {
        using var writer = new Utf8JsonWriter(destination, new JsonWriterOptions { Encoder = RegistryJson.Compact.Options.Encoder });
        JsonSerializer.Serialize(writer, state, RegistryJson.Compact.RegistryState);
    }

    /// <inheritdoc/>
    public override void Handle(Message message, DateTimeOffset now, Effects effects)
    {
        if (message is Loaded)
            Recover(now, effects);
        Expire(now, effects);
        switch (message)
        {
            case AllocateServer m: Allocate(m, now, effects); break;
            case ReleaseServer m: End(m.BattleId, now, effects); break;
            case RegisterServer m: effects.Reply(Register(m, now, effects)); break;
            case ServerHeartbeat m: effects.Reply(Heartbeat(m, now)); break;
            case BattleFinished m: effects.Reply(Finished(m, now, effects)); break;
            case DrainServer m: effects.Reply(Drain(m, effects)); break;
            case GetServers: effects.Reply(Status(now)); break;
            case PortsMapped m: Mapped(m, now, effects); break;
            case PortsNotMapped m: NotMapped(m, now, effects); break;
            case PortsClosed m: Closed(m, effects); break;
        }
        ForgetDrained(now, effects);
        ServeWaiting(now, effects);
        CallPortMap(now, effects);
        due = NextDue();
    }

    // Battles ------------------------------------------------------------------------------------------------------------------

    private void Allocate(AllocateServer m, DateTimeOffset now, Effects effects)
    {
        if (ended.Contains(m.BattleId))
            return;
        if (!state.Battles.TryGetValue(m.BattleId, out var battle))
        {
            battle = new() { Id = m.BattleId, Place = ++state.LastFence, Since = now };
            state.Battles.Add(battle.Id, battle);
            waiting.Add(battle.Place, battle);
        }
        else if (battle.Server is not null)
        {
            Tell(battle, Allocated(battle), effects);
        }
        else if (battle.Told)
        {
            Tell(battle, new NoServerFree(battle.Fence), effects);
        }
    }

    /// <summary>
    /// Tells a battle's room. Not lost with its sender or receiver, although it is not stored to be sent again: whichever of the two is
    /// loaded after a crash tells, or asks, anew.
    /// </summary>
    private static void Tell(Battle battle, Message message, Effects effects)
    {
        effects.SendVolatile(new(ActorKind.Room, battle.Id), message);
        effects.Save(Durability.BeforeEffects);
    }

    /// <summary>Gives free ports to those in line, first come first served, and tells the rest, once, that there is none.</summary>
    private void ServeWaiting(DateTimeOffset now, Effects effects)
    {
        while (waiting.Count > 0 && ServerChoice.Pick(state.Servers.Values, now, state.Rules.Lease) is var (server, port))
        {
            var battle = waiting.First().Value;
            waiting.Remove(battle.Place);
            (battle.Server, battle.Port, battle.Told, battle.Fence) = (server.Id, port.Number, false, ++state.LastFence);
            port.Battle = battle;
            server.Used = now;
            Tell(battle, Allocated(battle), effects);
            effects.Tell(new(GameEvent.ServerAllocated, (now - battle.Since).TotalMilliseconds));
        }
        foreach (var battle in waiting.Values.Where(b => !b.Told))
        {
            (battle.Told, battle.Fence) = (true, ++state.LastFence);
            Tell(battle, new NoServerFree(battle.Fence), effects);
        }
        while (waiting.Count > MaxWaiting)
        {
            var last = waiting.Last().Value;
            waiting.Remove(last.Place);
            state.Battles.Remove(last.Id);
        }
    }

    /// <summary>Takes the battle off its port, or out of the line, for good.</summary>
    private void End(string battleId, DateTimeOffset now, Effects effects)
    {
        if (!state.Battles.Remove(battleId, out var battle))
            return;
        if (battle.Server is null)
            waiting.Remove(battle.Place);
        else
            Vacate(battle, now);
        state.Ended.Add(battleId);
        ended.Add(battleId);
        if (state.Ended.Count > MaxEnded)
        {
            ended.Remove(state.Ended[0]);
            state.Ended.RemoveAt(0);
        }
        effects.Save(Durability.BeforeEffects);
    }

    /// <summary>Takes the battles of a server that is lost back into line, each at its old place.</summary>
    private void TakeBack(Server server, DateTimeOffset now, Effects effects)
    {
        foreach (var battle in server.Ports.Select(p => p.Battle).OfType<Battle>().ToList())
        {
            Vacate(battle, now);
            waiting.Add(battle.Place, battle);
            effects.Tell(new(GameEvent.BattleMoved));
        }
    }

    private void Vacate(Battle battle, DateTimeOffset now)
    {
        var port = PortOf(battle);
        port.Battle = null;
        port.Used = now;
        state.Servers[battle.Server!].Used = now;
        battle.Server = null;
    }

    private ServerPort PortOf(Battle battle) => state.Servers[battle.Server!].PortOf(battle.Port)!;

    private ServerAllocated Allocated(Battle battle)
    {
        var port = PortOf(battle);
        var accelerator = state.Accelerators[port.Accelerator];
        return new(battle.Fence, new(battle.Id, accelerator.Dns, accelerator.Ips, port.OutsidePort, "tcp")
        {
            Place = new(battle.Server!, battle.Port, state.Servers[battle.Server!].Epoch),
        });
    }

    // Servers ------------------------------------------------------------------------------------------------------------------

    private RegistryAnswer Register(RegisterServer m, DateTimeOffset now, Effects effects)
    {
        if (!ServerRegistration.TryParse(m.ServerId, m.SubnetId, m.Address, m.Ports, out _, out var problem))
            return Refusal(400, problem);
        var old = state.Servers.GetValueOrDefault(m.ServerId);
        var same = old is not null && old.IsAt(m.SubnetId, m.Address);
        if (same && old!.Refused is { } reason && now < old.MapAt && old.Ports.Select(p => p.Number).Order().SequenceEqual(m.Ports.Order()))
            return Refusal(400, reason);
        if (old is { Gone: false, Refused: null } && !(same && old.Ports.Exists(p => m.Ports.Contains(p.Number))))
            return Refusal(409, $"The id '{m.ServerId}' belongs to the server at {old.Address}:{old.Ports[0].Number} in {old.Subnet}; {FreeAgain}");
        foreach (var other in state.Servers.Values.Where(s => s != old && s.IsAt(m.SubnetId, m.Address)))
        {
            if (other.Ports.Find(p => m.Ports.Contains(p.Number)) is { } taken)
                return Refusal(409, $"{m.Address}:{taken.Number} in {m.SubnetId} belongs to the server '{other.Id}'; {FreeAgain}");
        }
        var adds = old is null || (!old.Gone && (!same || old.Ports.Exists(p => !m.Ports.Contains(p.Number))));
        if (adds && state.Servers.Count + state.Closings.Count >= MaxServers)
            return Refusal(400, $"This region has {MaxServers} servers, those being closed included; no more are allowed.");
        if (state.Servers.Values.Where(s => s != old).Sum(s => s.Ports.Count) + m.Ports.Count > MaxPorts)
            return Refusal(400, $"With {m.Ports.Count} ports more this region would have more than {MaxPorts}; no more are allowed.");

        var server = new Server
        {
            Id = m.ServerId,
            Subnet = m.SubnetId,
            Address = m.Address,
            Epoch = ++state.LastEpoch,
            Seen = now,
            Used = now,
            MapAt = now,
            Ports = [.. m.Ports.Select(n => NewPort(n, same ? old!.PortOf(n) : null, now))],
        };
        if (old is not null)
        {
            TakeBack(old, now, effects);
            if (!old.Gone)
                Close(old, keep: same ? m.Ports : [], now);
        }
        state.Servers[server.Id] = server;
        effects.Save(Durability.BeforeEffects);
        return Success(server);
    }

    private string FreeAgain =>
        $"it is free again when that one has drained or has sent no heartbeat for {(state.Rules.Lease + state.Rules.DeadAfter).TotalSeconds:0} seconds.";

    private static ServerPort NewPort(int number, ServerPort? old, DateTimeOffset now) =>
        new() { Number = number, Used = now, OutsidePort = old?.OutsidePort ?? 0, Accelerator = old?.Accelerator ?? 0 };

    private RegistryAnswer Heartbeat(ServerHeartbeat m, DateTimeOffset now)
    {
        if (!state.Servers.TryGetValue(m.ServerId, out var server))
            return Unknown(m.ServerId);
        if (m.Epoch != server.Epoch)
            return OldEpoch(m.ServerId, m.Epoch);
        if (server.Refused is { } reason)
            return Refusal(400, reason);
        foreach (var (number, count) in m.Connections)
        {
            if (server.PortOf(number) is null)
                return Refusal(
                    400,
                    $"{number} is no port of '{m.ServerId}'; it has registered {string.Join(", ", server.Ports.Select(p => p.Number))}.");
            if (count is < 0 or > 1_000_000)
                return Refusal(400, $"Port {number} cannot have {count} connections; allowed are 0 to 1000000.");
        }
        foreach (var port in server.Ports)
            port.Connections = m.Connections.GetValueOrDefault(port.Number);
        server.Seen = now;
        // Not saved: a lease begins anew when the registry is loaded, and the next heartbeat reports the connections again.
        return Success(server);
    }

    private RegistryAnswer Finished(BattleFinished m, DateTimeOffset now, Effects effects)
    {
        if (!state.Servers.TryGetValue(m.ServerId, out var server))
            return Unknown(m.ServerId);
        if (m.Epoch is { } epoch && epoch != server.Epoch)
            return OldEpoch(m.ServerId, epoch);
        // A battle that has moved to another server is not over because the old one says so.
        if (state.Battles.TryGetValue(m.BattleId, out var battle) && battle.Server == m.ServerId)
            End(m.BattleId, now, effects);
        return Success(server);
    }

    private RegistryAnswer Drain(DrainServer m, Effects effects)
    {
        if (!state.Servers.TryGetValue(m.ServerId, out var server))
            return Unknown(m.ServerId);
        if (m.Epoch is { } epoch && epoch != server.Epoch)
            return OldEpoch(m.ServerId, epoch);
        if (!server.Draining)
        {
            server.Draining = true;
            effects.Save(Durability.BeforeEffects);
        }
        return Success(server);
    }

    private void ForgetDrained(DateTimeOffset now, Effects effects)
    {
        foreach (var server in state.Servers.Values.Where(s => s is { Draining: true, Gone: false, Battles: 0 }))
        {
            server.Gone = true;
            Close(server, keep: [], now);
            effects.Save(Durability.BeforeEffects);
        }
    }

    private RegistryAnswer Success(Server server) =>
        new(200, null, (int)state.Rules.Lease.TotalSeconds, server.Epoch, server.Draining ? "drain" : "serve")
        {
            Battles = server.Ports.Where(p => p.Battle is not null).ToDictionary(p => p.Number, p => p.Battle!.Id),
        };

    private static RegistryAnswer Unknown(string serverId) => Refusal(404, $"No server '{serverId}' is registered; register (again).");

    private static RegistryAnswer OldEpoch(string serverId, long epoch) =>
        Refusal(409, $"The epoch {epoch} is not that of the last registration of '{serverId}'; register again.");

    private static RegistryAnswer Refusal(int status, string message) => new(status, message, 0, 0, "serve");

    private RegistryStatus Status(DateTimeOffset now) => new(
        [.. state.Servers.Values.Where(s => !s.Gone).OrderBy(s => s.Id, StringComparer.Ordinal).Select(s => new ServerStatus(
            s.Id, s.Address, StateOf(s, now), s.Load,
            [.. s.Ports.Select(p => new PortStatus(p.Number, p.OutsidePort, p.Battle?.Id, p.Connections))]))],
        waiting.Count);

    private string StateOf(Server server, DateTimeOffset now) => server switch
    {
        { Refused: not null } => "refused",
        { Draining: true } => "draining",
        _ when now >= server.Seen + state.Rules.Lease => "suspect",
        _ when server.Ports.TrueForAll(p => !p.Mapped) => "mapping",
        _ => "live",
    };

    // Doors --------------------------------------------------------------------------------------------------------------------

    /// <summary>The server has lost these ports: whatever door is open there must be closed.</summary>
    private void Close(Server server, IReadOnlyCollection<int> keep, DateTimeOffset now)
    {
        // Also ports that are not mapped yet: an answer may be on its way, and then the door is open already.
        var lost = server.Ports.Select(p => p.Number).Where(n => !keep.Contains(n)).ToList();
        if (lost.Count > 0 && !state.Closings.Exists(c => c.Server == server.Id && c.Epoch == server.Epoch))
            state.Closings.Add(new() { Server = server.Id, Epoch = server.Epoch, Subnet = server.Subnet, Address = server.Address, Ports = lost, At = now });
    }

    private void CallPortMap(DateTimeOffset now, Effects effects)
    {
        foreach (var closing in state.Closings.Where(c => now >= c.At))
        {
            closing.At = now + BackOff(closing.Tries++ + 2);
            effects.Call(new ClosePorts(closing.Server, closing.Epoch, closing.Subnet, closing.Address, closing.Ports));
            effects.Save(Durability.BeforeEffects); // An activation that was replaced cannot save, and so shuts no newer server's door.
        }
        foreach (var server in state.Servers.Values.Where(s => s.WantsMapping && now >= s.MapAt && !IsClosing(s)))
        {
            server.MapAt = now + AnswerTime;
            effects.Call(new MapPorts(server.Id, server.Epoch, server.Subnet, server.Address,
                [.. server.Ports.Where(p => !p.Mapped).Select(p => p.Number)]));
            effects.Save(Durability.BeforeEffects);
        }
    }

    private bool IsClosing(Server server) => state.Closings.Exists(
        c => server.IsAt(c.Subnet, c.Address) && server.Ports.Exists(p => !p.Mapped && c.Ports.Contains(p.Number)));

    private void Mapped(PortsMapped m, DateTimeOffset now, Effects effects)
    {
        if (!Awaits(m.ServerId, m.Epoch, out var server))
            return;
        foreach (var mapping in m.Mappings)
        {
            if (server.PortOf(mapping.Port) is { Mapped: false } port)
                (port.OutsidePort, port.Accelerator) = (mapping.OutsidePort, AcceleratorOf(mapping));
        }
        server.MapFailures = 0;
        if (server.WantsMapping)
            server.MapAt = now + BackOff(server.MapFailures++);
        effects.Save(Durability.BeforeEffects);
    }

    private int AcceleratorOf(PortMapping mapping)
    {
        var known = state.Accelerators.FindIndex(a => a.Dns == mapping.Dns && a.Ips.SequenceEqual(mapping.Ips));
        if (known >= 0)
            return known;
        state.Accelerators.Add(new(mapping.Dns, mapping.Ips));
        return state.Accelerators.Count - 1;
    }

    private void NotMapped(PortsNotMapped m, DateTimeOffset now, Effects effects)
    {
        if (!Awaits(m.ServerId, m.Epoch, out var server))
            return;
        if (m.Final)
        {
            server.Refused = Shortened(m.Reason);
            server.MapAt = now + RefusalTime;
        }
        else
        {
            server.MapAt = now + BackOff(server.MapFailures++);
        }
        effects.Save(Durability.BeforeEffects);
    }

    /// <summary>Stored and answered, so it has few characters, and only those that are one byte each.</summary>
    private static string Shortened(string reason) => string.Concat(reason.Take(MaxReason).Select(c => char.IsBetween(c, ' ', '~') ? c : '?'));

    private bool Awaits(string serverId, long epoch, out Server server) =>
        state.Servers.TryGetValue(serverId, out server!) && server.Epoch == epoch && server.WantsMapping;

    private void Closed(PortsClosed m, Effects effects)
    {
        if (state.Closings.RemoveAll(c => c.Server == m.ServerId && c.Epoch == m.Epoch) > 0)
            effects.Save(Durability.BeforeEffects);
    }

    private static TimeSpan BackOff(int failures) =>
        failures >= 6 ? LongestBackOff : TimeSpan.FromSeconds(1 << failures);

    // Time ---------------------------------------------------------------------------------------------------------------------

    /// <summary>
    /// Heartbeats found nobody for a while, and calls and messages on their way may be lost: every lease begins anew, every call is made
    /// again, and every room is told again where its battle is.
    /// </summary>
    private void Recover(DateTimeOffset now, Effects effects)
    {
        foreach (var server in state.Servers.Values)
        {
            server.Seen = now;
            if (server.WantsMapping)
                server.MapAt = now;
        }
        foreach (var closing in state.Closings)
            closing.At = now;
        foreach (var battle in state.Battles.Values.Where(b => b.Fence > 0))
            Tell(battle, battle.Server is null ? new NoServerFree(battle.Fence) : Allocated(battle), effects);
        effects.Save(Durability.Soon);
    }

    private void Expire(DateTimeOffset now, Effects effects)
    {
        foreach (var server in state.Servers.Values.Where(s => now >= DeadAt(s)).ToList())
        {
            TakeBack(server, now, effects);
            state.Servers.Remove(server.Id);
            if (!server.Gone)
            {
                Close(server, keep: [], now);
                effects.Tell(new(GameEvent.ServerDead));
            }
            effects.Save(Durability.BeforeEffects);
        }
        foreach (var battle in state.Battles.Values.Where(b => now >= b.Since + state.Rules.AllocationLimit).ToList())
            End(battle.Id, now, effects);
    }

    private DateTimeOffset DeadAt(Server server) => server.Seen + state.Rules.Lease + state.Rules.DeadAfter;

    private DateTimeOffset? NextDue()
    {
        DateTimeOffset? next = null;
        foreach (var server in state.Servers.Values)
        {
            Earlier(DeadAt(server));
            if (server.WantsMapping && !IsClosing(server))
                Earlier(server.MapAt);
        }
        foreach (var closing in state.Closings)
            Earlier(closing.At);
        foreach (var battle in state.Battles.Values)
            Earlier(battle.Since + state.Rules.AllocationLimit);
        return next;

        void Earlier(DateTimeOffset at) => next = next is null || at < next ? at : next;
    }
}
