using System.Buffers;

namespace GameServer.Game;

/// <summary>
/// One battle, from the offer of seats to the last confirmed settlement.
/// <para>
/// Forming: each player is offered a seat. All take it: the battle starts. One declines, or does not answer in time: it does not come
/// about, and those who took theirs go back to the queue.
/// </para>
/// <para>
/// Settled: the result is saved once, together with every message that tells it. Each player's record takes it under the battle's id and
/// confirms; when all have, nothing of the room is left. So every battle is settled exactly once, whatever crashes in between.
/// </para>
/// </summary>
public sealed class Room : Actor
{
    /// <summary>How long players have to take their seats. They answer at once unless their process is down.</summary>
    public static readonly TimeSpan SeatTime = TimeSpan.FromSeconds(10);

    /// <summary>How often a settlement is told again to those who have not confirmed it.</summary>
    public static readonly TimeSpan RetellTime = TimeSpan.FromSeconds(30);

    /// <summary>How often a room asks for a battle server while it has none.</summary>
    public static readonly TimeSpan AskServerTime = TimeSpan.FromMinutes(1);

    private readonly RoomState state;
    private readonly GameRules rules;
    private readonly Fight fight;
    private readonly ScoreRecovery recovery = new();
    private readonly ServerRequest server;
    private readonly HashSet<string> awaitingView = [];
    private int events;

    /// <summary>A room without a battle.</summary>
    public Room(string battleId, GameRules rules) : this(battleId, rules, new()) { }

    private Room(string battleId, GameRules rules, RoomState state) : base(new(ActorKind.Room, battleId))
    {
        this.rules = rules;
        this.state = state;
        fight = new(this);
        server = new(battleId, new(ActorKind.BattleServerRegistry, rules.Region), state);
    }

    /// <summary>The room as it was saved.</summary>
    public static Room Load(string battleId, GameRules rules, ReadOnlySpan<byte> saved) =>
        new(battleId, rules, Stored.Read(saved, GameJson.Default.RoomState));

    /// <summary>Whether a battle goes on.</summary>
    public bool InBattle => state.Phase == RoomPhase.Battle;

    private string BattleId => Id.Key;

    private IBattleRules BattleRules => rules.BattleRules[state.Rules.Battle ?? GameRules.DefaultBattleRules];

    /// <inheritdoc/>
    public override DateTimeOffset? Due => state.Phase switch
    {
        RoomPhase.None => null,
        RoomPhase.Battle => recovery.Until ?? Earliest(Earliest(state.PhaseEnds, state.Players.Min(p => p.AwayUntil)), server.Due),
        _ => state.PhaseEnds,
    };

    /// <inheritdoc/>
    public override bool Erased => state.Phase == RoomPhase.None;

    /// <inheritdoc/>
    public override bool Busy => state.Phase != RoomPhase.None;

    /// <inheritdoc/>
    public override void Save(IBufferWriter<byte> destination) => Stored.Write(destination, state, GameJson.Default.RoomState);

    /// <inheritdoc/>
    public override void Handle(Message message, DateTimeOffset now, Effects effects)
    {
        fight.Begin(now, effects);
        switch (message)
        {
            case CreateBattle create: Create(create, now, effects); break;
            case SeatTaken taken: TakeSeat(taken, now, effects); break;
            case SeatDeclined declined: DeclineSeat(declined, effects); break;
            case BattleCommand command: Command(command, now, effects); break;
            case SettlementTaken taken: Confirm(taken, effects); break;
            case ServerAllocated allocated: UseServer(allocated, effects); break;
            case NoServerFree none: TellNoServer(none, now, effects); break;
            case BattleReported reported: effects.Reply(TakeReport(reported, now, effects)); break;
            case Loaded loaded: Recover(loaded, now, effects); break;
            case Wake: break;
            default: throw new ArgumentException($"A room does not handle {message.GetType().Name}.", nameof(message));
        }

        PassTime(now, effects);
    }

    // Forming ------------------------------------------------------------------------------------------------------------------

