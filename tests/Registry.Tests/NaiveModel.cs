using GameServer.Game;

namespace GameServer.Registry.Tests;

/// <summary>
/// The registry as one would explain it: it keeps every word that was said and looks at all of them each time. It decides nothing; it
/// says whether what the registry decided is right.
/// </summary>
internal sealed class NaiveModel
{
    private static readonly TimeSpan Suspect = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Dead = TimeSpan.FromSeconds(45);

    private readonly Dictionary<string, ModelServer> servers = [];
    private readonly Dictionary<string, (string Server, int Port)> on = [];
    private readonly List<string> asked = [];
    private readonly HashSet<string> told = [];
    private readonly HashSet<string> over = [];
    private readonly HashSet<(string Address, int Port)> mustClose = [];
    private readonly HashSet<(string Server, long Epoch)> closed = [];
    private readonly Dictionary<(string Server, long Epoch), (string Address, int[] Ports)> closing = [];
    private long lastFence;

    private sealed record ModelServer(string Id, long Epoch, string Address, Dictionary<int, bool> Open)
    {
        public DateTimeOffset Seen { get; set; }
        public DateTimeOffset Used { get; set; }
        public Dictionary<int, int> Connections { get; set; } = [];
        public bool Draining { get; set; }
        public bool Gone { get; set; }
        public bool Refused { get; set; }
    }

    public long EpochOf(string id) => servers.TryGetValue(id, out var server) ? server.Epoch : 1;

    public void Heard(Message message, DateTimeOffset now, RegistryAnswer? answer)
    {
        foreach (var dead in servers.Values.Where(s => now >= s.Seen + Dead).ToList())
            Lose(dead, keep: [], now);
        switch (message)
        {
            case RegisterServer m when answer!.Status == 200:
                // One id is one server: what registers it is the one that has it, started again, or has it after that one is gone.
                Assert.True(
                    !servers.TryGetValue(m.ServerId, out var holder) || holder.Gone || holder.Refused
                        || (holder.Address == m.Address && holder.Open.Keys.Intersect(m.Ports).Any()),
                    $"{m.ServerId} was taken from a server that lives.");
                var open = new Dictionary<int, bool>();
                foreach (var port in m.Ports)
                {
                    open[port] = servers.TryGetValue(m.ServerId, out var old) && !old.Gone && old.Address == m.Address
                        && old.Open.GetValueOrDefault(port);
                    Assert.DoesNotContain(
                        servers.Values, s => s.Id != m.ServerId && !s.Gone && s.Address == m.Address && s.Open.ContainsKey(port));
                }
                if (servers.TryGetValue(m.ServerId, out var before))
                    Lose(before, before.Address == m.Address ? m.Ports : [], now);
                servers[m.ServerId] = new(m.ServerId, answer.Epoch, m.Address, open) { Seen = now, Used = now };
                break;
            case ServerHeartbeat m:
                Assert.Equal(!servers.TryGetValue(m.ServerId, out var beating) ? 404
                    : beating.Epoch != m.Epoch ? 409
                    : beating.Refused || m.Connections.Keys.Any(p => !beating.Open.ContainsKey(p)) ? 400 : 200, answer!.Status);
                if (answer.Status == 200)
                {
                    beating!.Seen = now;
                    beating.Connections = m.Connections.ToDictionary();
                    Assert.Equal(beating.Draining ? "drain" : "serve", answer.Command);
                }
                break;
            case DrainServer m when servers.TryGetValue(m.ServerId, out var draining) && (m.Epoch ?? draining.Epoch) == draining.Epoch: draining.Draining = true; break;
            case AllocateServer m when !over.Contains(m.BattleId) && !asked.Contains(m.BattleId): asked.Add(m.BattleId); break;
            case ReleaseServer m: End(m.BattleId, now); break;
            case BattleFinished m when on.TryGetValue(m.BattleId, out var at) && at.Server == m.ServerId
                && (m.Epoch ?? EpochOf(m.ServerId)) == EpochOf(m.ServerId): End(m.BattleId, now); break;
            case PortsMapped m when servers.TryGetValue(m.ServerId, out var mapped) && mapped.Epoch == m.Epoch
                && mapped is { Gone: false, Refused: false }:
                foreach (var mapping in m.Mappings)
                    mapped.Open[mapping.Port] = true;
                break;
            case PortsNotMapped { Final: true } m when servers.TryGetValue(m.ServerId, out var refused) && refused.Epoch == m.Epoch
                && !refused.Gone && refused.Open.ContainsValue(false): refused.Refused = true; break;
            case PortsClosed m:
                closed.Add((m.ServerId, m.Epoch));
                if (closing.Remove((m.ServerId, m.Epoch), out var doors))
                    mustClose.RemoveWhere(d => d.Address == doors.Address && doors.Ports.Contains(d.Port));
                break;
        }
        foreach (var server in servers.Values.Where(s => s is { Draining: true, Gone: false } && !on.Values.Any(o => o.Server == s.Id)))
        {
            server.Gone = true;
            Shut(server, keep: []);
        }
    }

