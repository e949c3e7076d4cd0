using System.Buffers;

namespace GameServer.Game.Tests.Simulation;

/// <summary>
/// Knows the promises of the protocol (section 3) and what has truly happened, from the messages that actors committed to and the frames
/// that clients were shown. It never looks into an actor.
/// </summary>
internal sealed class Judge(SimulatedWorld world)
{
    private readonly Dictionary<string, Battle> battles = [];

    /// <summary>To which battle a player's <c>syncscore</c> went.</summary>
    private readonly Dictionary<(string UserId, int Index), Battle> battleOfScore = [];

    private readonly HashSet<(string UserId, int Index)> refused = [];

    private readonly HashSet<string> excused = [];
    private readonly Dictionary<string, DateTimeOffset> oldScoresUntil = [];
    private readonly Dictionary<string, int> newestScore = [];
    private readonly HashSet<(string UserId, RequestId Id)> deathsTaken = [];

    private sealed class Battle(string id, CreateBattle create)
    {
        public string Id { get; } = id;
        public CreateBattle Create { get; } = create;
        public HashSet<string> Started { get; } = [];
        public DateTimeOffset StartedAt { get; set; }
        public HashSet<string> Left { get; } = [];

        /// <summary>A player's newest score that somebody was told of.</summary>
        public Dictionary<string, int> Known { get; } = [];

        /// <summary>How many scores a player had sent when it was known to be dead: no later one counts.</summary>
        public Dictionary<string, int> SentBeforeDeath { get; } = [];

        public Dictionary<string, Settled> Results { get; } = [];
        public Dictionary<(string UserId, long Event), Push> Events { get; } = [];
        public HashSet<(string To, string Dead)> DeathsTold { get; } = [];
    }

    public Dictionary<ConnectionId, Connection> Connections { get; } = [];
    public long LastConnection { get; set; }

    /// <summary>The gateways of a cluster; one that crashes comes back under another name.</summary>
    public List<string> Gateways { get; } = ["gateway1", "gateway2"];

    public int BattlesStarted => battles.Values.Count(b => b.Started.Count > 0);
    public int BattlesSettled => battles.Values.Count(b => b.Results.Count > 0);

    /// <summary>Saving and travelling are slower than the promise assumes, and a crash comes on top.</summary>
    private bool TwoFaultsAtOnce => world.Weather is { Slow: true, Crashes: true } && world.Profile == HostProfile.Cluster;

    /// <summary>A crash may cost scores only where two things go wrong at once.</summary>
    public bool ScoreMayBeLost(string userId) => excused.Contains(userId) || TwoFaultsAtOnce;

    /// <summary>
    /// A newer connection took over right after a crash, before the older one's gateway, which alone had the last score, handed it in.
    /// </summary>
    public void ExcuseScores(string userId) => excused.Add(userId);

    /// <summary>
    /// A player that was loaded anew does not know which of the last second's scores it has shown, and mail that nobody confirmed comes
    /// again: until the room's view comes, its client may be shown an older one.
    /// </summary>
    public void ExcuseOldScores(string userId) => oldScoresUntil[userId] = world.Now + TimeSpan.FromSeconds(20);

    /// <summary>See <see cref="ExcuseOldScores"/>.</summary>
    public bool MayShowOldScores(string userId) => oldScoresUntil.TryGetValue(userId, out var until) && world.Now < until;

    public void LooksAt(Actor actor) =>
        world.Must(
            actor.Busy || actor.Due is null, $"{actor.Id} wants to be woken but is in the middle of nothing: unloaded, it would never wake.");

    /// <summary>What is stored is the whole actor.</summary>
    public void ComesBackTheSame(Cell cell)
    {
        var again = new ArrayBufferWriter<byte>();
        StoredActor.Make(world, cell.Id, cell.Stored).Save(again);
        world.Must(again.WrittenSpan.SequenceEqual(cell.Stored!.State), $"{cell.Id} does not come back as it was stored.");
    }

    /// <summary>Messages that an actor can not take back any more, and what made it send them.</summary>
    public void Committed(Message? cause, IReadOnlyList<InFlight> sent)
    {
        if (cause is Request { Id: { } id }
            && sent.FirstOrDefault(s => s.Envelope is { Message: DieCommand, Durable: true }) is { From.Key: var dying })
            deathsTaken.Add((dying, id));
        foreach (var message in sent)
        {
            var (from, envelope) = (message.From, message.Envelope);
            // A gateway hands in the last score with an attachment or a close, and the request itself may never arrive.
            if (LastOf(envelope.Message) is { Score: var last })
                battleOfScore.TryAdd((from.Key, PlayerOf(from.Key).IndexOf(last)), battles[envelope.To.Key]);
            switch (envelope.Message)
            {
                case CreateBattle create:
                    world.Must(battles.TryAdd(envelope.To.Key, new(envelope.To.Key, create)), $"Battle {envelope.To.Key} was made twice.");
                    break;
                case BattleStarted:
                    Start(battles[from.Key], envelope.To.Key);
                    break;
                case ScoreCommand score:
                    var index = PlayerOf(from.Key).IndexOf(score.Score);
                    battleOfScore[(from.Key, index)] = battles[envelope.To.Key];
                    // Sent on two connections, they may overtake each other: then the later one is not the newer one.
                    if (index < newestScore.GetValueOrDefault(from.Key, -1))
                        excused.Add(from.Key);
                    newestScore[from.Key] = index;
                    break;
                case ExitCommand when battles[envelope.To.Key].Results.Count == 0:
                    battles[envelope.To.Key].Left.Add(from.Key);
                    break;
                case BattleEvent happened:
                    Event(battles[from.Key], envelope.To.Key, happened);
                    break;
                case Settled settled:
                    Settle(battles[from.Key], envelope.To.Key, settled);
                    break;
            }
        }
    }