    private void Create(CreateBattle create, DateTimeOffset now, Effects effects)
    {
        if (state.Phase != RoomPhase.None)
            return;

        state.Phase = RoomPhase.Forming;
        state.Mode = create.Mode;
        state.Rules = create.Rules;
        state.RoomName = create.RoomName;
        state.PhaseEnds = now + SeatTime;
        state.Players = [.. create.Roster.Select(s => new RoomPlayer { UserId = s.UserId, JoinId = s.JoinId, Number = s.Number })];
        foreach (var player in state.Players)
            effects.Send(Address(player), new Offer(BattleId, player.JoinId, player.Number));
    }

    private void TakeSeat(SeatTaken taken, DateTimeOffset now, Effects effects)
    {
        if (state.Phase == RoomPhase.None)
        {
            effects.Send(new(ActorKind.Player, taken.UserId), new NoSuchBattle(BattleId));
            return;
        }

        if (state.Phase != RoomPhase.Forming || Find(taken.UserId) is not { } player)
            return;

        player.Seated = true;
        player.Away = !taken.Present;
        effects.Save(Durability.BeforeEffects);
        if (state.Players.TrueForAll(p => p.Seated))
            Start(now, effects);
    }

    private void DeclineSeat(SeatDeclined declined, Effects effects)
    {
        if (state.Phase == RoomPhase.Forming && Find(declined.UserId) is { Seated: false })
            Cancel(effects);
    }

    /// <summary>The battle does not come about. A seat taken later finds no room and is told so.</summary>
    private void Cancel(Effects effects)
    {
        foreach (var player in state.Players.Where(p => p.Seated))
            effects.Send(Address(player), new Unseated(BattleId));
        Erase(effects);
    }

    private void Start(DateTimeOffset now, Effects effects)
    {
        state.Phase = RoomPhase.Battle;
        state.PhaseEnds = now + state.Rules.BattleLimit;
        effects.Tell(new(GameEvent.BattleStarted));

        // The one who joined last is told first.
        foreach (var player in Enumerable.Reverse(state.Players))
            effects.Send(Address(player), new BattleStarted(BattleId, state.RoomName, [.. Others(player).Select(p => p.UserId)]));
        foreach (var player in state.Players.Where(p => p.Away))
            StartGrace(player, now, effects);
        if (state.Rules.BattleServers)
            server.Begin(now, effects);
    }

    // Battle -------------------------------------------------------------------------------------------------------------------

    private void Command(BattleCommand command, DateTimeOffset now, Effects effects)
    {
        if (Find(command.UserId) is not { } player)
        {
            effects.Send(new(ActorKind.Player, command.UserId), new NoSuchBattle(BattleId));
            return;
        }

        if (command.Tag <= player.LastTag)
        {
            // Seen before, so it is done, or was refused because the player was dead; only the answer may have been lost.
            var refused = player.Dead && command.Tag > player.DeadSince && command is not (PresenceCommand or ExitCommand);
            Answer(command, refused ? Refusal.Dead : null, effects);
            return;
        }

        switch (state.Phase)
        {
            case RoomPhase.Forming:
                // Only presence can come before the start.
                player.LastTag = command.Tag;
                if (command is PresenceCommand { Present: var present })
                    player.Away = !present;
                effects.Save(Durability.BeforeEffects);
                break;

            case RoomPhase.Settled:
                if (command is not (PresenceCommand or ExitCommand))
                    Answer(command, Refusal.Dead, effects);
                if (!player.Taken)
                    TellSettlementAgain(player, effects);
                break;

            case RoomPhase.Battle:
                switch (command)
                {
                    case DieCommand die: Die(player, die, now, effects); break;
                    case ExitCommand exit: Exit(player, exit, now, effects); break;
                    case PresenceCommand presence: SetPresence(player, presence, now, effects); break;
                    default: Act(player, command, effects); break;
                }

                break;
        }
    }

    /// <summary>Has the rules say what an action does; whether it is refused or not, its tag is used.</summary>
    private void Act(RoomPlayer player, BattleCommand command, Effects effects)
    {
        var refusal = player.Dead ? Refusal.Dead : BattleRules.Act(fight, player, command);
        if (command is ScoreCommand score)
        {
            if (refusal is not null && !player.Dead)
                Learn(player, score.Last);
            player.ScoreTag = score.Tag;
            player.Sent = player.Score;
            recovery.Heard(player.UserId);
        }

        player.LastTag = command.Tag;
        effects.Save(Durability.Soon);
        Answer(command, refusal, effects);
    }

