namespace GameServer.Game.Tests.Simulation;

/// <summary>
/// The registry and the battle servers, as rooms know them: battles get a server, or none for a while, or another one; and servers say what
/// came of their battles, once or again, also those that have lost the battle, or never had it, or do not know who fights in it.
/// </summary>
internal sealed class SimulatedServers(SimulatedWorld world)
{
    private static readonly string[] Ids = ["s1", "s2", "s3"];

    private readonly Dictionary<string, Battle> battles = [];
    private long fence;

    private sealed class Battle(string id)
    {
        public string Id { get; } = id;
        public ActorId Room { get; } = new(ActorKind.Room, id);
        public Message? Told { get; set; }
        public bool Ended { get; set; }

        /// <summary>What is on its way to the room, in order.</summary>
        public Queue<Message> ToRoom { get; } = new();

        /// <summary>Every place it ever had, with its fence.</summary>
        public List<(long Fence, ServerPlace Place)> Places { get; } = [];

        /// <summary>The fence of the last that the room has handled.</summary>
        public long Heard { get; set; }

        public List<Dictionary<string, BattleResult>> Reports { get; } = [];
    }

    /// <summary>A room's message, which may come again.</summary>
    public void Hear(Message message)
    {
        switch (message)
        {
            case AllocateServer { BattleId: var id }:
                if (!battles.TryGetValue(id, out var battle))
                    battles.Add(id, battle = new(id));
                if (battle is { Ended: false, Told: { } told })
                    Tell(battle, told);
                else if (!battle.Ended)
                    Place(battle);
                break;
            case ReleaseServer { BattleId: var id }:
                if (!battles.TryGetValue(id, out var over))
                    battles.Add(id, over = new(id));
                over.Ended = true;
                break;
        }
    }

    /// <summary>Whether a server that had the battle has ever reported this.</summary>
    public bool Reported(string battleId, Func<IReadOnlyDictionary<string, BattleResult>, bool> isThis) =>
        battles.TryGetValue(battleId, out var battle) && battle.Reports.Exists(report => isThis(report));

    private void Place(Battle battle)
    {
        if (battle.Ended)
            return;
        if (world.Chance(0.2))
        {
            Tell(battle, battle.Told = new NoServerFree(++fence));
            world.After(world.Between(0.1, 10), () => Place(battle));
            return;
        }

        var place = new ServerPlace(world.Pick(Ids), 8080, ++fence);
        battle.Places.Add((fence, place));
        Tell(battle, battle.Told = new ServerAllocated(fence, new(battle.Id, "acc", ["192.0.2.1"], 10000 + (int)(fence % 100), "tcp") { Place = place }));
        world.After(world.Between(0.2, 30), () => GoOn(battle));
    }

    private void Tell(Battle battle, Message message)
    {
        battle.ToRoom.Enqueue(message);
        if (battle.ToRoom.Count == 1)
            world.After(world.Travel(), () => Pump(battle));
    }

    private void Pump(Battle battle)
    {
        var message = battle.ToRoom.Peek();
        var handled = world.Host.TryTell(battle.Room, message);
        if (handled)
        {
            battle.ToRoom.Dequeue();
            battle.Heard = Math.Max(battle.Heard, message is ServerAllocated allocated ? allocated.Fence : ((NoServerFree)message).Fence);
        }

        if (battle.ToRoom.Count > 0)
            world.After(handled ? world.Travel() : world.Between(0.1, 1), () => Pump(battle));
    }

    private void GoOn(Battle battle)
    {
        if (battle.Ended || !world.Stormy)
            return;
        var (at, place) = battle.Places[^1];
        switch (world.Random.Next(8))
        {
            case 0 or 1:
                Place(battle); // It has moved.
                break;
            case 2:
                Report(battle, at, place with { Epoch = place.Epoch + 1000 }, Result(battle));
                world.After(world.Between(0.2, 10), () => GoOn(battle));
                break;
            case 3:
                Report(battle, at, place, new() { ["nobody"] = BattleResult.Win, ["else"] = BattleResult.Lose });
                world.After(world.Between(0.2, 10), () => GoOn(battle));
                break;
            case 4:
                var (before, earlier) = world.Pick(battle.Places);
                Report(battle, before, earlier, Result(battle));
                world.After(world.Between(0.2, 10), () => GoOn(battle));
                break;
            default:
                Report(battle, at, place, Result(battle));
                break;
        }
    }

    private Dictionary<string, BattleResult> Result(Battle battle)
    {
        var players = world.Judge.RosterOf(battle.Id);
        var top = world.Random.Next(1, players.Count + 1);
        return players.OrderBy(_ => world.Random.Next()).Select((player, i) => (player, i)).ToDictionary(
            p => p.player, p => p.i >= top ? BattleResult.Lose : top == 1 ? BattleResult.Win : BattleResult.Draw);
    }

    private void Report(Battle battle, long at, ServerPlace place, Dictionary<string, BattleResult> result)
    {
        var mayCount = battle.Places.Exists(p => p.Place == place) && !result.ContainsKey("nobody");
        if (mayCount)
            battle.Reports.Add(result);
        Send();

        void Send()
        {
            var heard = battle.Heard;
            if (!world.Host.TryTell(battle.Room, new BattleReported(place.ServerId, place.Epoch, result)))
            {
                // No answer came. What is asked again is the same.
                world.After(world.Between(0.1, 2), Send);
                return;
            }

            var answer = (ReportAnswer)world.Host.Answer!;
            switch (answer.Status)
            {
                case 200:
                    world.Must(mayCount, $"{place} ended battle {battle.Id} with {string.Join(", ", result)}, which is not its to end.");
                    world.Must(at >= heard, $"{place} ended battle {battle.Id}, which had been moved to another server.");
                    world.Judge.ReportTaken(battle.Id, result);
                    if (world.Chance(0.3))
                        world.After(world.Between(0, 2), Send);
                    break;
                case 503:
                    world.Must(world.Profile == HostProfile.Cluster, $"{battle.Id} does not know its scores though none can be lost.");
                    world.After(world.Between(0.5, 5), Send);
                    break;
                default:
                    world.Must(answer.Status is 400 or 404 or 409, $"{battle.Id} answered a report with {answer}.");
                    break;
            }
        }
    }
}