    /// <summary>What a room is told is right: the fence is new, the port is free and open, and no better server was to be had.</summary>
    public void RoomTold(string battle, Message message, DateTimeOffset now)
    {
        Assert.Contains(battle, asked);
        Assert.DoesNotContain(battle, over);
        if (message is NoServerFree none)
        {
            Assert.False(on.ContainsKey(battle));
            Assert.Empty(Eligible(now));
            lastFence = Math.Max(lastFence, none.Fence);
            told.Add(battle);
            return;
        }
        var allocated = Assert.IsType<ServerAllocated>(message);
        Assert.Equal(battle, allocated.Server.BattleId);
        var (server, port) = Inside(allocated.Server.Port);
        if (on.TryGetValue(battle, out var at) && allocated.Fence <= lastFence)
        {
            Assert.Equal((server.Id, port), at);
            return;
        }
        Assert.True(allocated.Fence > lastFence, "A new allocation has a larger fence.");
        lastFence = allocated.Fence;
        Assert.Equal(battle, asked.First(b => !on.ContainsKey(b)));
        Assert.DoesNotContain(on.Values, o => o == (server.Id, port));
        var eligible = Eligible(now).ToList();
        Assert.Contains(server, eligible);
        Assert.True(server.Open[port]);
        Assert.All(
            eligible,
            e => Assert.True((Load(server), server.Used).CompareTo((Load(e), e.Used)) <= 0, $"{e.Id} is less loaded than {server.Id}."));
        on[battle] = (server.Id, port);
        server.Used = now;
    }

    /// <summary>A door is never opened while it still has to be closed for an earlier server.</summary>
    public void CheckCalls(IEnumerable<ExternalCall> calls)
    {
        foreach (var call in calls)
        {
            if (call is MapPorts map)
            {
                Assert.Equal(servers[map.ServerId].Epoch, map.Epoch);
                Assert.All(map.Ports, p => Assert.DoesNotContain((map.Address, p), mustClose));
            }
            else if (call is ClosePorts close)
            {
                Assert.Contains((close.ServerId, close.Epoch), closing);
                Assert.All(
                    close.Ports,
                    p => Assert.DoesNotContain(servers.Values, s => !s.Gone && s.Address == close.Address && s.Open.GetValueOrDefault(p)));
            }
        }
    }

    public void CheckStatus(RegistryStatus status, DateTimeOffset now)
    {
        Assert.Equal(asked.Count - on.Count, status.Waiting);
        Assert.True(status.Waiting == 0 || !Eligible(now).Any(), "A battle waits while a port is free.");
        Assert.Equal(asked.Where(b => !on.ContainsKey(b)).Order(), told.Where(b => !on.ContainsKey(b)).Order());
        Assert.Equal(servers.Values.Where(s => !s.Gone).Select(s => s.Id).Order(), status.Servers.Select(s => s.ServerId));
        Assert.Equal(
            on.Select(o => (o.Value.Server, o.Value.Port, o.Key)).Order(),
            status.Servers.SelectMany(s => s.Ports.Where(p => p.BattleId is not null).Select(p => (s.ServerId, p.Port, p.BattleId!))).Order());
        Assert.All(status.Servers, s => Assert.Equal(Load(servers[s.ServerId]), s.Load));
    }

    private IEnumerable<ModelServer> Eligible(DateTimeOffset now) => servers.Values.Where(s =>
        s is { Draining: false, Gone: false, Refused: false } && now < s.Seen + Suspect && s.Open.Any(p => p.Value && !on.ContainsValue((s.Id, p.Key))));

    private int Load(ModelServer server) => Math.Max(on.Values.Count(o => o.Server == server.Id), server.Connections.Values.Sum());

    private (ModelServer Server, int Port) Inside(int outside)
    {
        var (address, port) = ($"10.0.0.{outside / 100}", 8000 + (outside % 100));
        return (Assert.Single(servers.Values, s => !s.Gone && s.Address == address && s.Open.ContainsKey(port)), port);
    }

    private void End(string battle, DateTimeOffset now)
    {
        if (!asked.Remove(battle))
            return;
        over.Add(battle);
        told.Remove(battle);
        if (on.Remove(battle, out var at))
            servers[at.Server].Used = now;
    }

    private void Lose(ModelServer server, IReadOnlyCollection<int> keep, DateTimeOffset now)
    {
        foreach (var battle in on.Where(o => o.Value.Server == server.Id).Select(o => o.Key).ToList())
        {
            on.Remove(battle);
            told.Remove(battle);
        }
        server.Used = now;
        servers.Remove(server.Id);
        if (!server.Gone)
            Shut(server, keep);
    }

    private void Shut(ModelServer server, IReadOnlyCollection<int> keep)
    {
        var ports = server.Open.Keys.Except(keep).ToArray();
        if (ports.Length == 0)
            return;
        closing[(server.Id, server.Epoch)] = (server.Address, ports);
        foreach (var port in ports)
            mustClose.Add((server.Address, port));
    }
}