    private void Die(RoomPlayer player, DieCommand command, DateTimeOffset now, Effects effects)
    {
        if (player.Dead)
        {
            player.LastTag = command.Tag;
            Answer(command, Refusal.Dead, effects);
            return;
        }

        Learn(player, command.Last);
        player.LastTag = command.Tag;
        Answer(command, null, effects);
        Kill(player, now, effects);
    }

    private void Exit(RoomPlayer player, ExitCommand command, DateTimeOffset now, Effects effects)
    {
        if (!player.Dead)
            Learn(player, command.Last);
        player.LastTag = command.Tag;
        player.Left = true;
        effects.Save(Durability.BeforeEffects);
        if (player.Dead)
            return;
        player.GaveUp = true;
        Kill(player, now, effects);
    }

    private void SetPresence(RoomPlayer player, PresenceCommand command, DateTimeOffset now, Effects effects)
    {
        if (!player.Dead)
            Learn(player, command.Last);
        player.LastTag = command.Tag;
        recovery.Heard(player.UserId);
        effects.Save(Durability.BeforeEffects);

        if (command.Present && player.Away)
        {
            var until = player.AwayUntil;
            player.Away = false;
            player.AwayUntil = null;
            foreach (var other in Others(player))
                Show(other, new(PushKind.PeerReconnected) { Text = player.UserId, Until = until }, effects);
        }
        else if (!command.Present && !player.Away)
        {
            player.Away = true;
            StartGrace(player, now, effects);
        }

        if (command.View)
            awaitingView.Add(player.UserId);
        if (!recovery.Active)
            SendViews(effects);
        Answer(command, null, effects);
    }

    private void StartGrace(RoomPlayer player, DateTimeOffset now, Effects effects)
    {
        if (!player.Dead)
            player.AwayUntil = now + state.Rules.BattleGrace;
        foreach (var other in Others(player))
            Show(other, new(PushKind.PeerDisconnected) { Text = player.UserId, Until = player.AwayUntil }, effects);
    }

    /// <summary>Takes a score that came with another message, if the message that carried it first was lost.</summary>
    private void Learn(RoomPlayer player, KnownScore? known)
    {
        if (known is not { } last || last.Tag <= player.ScoreTag)
            return;
        player.ScoreTag = last.Tag;
        if (last.Score == player.Sent)
            return; // What attacks have cost since is not given back.
        player.Score = player.Sent = last.Score;
        fight.ShowScore(player);
    }

    /// <summary>Lets a player die. The last to die ends the battle.</summary>
    private void Kill(RoomPlayer player, DateTimeOffset now, Effects effects)
    {
        if (state.Players.TrueForAll(p => p.Dead || p == player))
        {
            Settle(last: player, BattleRules.Results(fight), now, effects);
            return;
        }

        Bury(player);
        effects.Save(Durability.BeforeEffects);
        foreach (var other in Others(player))
            Show(other, new(PushKind.PlayerDied) { Text = player.UserId, Number = player.GaveUp ? 1 : 0 }, effects);
    }

    private void Bury(RoomPlayer player)
    {
        player.Dead = true;
        player.DeadSince = player.LastTag;
        player.AwayUntil = null;
        player.FrozenUntil = null;
        recovery.Heard(player.UserId);
    }

    /// <summary>Time alone: seats not taken, players who did not come back, the battle's limit, settlements not confirmed.</summary>
    private void PassTime(DateTimeOffset now, Effects effects)
    {
        if (state.Phase == RoomPhase.Battle && recovery.TryEnd(now))
            SendViews(effects);

        // A room that recovers does not yet know who is back, nor the last scores: neither a grace nor the limit ends before that.
        if (recovery.Active)
            return;

        while (state.Phase == RoomPhase.Battle
            && state.Players.Where(p => p.AwayUntil <= now).MinBy(p => p.AwayUntil) is { } late)
        {
            effects.Tell(new(GameEvent.GraceExpired));
            late.GaveUp = true;
            Kill(late, now, effects);
        }

        if (state.Phase == RoomPhase.Battle && server.Due <= now)
            server.AskAgain(now, effects);
        if (state.Phase == RoomPhase.None || now < state.PhaseEnds)
            return;

        switch (state.Phase)
        {
            case RoomPhase.Forming:
                Cancel(effects);
                break;

            case RoomPhase.Battle:
                Settle(last: null, BattleRules.Results(fight), now, effects);
                break;

            case RoomPhase.Settled:
                state.PhaseEnds = now + RetellTime;
                foreach (var player in state.Players.Where(p => !p.Taken))
                    TellSettlementAgain(player, effects);
                break;
        }
    }