    /// <summary>Who has a seat in a battle.</summary>
    public IReadOnlyList<string> RosterOf(string battleId) => [.. battles[battleId].Create.Roster.Select(seat => seat.UserId)];

    /// <summary>A battle server was told that its result counts.</summary>
    public void ReportTaken(string battleId, IReadOnlyDictionary<string, BattleResult> results)
    {
        var battle = battles[battleId];
        world.Must(
            battle.Results.Count == battle.Create.Roster.Count && battle.Results.All(r => results[r.Key] == r.Value.Result),
            $"A result of {battleId} was confirmed, {string.Join(", ", results)}, and is not that of the settlement.");
    }

    private static KnownScore? LastOf(Message command) => command switch
    {
        DieCommand die => die.Last,
        ExitCommand exit => exit.Last,
        PresenceCommand presence => presence.Last,
        _ => null,
    };

    private SimulatedPlayer PlayerOf(string name) => world.Players.Find(p => p.Name == name)!;

    private void Start(Battle battle, string userId)
    {
        world.Must(battle.Create.Roster.Any(s => s.UserId == userId), $"{userId} is in battle {battle.Id} without a seat.");
        battle.StartedAt = world.Now;
        world.Must(battle.Started.Add(userId), $"Battle {battle.Id} was started twice for {userId}.");
        var other = battles.Values.FirstOrDefault(b =>
            b != battle && b.Started.Contains(userId) && b.Results.Count == 0 && !b.Left.Contains(userId));
        world.Must(other is null, $"{userId} is in two battles: {other?.Id} and {battle.Id}.");
    }

    private void Event(Battle battle, string to, BattleEvent happened)
    {
        world.Must(battle.Results.Count == 0, $"Something happened in {battle.Id} after the settlement: {happened}.");
        world.Must(
            battle.Events.TryAdd((to, happened.Event), happened.Push) || battle.Events[(to, happened.Event)] == happened.Push,
            $"{to} was told two things as event {happened.Event} of {battle.Id}.");
        if (happened.Push.Kind == PushKind.PlayerDied)
        {
            var dead = happened.Push.Text!;
            battle.DeathsTold.Add((to, dead));
            battle.SentBeforeDeath.TryAdd(dead, PlayerOf(dead).ScoresSent);
        }
    }

    private void Settle(Battle battle, string userId, Settled settled)
    {
        world.Must(battle.Started.Contains(userId), $"{userId} got the settlement of {battle.Id} and was never in it.");
        if (battle.Results.TryGetValue(userId, out var before))
        {
            world.Must(
                (before.Result, before.Score, before.At) == (settled.Result, settled.Score, settled.At),
                $"{userId} was told two settlements of {battle.Id}: {before} and {settled}.");
            return;
        }

        battle.Results.Add(userId, settled);
        if (battle.Results.Count == battle.Create.Roster.Count)
            CheckSettlement(battle);
    }

    private void CheckSettlement(Battle battle)
    {
        var ranked = battle.Results.OrderByDescending(r => r.Value.Score).ToList();
        var winners = ranked.TakeWhile(r => r.Value.Score == ranked[0].Value.Score).Count();
        var reported = world.Servers.Reported(battle.Id, report => battle.Results.All(r => report[r.Key] == r.Value.Result));
        for (var i = 0; i < ranked.Count; i++)
        {
            var (userId, settled) = ranked[i];
            var expected = i >= winners ? BattleResult.Lose : winners > 1 ? BattleResult.Draw : BattleResult.Win;
            world.Must(
                settled.Result == expected || reported,
                $"{userId} got {settled.Result} in {battle.Id} with {string.Join(", ", ranked.Select(r => $"{r.Key}: {r.Value.Score}"))}.");
            CheckFinal(battle, userId, PlayerOf(userId).IndexOf(settled.Score));

            // Who stays to the end is told every death, the last one as "all". Only the limit and a report let several die at once, untold.
            var toBeTold = ranked.Count - (settled.ShowAllDied ? 2 : 1);
            world.Must(
                battle.Left.Contains(userId) || reported || settled.At >= battle.StartedAt + battle.Create.Rules.BattleLimit
                    || battle.DeathsTold.Count(d => d.To == userId) == toBeTold,
                $"{userId} was not told of every death in {battle.Id}.");
        }
    }