    // Settlement ---------------------------------------------------------------------------------------------------------------

    /// <summary>The battle is over: all who are left are dead, and the results are fixed.</summary>
    /// <param name="last">The last player to die, who needs no <c>player_died all</c>; null if the limit or the battle server ended the battle.</param>
    /// <param name="results">The result of each, in the order of the players.</param>
    /// <param name="now">The time.</param>
    /// <param name="effects">Where the settlement leaves.</param>
    private void Settle(RoomPlayer? last, IReadOnlyList<BattleResult> results, DateTimeOffset now, Effects effects)
    {
        // All scores are known by now, whatever a crash has lost: who still waits for a view gets it before the end.
        SendViews(effects);
        foreach (var player in state.Players.Where(p => !p.Dead))
            Bury(player);
        state.Phase = RoomPhase.Settled;
        state.SettledAt = now;
        state.PhaseEnds = now + RetellTime;
        recovery.End();
        for (var i = 0; i < results.Count; i++)
            state.Players[i].Result = results[i];

        effects.Tell(new(GameEvent.BattleSettled));
        foreach (var player in state.Players.OrderBy(p => p != last))
            effects.Send(Address(player), SettlementOf(player, showAllDied: player != last));
        if (state.Rules.BattleServers)
            server.Release(effects);
    }

    /// <summary>One that must arrive is on its way for as long as it has not; a second one would only pile up beside it.</summary>
    private void TellSettlementAgain(RoomPlayer player, Effects effects) =>
        effects.SendVolatile(Address(player), SettlementOf(player, showAllDied: true));

    private Settled SettlementOf(RoomPlayer player, bool showAllDied) =>
        new(BattleId, player.Result, player.Score, state.SettledAt, showAllDied, player.DeadSince);

    private void Confirm(SettlementTaken taken, Effects effects)
    {
        if (state.Phase != RoomPhase.Settled || Find(taken.UserId) is not { } player)
            return;
        player.Taken = true;
        effects.Save(Durability.Soon);
        if (state.Players.TrueForAll(p => p.Taken))
            Erase(effects);
    }

    private void Erase(Effects effects)
    {
        state.Phase = RoomPhase.None;
        state.Players = [];
        effects.Save(Durability.Soon);
    }

    // Battle server ------------------------------------------------------------------------------------------------------------

    /// <summary>
    /// The battle server has the last word on the battles it fights. Only the one the players were sent to, and only in the registration in
    /// which it got the battle: another one has lost it, or never had it.
    /// </summary>
    private ReportAnswer TakeReport(BattleReported reported, DateTimeOffset now, Effects effects)
    {
        if (state.Phase is RoomPhase.None or RoomPhase.Forming)
            return new(404, "There is no such battle, or it was settled and all have been told.");
        if (state.Server?.Place is not { } place || (place.ServerId, place.Epoch) != (reported.ServerId, reported.Epoch))
            return new(409, $"The battle is not on '{reported.ServerId}' in its registration {reported.Epoch}, so it is not that server's to end.");
        if (reported.Results.Count != state.Players.Count || state.Players.Exists(p => !reported.Results.ContainsKey(p.UserId)))
            return new(400, $"result must name the players of the battle, each once: {string.Join(", ", state.Players.Select(p => p.UserId))}.");
        if (state.Phase == RoomPhase.Settled)
            return state.Players.TrueForAll(p => p.Result == reported.Results[p.UserId]) ? new(200)
                : new(409, "The battle is settled, with another result.");
        if (recovery.Active)
            return new(503, "The last scores are not known again yet; try again in some seconds.");

        Settle(last: null, [.. state.Players.Select(p => reported.Results[p.UserId])], now, effects);
        return new(200);
    }