    private void CheckFinal(Battle battle, string userId, int final)
    {
        if (final >= 0)
        {
            world.Must(
                battleOfScore.GetValueOrDefault((userId, final)) == battle,
                $"{userId} was settled in {battle.Id} with score {final}, which it sent in another battle or none.");
            world.Must(
                !refused.Contains((userId, final)), $"{userId} was settled in {battle.Id} with score {final}, which had been refused.");
        }

        world.Must(
            !battle.SentBeforeDeath.TryGetValue(userId, out var sent) || final < sent,
            $"{userId} was settled in {battle.Id} with score {final}, sent after its death was told.");
        if (!ScoreMayBeLost(userId) && battle.Known.TryGetValue(userId, out var known))
            world.Must(final >= known, $"{userId} was settled in {battle.Id} with score {final}, but {known} had been confirmed.");
    }

    /// <summary>Somebody was told of this score, by an answer or a push: it may not be forgotten.</summary>
    public void ScoreKnown(string userId, int index)
    {
        if (index < 0 || !battleOfScore.TryGetValue((userId, index), out var battle))
            return;
        battle.Known[userId] = Math.Max(index, battle.Known.GetValueOrDefault(userId, -1));
        if (battle.Results.Count == battle.Create.Roster.Count)
            CheckFinal(battle, userId, PlayerOf(userId).IndexOf(battle.Results[userId].Score));
    }

    /// <summary>Whether it was this request to die that went to the room for good.</summary>
    public bool DeathTaken(string userId, RequestId id) => deathsTaken.Contains((userId, id));

    public void ScoreRefused(string userId, int index) => refused.Add((userId, index));

    /// <summary>A client was told how its battle ended. If it saw the whole battle, it saw every death it had to see.</summary>
    public void ToldSettlement(
        SimulatedPlayer player, string result, IReadOnlySet<string> peers, IReadOnlySet<string>? sawDead, bool sawAllDied)
    {
        var told = battles.Values.Where(b =>
            b.Results.TryGetValue(player.Name, out var r) && Wire(r.Result) == result && !b.Left.Contains(player.Name)
            && (sawDead is null || peers.SetEquals(b.Create.Roster.Select(s => s.UserId).Where(u => u != player.Name)))).ToList();
        world.Must(told.Count > 0, $"{player.Name} was told {result}, which is the result of none of its battles.");
        // In a crash a player forgets what it held back until its client, which has waited too long, was told where it is.
        if (sawDead is null || TwoFaultsAtOnce)
            return;
        world.Must(
            told.Exists(b => b.DeathsTold.Where(d => d.To == player.Name).All(d => sawDead.Contains(d.Dead))
                && (sawAllDied || !b.Results[player.Name].ShowAllDied)),
            $"{player.Name} saw the battle to its end, but not every death: only {string.Join(", ", sawDead)}{(sawAllDied ? ", all" : "")}.");
    }

    private static string Wire(BattleResult result) => result switch
    {
        BattleResult.Win => "WIN",
        BattleResult.Lose => "LOSE",
        _ => "DRAW",
    };

    /// <summary>Everything is quiet: nothing is left, and every record has every battle once.</summary>
    public void AllIsQuiet()
    {
        foreach (var battle in battles.Values.Where(b => b.Started.Count > 0))
            world.Must(battle.Results.Count == battle.Create.Roster.Count, $"Battle {battle.Id} was never settled.");
        world.Host.MustBeOver();
        foreach (var cell in world.Host.Cells)
        {
            world.Must(
                cell.Outbox is { Unconfirmed.Count: 0, Weight: 0 },
                $"{cell.Id} still has something to send: {string.Join(", ", cell.Outbox.Unconfirmed)}.");
            world.Must(
                cell.Id.Kind != ActorKind.Room || (cell.Live is null && cell.Stored is null), $"{cell.Id} lives for ever: {cell.Stored?.Text}");
            world.Must(
                cell.Live is not { Busy: true } && cell.Stored is not { Busy: true }, $"{cell.Id} is busy for ever: {cell.Stored?.Text}");
            world.Must(cell.Live?.Due is null, $"{cell.Id} still wants to be woken at {cell.Live?.Due}.");
        }

        foreach (var player in world.Players)
        {
            var record = ((PlayerInfo)world.Host.Ask(player.Id, new GetRecord())!).Record;
            int Count(BattleResult result) => battles.Values.Count(
                b => b.Results.TryGetValue(player.Name, out var r) && r.Result == result);
            world.Must(
                (record.Wins, record.Losses, record.Draws) == (Count(BattleResult.Win), Count(BattleResult.Lose), Count(BattleResult.Draw)),
                $"{player.Name}'s record is {record}, but it has {Count(BattleResult.Win)} wins, {Count(BattleResult.Lose)} losses, {Count(BattleResult.Draw)} draws.");
            world.Must(
                record.Last is not { } last || (
                    battles[last.BattleId].Results[player.Name] is var r && (last.Result, last.Score, last.At) == (r.Result, r.Score, r.At)),
                $"{player.Name}'s last battle is not told as it was: {record.Last}.");
        }
    }
}