    private void UseServer(ServerAllocated allocated, Effects effects)
    {
        if (state.Phase != RoomPhase.Battle)
        {
            server.Release(effects);
        }
        else if (server.TryUse(allocated, effects))
        {
            foreach (var player in state.Players)
                Show(player, new(PushKind.BattleServer) { Server = state.Server }, effects);
        }
    }

    private void TellNoServer(NoServerFree none, DateTimeOffset now, Effects effects)
    {
        if (state.Phase != RoomPhase.Battle || !server.TryLose(none, now, effects))
            return;
        foreach (var player in state.Players)
            Show(player, new(PushKind.Error) { Error = Refusal.NoBattleServer }, effects);
    }

    // After a restart ----------------------------------------------------------------------------------------------------------

    private void Recover(Loaded loaded, DateTimeOffset now, Effects effects)
    {
        state.Life++;
        effects.Save(Durability.BeforeEffects);
        if (state.Phase != RoomPhase.Battle)
            return;
        server.Recover(now, effects);
        if (!loaded.ScoresLost)
            return;

        recovery.Begin(now + rules.RecoveryTime, state.Players.Where(p => !p.Left && !p.Dead).Select(p => p.UserId));
        foreach (var player in state.Players.Where(p => !p.Left))
            effects.SendVolatile(Address(player), new RoomRecovered(BattleId));
    }

    // What players are told ----------------------------------------------------------------------------------------------------

    private void Show(RoomPlayer player, Push push, Effects effects)
    {
        if (player.Left)
            return;
        var message = new BattleEvent(BattleId, NextEvent(), push);
        if (PushType.Of(push.Kind).Durability == Durability.BeforeEffects)
            effects.Send(Address(player), message);
        else
            effects.SendVolatile(Address(player), message);
    }

    private void SendViews(Effects effects)
    {
        foreach (var player in state.Players.Where(p => awaitingView.Contains(p.UserId) && !p.Left))
        {
            effects.SendVolatile(Address(player), new BattleView(
                BattleId, NextEvent(), state.RoomName, state.Mode,
                new(player.UserId, player.Score, !player.Dead, !player.Away, player.FrozenUntil, player.Attacks),
                [.. Others(player).Select(p => new BattlePlayer(p.UserId, p.Score, !p.Dead, !p.Away, p.AwayUntil, p.Attacks, p.GaveUp))],
                state.Server));
        }

        awaitingView.Clear();
    }

    private void Answer(BattleCommand command, GameError? error, Effects effects)
    {
        if (error is null && !command.WantsOutcome)
            return;
        var score = error is not null && command is ScoreCommand ? Find(command.UserId)?.Score : null;
        effects.SendVolatile(new(ActorKind.Player, command.UserId), new Outcome(BattleId, command.Tag, command.Action, error, score));
    }

    private long NextEvent() => ((long)state.Life << 32) | (uint)++events;

    private RoomPlayer? Find(string userId) => state.Players.Find(p => p.UserId == userId);

    private IEnumerable<RoomPlayer> Others(RoomPlayer player) => state.Players.Where(p => p != player);

    private static ActorId Address(RoomPlayer player) => new(ActorKind.Player, player.UserId);

    private static DateTimeOffset? Earliest(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other ?? one : one;

    /// <summary>The battle as its rules see it, while one message is handled.</summary>
    private sealed class Fight(Room room) : IBattle
    {
        private Effects? effects;

        /// <inheritdoc/>
        public ModeRules Rules => room.state.Rules;

        /// <inheritdoc/>
        public DateTimeOffset Now { get; private set; }

        /// <inheritdoc/>
        public IReadOnlyList<IFighter> Fighters => room.state.Players;

        public void Begin(DateTimeOffset now, Effects begun) => (Now, effects) = (now, begun);

        /// <inheritdoc/>
        public bool KnowsScoreOf(IFighter fighter) => room.recovery.Knows(fighter.UserId);

        /// <inheritdoc/>
        public void Show(IFighter to, Push push) => room.Show((RoomPlayer)to, push, effects!);

        /// <inheritdoc/>
        public void ShowScore(IFighter of)
        {
            foreach (var player in room.state.Players)
            {
                if (player != of)
                    Show(player, new(PushKind.PlayerSyncScore) { Number = of.Score, From = of.UserId });
            }
        }
    }
}
