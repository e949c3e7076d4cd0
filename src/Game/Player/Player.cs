using System.Buffers;

namespace GameServer.Game;

/// <summary>
/// One player: the record, the client's session, and where the player is, which is nowhere, in one queue, or in one battle. This actor alone decides that,
/// so a player can never be in two rooms.
/// <para>
/// Everything the client is told goes through here: it gets its number and its place in the log, so that a client that comes back is told what it
/// missed. Requests about a queue or a battle are handed on to the matchmaker or the room, and their outcome comes back here.
/// </para>
/// <para>
/// A request that meets a step under way (a ticket not confirmed yet, a seat taken in a battle that has not started, a queue being left) waits
/// until that step is done, and with it everything the client sends afterwards: requests keep their order.
/// </para>
/// </summary>
public sealed class Player : Actor
{
    /// <summary>Battles left before their end that may be unsettled at one time.</summary>
    public const int MostUnsettled = 64;

    /// <summary>Requests that may wait at one time, for a step under way or for their outcome. More are refused as <c>rate_limited</c>.</summary>
    public const int MostWaiting = 128;

    private readonly PlayerState state;
    private readonly GameRules rules;
    private readonly PushLog pushes = new();
    private readonly ReplyLog replies = new();
    private readonly List<TailEntry> newTail = [];

    // Lost in a crash, with nothing that was confirmed:
    private readonly Queue<Request> waiting = [];
    private readonly Dictionary<long, UnderWay> underWay = [];
    private readonly Dictionary<string, int> shownScores = [];
    private DateTimeOffset? reattachUntil;
    private View view;
    private int commands;

    /// <summary>What the room was asked to do, and the id under which the client waits for the answer.</summary>
    private readonly record struct UnderWay(RequestId Id, string BattleId, BattleCommand Command);

    /// <summary>What the client is to be told when the room's view comes.</summary>
    private enum View : byte
    {
        None,

        /// <summary>What has changed since the client's gateway lost the way here.</summary>
        Changes,

        /// <summary>Everything, as version 1 messages.</summary>
        Everything,

        /// <summary>The same, and then a snapshot: it alone has the player's own score, which a client that has just begun does not know.</summary>
        EverythingAndSnapshot,

        /// <summary>One snapshot; pushes are held back until then, because they are part of it.</summary>
        Snapshot,
    }

    /// <summary>A player nothing is known of.</summary>
    public Player(string userId, GameRules rules) : this(userId, rules, new()) { }

    private Player(string userId, GameRules rules, PlayerState state) : base(new(ActorKind.Player, userId))
    {
        this.rules = rules;
        this.state = state;
    }

    /// <summary>The player as it was saved.</summary>
    /// <param name="userId">Who.</param>
    /// <param name="rules">The rules.</param>
    /// <param name="saved">What <see cref="Save"/> wrote.</param>
    /// <param name="tail">The stored tail, in any order; entries of sessions that are over may be among it.</param>
    public static Player Load(string userId, GameRules rules, ReadOnlySpan<byte> saved, IEnumerable<TailEntry> tail)
    {
        var player = new Player(userId, rules, Stored.Read(saved, GameJson.Default.PlayerState));
        var state = player.state;
        var kept = new List<LoggedReply>();
        foreach (var entry in tail)
        {
            if (entry.Slot < PushLog.Capacity)
            {
                var push = Stored.Read(entry.Utf8, GameJson.Default.LoggedPush);
                if (push.Seq > state.SeqFloor && push.Seq <= state.Seq)
                    player.pushes.Add(push);
            }
            else
            {
                var reply = Stored.Read(entry.Utf8, GameJson.Default.LoggedReply);
                if (reply.Number > state.ReplyFloor && reply.Number <= state.Replies)
                    kept.Add(reply);
            }
        }

        foreach (var reply in kept.OrderBy(r => r.Number))
            player.replies.Add(reply);
        return player;
    }

    /// <summary>The number of the last push before the session began.</summary>
    public long SessionStart => state.Session?.Start ?? state.Seq;

    private string UserId => Id.Key;

    /// <inheritdoc/>
    public override DateTimeOffset? Due => reattachUntil ?? (state.Session is { Attached: false } ? state.Session.Expires : null);

    /// <inheritdoc/>
    public override bool Erased =>
        !state.Registered && state.Session is null && state.Queue is null && state.Battle is null && state.Unsettled.Count == 0
        && (state.Guest || state.Record == new PlayerRecord());

    /// <inheritdoc/>
    public override bool Busy =>
        state.Session is not null || state.Queue is not null || state.Battle is not null || state.Unsettled.Count > 0;

    /// <inheritdoc/>
    public override void Save(IBufferWriter<byte> destination) => Stored.Write(destination, state, GameJson.Default.PlayerState);

    /// <inheritdoc/>
    public override IReadOnlyList<TailEntry> Tail(int last)
    {
        var tail = new List<TailEntry>();
        for (var seq = Math.Max(state.SeqFloor, state.Seq - last) + 1; seq <= state.Seq; seq++)
        {
            if (pushes[seq] is { } entry)
                tail.Add(PushLog.Store(entry));
        }

        tail.AddRange(replies.Last(last).Select(ReplyLog.Store));
        return tail;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<TailEntry> TakeNewTail()
    {
        if (newTail.Count == 0)
            return [];
        var tail = newTail.ToArray();
        newTail.Clear();
        return tail;
    }

    /// <inheritdoc/>
    public override void Handle(Message message, DateTimeOffset now, Effects effects)
    {
        switch (message)
        {
            case Request request: Take(request, now, effects); break;
            case BattleEvent happened: Show(happened, effects); break;
            case Outcome outcome: Conclude(outcome, effects); break;
            case Connect connect: Attach(connect, now, effects); break;
            case Disconnect gone: Detach(gone, now, effects); break;
            case GatewayLost lost: DetachFrom(lost.Gateway, now, effects); break;
            case PushWritten written: MarkSeen(written, effects); break;
            case Ticketed ticketed: Wait(ticketed, effects); break;
            case TicketGone gone: LeaveQueue(gone, now, effects); break;
            case Whereabouts asked: TellWhereabouts(asked, effects); break;
            case Offer offer: TakeSeat(offer, now, effects); break;
            case Unseated unseated: ReturnToQueue(unseated.BattleId, now, effects); break;
            case BattleStarted started: Start(started, effects); break;
            case Settled settled: Settle(settled, effects); break;
            case BattleView seen: ShowView(seen, effects); break;
            case RoomRecovered recovered: HandInScore(recovered, effects); break;
            case NoSuchBattle none: LoseBattle(none, now, effects); break;
            case CheckSession check: Check(check, effects); break;
            case CreateUser: Create(effects); break;
            case DeleteUser: Delete(effects); break;
            case GetRecord: effects.Reply(new PlayerInfo(!Erased, state.Registered, state.Record)); break;
            case Loaded loaded: Recover(loaded, now, effects); break;
            case Wake: PassTime(now, effects); break;
            default: throw new ArgumentException($"A player does not handle {message.GetType().Name}.", nameof(message));
        }

        while (waiting.Count > 0 && !StepUnderWay(waiting.Peek().Action))
            Act(waiting.Dequeue(), now, effects);
    }

    // The session --------------------------------------------------------------------------------------------------------------

    private void Attach(Connect connect, DateTimeOffset now, Effects effects)
    {
        effects.Save(Durability.BeforeEffects);
        if (state.Session is { } same && same.Connection == connect.Connection)
        {
            Reattach(same, connect, effects);
            return;
        }

        var old = state.Session;
        if (connect.Again && old is not null)
        {
            effects.Deliver(connect.Connection, Replaced);
            return;
        }

        if (old is { Attached: true })
            effects.Deliver(old.Connection, Replaced);

        reattachUntil = null;
        var resumes = connect.Version == ProtocolVersion.V2 && old is { Version: ProtocolVersion.V2 } && connect.Resume == old.Token;
        if (resumes)
            PassOver(connect.LastSeq ?? 0);
        state.Unsent = null;
        if (!resumes)
            BeginSession();
        // A gateway held on for longer than the session lasted, and waits for the next number.
        if (connect is { Again: true, Version: ProtocolVersion.V1, LastSeq: { } last })
            state.Seq = state.SeqFloor = last;
        state.Guest = connect.Guest || (resumes && state.Guest);
        state.Session = new()
        {
            Connection = connect.Connection,
            Version = connect.Version,
            Token = resumes ? old!.Token : connect.NewToken,
            Attached = true,
            Start = resumes ? old!.Start : state.Seq,
        };
        if (connect.Version == ProtocolVersion.V2)
            effects.Deliver(connect.Connection, new WelcomeFrame(UserId, state.Session.Token));

        var wants = resumes
            ? Replay(connect.LastSeq ?? 0, effects) ? View.None : View.Snapshot
            : connect.Version == ProtocolVersion.V1 ? View.Everything
            : connect.Resume is not null || connect.Again ? View.Snapshot
            : View.EverythingAndSnapshot;
        TellPresence(wants, effects);
        if (wants != View.None)
            ShowState(effects);
    }

    /// <summary>A new session knows nothing of the one before: not its pushes, not its requests.</summary>
    private void BeginSession()
    {
        state.SeqFloor = state.Seq;
        state.OverSeq = 0;
        state.ReplyFloor = state.Replies;
        replies.Clear();
        underWay.Clear();
        waiting.Clear();
        state.Joining.Clear();
        if (state.Battle is not null)
            state.Battle.Death = null;
        view = View.None;
        if (state.Queue is { Leaving: not null })
            state.Queue.LeaveId = null;
    }

    private void Reattach(Session session, Connect connect, Effects effects)
    {
        session.Attached = true;
        session.Expires = null;
        var last = Math.Max(connect.LastSeq ?? 0, session.Start);
        if (session.Version == ProtocolVersion.V2)
        {
            PassOver(last);
            effects.Deliver(session.Connection, new WelcomeFrame(UserId, session.Token)); // The first one may have been lost on its way.
        }
        else
        {
            CloseGaps(last);
        }

        state.Unsent = null;
        LearnScore(connect.LastSeq, connect.LastScore);
        reattachUntil = null;
        var wants = Replay(last, effects) ? View.Changes : session.Version == ProtocolVersion.V2 ? View.Snapshot : View.Everything;
        TellPresence(wants, effects);
        if (wants != View.Changes)
            ShowState(effects);
    }

    /// <summary>
    /// After a crash: pushes that were not saved may have gone out before it, so their numbers are taken. Those made since, which nobody was sent
    /// yet, get the numbers after the last one the client has.
    /// </summary>
    private void PassOver(long last)
    {
        // No crash loses more than the log holds; a client may say anything.
        if (state.Unsent is { } from && last > from && last - from <= PushLog.Capacity)
            Renumber(from, last);
    }

    /// <summary>
    /// Version 1 does not see the numbers, and not all its pushes are saved: where some are missing, those that are there follow the last one it has.
    /// Its gateway, which waits for the next number, must never wait for one that does not come.
    /// </summary>
    private void CloseGaps(long last)
    {
        if (state.Unsent is not null || last > state.Seq || last < state.SeqFloor || !pushes.Holds(last + 1, state.Seq))
            Renumber(Math.Min(state.Unsent ?? last, last), last);
    }

    /// <summary>Gives the pushes after <paramref name="from"/> that are there the numbers after <paramref name="last"/>.</summary>
    private void Renumber(long from, long last)
    {
        var moved = new List<LoggedPush>();
        for (var seq = Math.Max(from, state.Seq - PushLog.Capacity) + 1; seq <= state.Seq; seq++)
        {
            if (pushes[seq] is { } entry)
                moved.Add(entry);
        }

        var (unseen, over) = (state.UnseenSeq, state.OverSeq);
        state.Seq = state.SeqFloor = last;
        foreach (var entry in moved)
        {
            Log(new(++state.Seq, entry.Push));
            if (entry.Seq == unseen)
                state.UnseenSeq = state.Seq;
            if (entry.Seq == over)
                state.OverSeq = state.Seq;
        }
    }

    private void Detach(Disconnect gone, DateTimeOffset now, Effects effects)
    {
        if (state.Session is not { Attached: true } session || session.Connection != gone.Connection)
            return;
        LearnScore(gone.LastSeq, gone.LastScore);
        Detach(session, now, effects);
    }

    private void DetachFrom(string gateway, DateTimeOffset now, Effects effects)
    {
        if (state.Session is { Attached: true } session && session.Connection.Gateway == gateway)
            Detach(session, now, effects);
    }

    private void Detach(Session session, DateTimeOffset now, Effects effects)
    {
        reattachUntil = null;
        view = View.None;
        session.Attached = false;
        session.Expires = now + rules.ResumeTime;
        if (session.Version == ProtocolVersion.V1)
            state.Session = null; // Version 1 cannot resume; it is told the state when it connects again.
        effects.Save(Durability.Soon);
        TellPresence(View.None, effects);
    }

    private void Check(CheckSession check, Effects effects) => effects.Reply(new SessionStatus(
        Attached && state.Session!.Connection == check.Connection && reattachUntil is null, state.Seq, SessionStart));

    private void TellPresence(View wanted, Effects effects)
    {
        view = wanted;
        if (state.Queue is { Leaving: null } queue)
            effects.Send(Matchmaker(queue.Mode), new QueuePresence(UserId, queue.JoinId, Attached, ++queue.PresenceTag));
        else if (state.Battle is { } battle)
            effects.Send(Room(battle), Presence(battle, wantsOutcome: false));
    }

    private PresenceCommand Presence(BattlePlace battle, bool wantsOutcome) =>
        new(UserId, NextTag(battle), wantsOutcome, Attached, View: view != View.None && battle.RoomName is not null, battle.Score);

    private void LearnScore(long? seen, int? score)
    {
        // Who has not been told that the last battle is over means that battle.
        if ((seen ?? 0) < state.OverSeq || state.Unsent < state.OverSeq)
            return;
        // Only after a crash does the gateway know better, and only until it has said so.
        if (reattachUntil is not null && score is { } last && state.Battle is { RoomName: not null } battle && battle.Score?.Score != last)
            battle.Score = new(last, NextTag(battle));
    }

    private void PassTime(DateTimeOffset now, Effects effects)
    {
        if (reattachUntil <= now && state.Session is { Attached: true } lost)
            Detach(lost, now, effects);
        if (state.Session is { Attached: false } session && session.Expires <= now)
        {
            BeginSession();
            state.Session = null;
            effects.Save(Durability.Soon);
        }
    }

    private void Recover(Loaded loaded, DateTimeOffset now, Effects effects)
    {
        if (state.Battle is { } battle)
        {
            battle.Life++;
            if (battle.Death is { } death)
                Remember(battle, death.Id, new DieCommand(UserId, death.Tag, WantsOutcome: true, battle.Score));
            effects.Save(Durability.BeforeEffects);
        }

        if (state.Session is not { Attached: true } session)
            return;
        if (loaded.SessionsLost)
        {
            Detach(session, now, effects);
            return;
        }

        reattachUntil = now + rules.ReattachTime;
        state.Unsent ??= state.Seq;
    }

    // Requests -----------------------------------------------------------------------------------------------------------------

    private void Take(Request request, DateTimeOffset now, Effects effects)
    {
        if (!Attached || state.Session!.Connection != request.Connection)
        {
            effects.Deliver(request.Connection, new ErrorFrame(Refusal.NotYourSession, request.Action.Name, request.Id));
            return;
        }

        if (request is { Number: > 0, Again: false })
        {
            if (request.Number <= state.Session.LastRequest)
                return; // Handed in again because the gateway missed the confirmation.
            state.Session.LastRequest = request.Number;
        }

        if (request.Id is { } id)
        {
            if (replies.Find(id) is { } reply)
            {
                Deliver(reply, effects);
                return;
            }

            if (state.Joining.Contains(id) || waiting.Any(w => w.Id == id) || state.Queue?.LeaveId == id)
                return; // It is being done; the answer follows.
            if (underWay.Values.FirstOrDefault(u => u.Id == id) is { Command: { } command, BattleId: var battleId })
            {
                Repeat(battleId, command, effects);
                return;
            }
        }

        if (request.Again && request.Seen < state.OverSeq)
        {
            Refuse(request, Refusal.BattleOver, effects);
            return;
        }

        if (waiting.Count > 0 || StepUnderWay(request.Action))
        {
            if (waiting.Count >= MostWaiting)
                Refuse(request, Refusal.TooManyWaiting, effects);
            else
                waiting.Enqueue(request);
            return;
        }

        Act(request, now, effects);
    }

    /// <summary>Whether this action has to wait for something that is about to be known.</summary>
    private bool StepUnderWay(ClientAction action) =>
        state.Queue is { Leaving: not null }
        || (state.Queue is { RoomName: null } && action is not JoinRoom)
        || state.Battle is { RoomName: null };

    private void Act(Request request, DateTimeOffset now, Effects effects)
    {
        switch (request.Action)
        {
            case JoinRoom join: Join(request, join.Mode ?? rules.DefaultMode, now, effects); break;
            case ExitRoom: Exit(request, effects); break;
            case DestroyRoom: Destroy(request, effects); break;
            case SyncScore or Attack or Die: Fight(request, effects); break;
            default: throw new ArgumentException($"There is no action {request.Action.GetType().Name}.", nameof(request));
        }
    }

    private void Join(Request request, string mode, DateTimeOffset now, Effects effects)
    {
        if (!rules.Modes.ContainsKey(mode))
        {
            Refuse(request, Refusal.UnknownMode(mode, rules.Modes.Keys), effects);
        }
        else if (request.Id is not null && state.Joining.Count + underWay.Count >= MostWaiting)
        {
            Refuse(request, Refusal.TooManyWaiting, effects);
        }
        else if (state.Battle is { } battle)
        {
            var askedBefore = view is View.Everything or View.EverythingAndSnapshot;
            if (!askedBefore)
                view = View.Everything;
            var command = Remember(
                battle, request.Id, new PresenceCommand(UserId, NextTag(battle), request.Id is not null, Attached, View: true, battle.Score));
            if (askedBefore)
                effects.SendVolatile(Room(battle), command); // One that must arrive is enough.
            else
                effects.Send(Room(battle), command);
        }
        else if (state.Queue is { RoomName: { } room })
        {
            Push(new(PushKind.JoinRoom) { Text = room }, Durability.BeforeEffects, effects);
            Accept(request, effects);
        }
        else if (state.Queue is not null)
        {
            AnswerOnceJoined(request, effects);
        }
        else if (state.Unsettled.Count >= MostUnsettled)
        {
            Refuse(request, Refusal.TooManyUnsettled, effects);
        }
        else
        {
            state.Unseen = null; // Who wants the next battle has seen the last one's end.
            Enqueue(mode, number: null, roomName: null, now, effects);
            AnswerOnceJoined(request, effects);
        }
    }

    private void AnswerOnceJoined(Request request, Effects effects)
    {
        if (request.Id is not { } id)
            return;
        state.Joining.Add(id);
        effects.Save(Durability.Soon);
    }

    private void Enqueue(string mode, long? number, string? roomName, DateTimeOffset now, Effects effects)
    {
        state.JoinId = Math.Max(state.JoinId + 1, now.ToUnixTimeMilliseconds());
        state.Queue = new() { Mode = mode, JoinId = state.JoinId, Number = number, RoomName = roomName };
        effects.Send(Matchmaker(mode), new Enqueue(UserId, state.JoinId, number, Attached));
    }

    private void Exit(Request request, Effects effects)
    {
        if (state.Battle is { } battle)
        {
            effects.Send(Room(battle), new ExitCommand(UserId, NextTag(battle), battle.Score));
            state.Unsettled.Add(battle.BattleId);
            if (battle.Death is { } death && underWay.Remove(death.Tag))
                Reply(death.Id, "die", null, effects); // Who leaves is dead in any case.
            EndBattle();
            Push(new(PushKind.ExitRoom) { Text = battle.RoomName }, Durability.BeforeEffects, effects);
            state.OverSeq = state.Seq;
            Accept(request, effects);
        }
        else if (state.Queue is { } queue)
        {
            AskToLeave(queue, PushKind.ExitRoom, request, effects);
        }
        else
        {
            Refuse(request, Refusal.NotInRoom, effects);
        }
    }

    private void Destroy(Request request, Effects effects)
    {
        if (state.Battle is not null)
            Refuse(request, Refusal.BattleInProgress, effects);
        else if (state.Queue is not { } queue)
            Refuse(request, Refusal.NotInRoom, effects);
        else if (!queue.Owner)
            Refuse(request, Refusal.NotRoomOwner, effects);
        else
            AskToLeave(queue, PushKind.DestroyRoom, request, effects);
    }

    /// <summary>The matchmaker has the last word: until it confirms, the player may still be matched, and then declines the seat.</summary>
    private void AskToLeave(QueuePlace queue, PushKind how, Request request, Effects effects)
    {
        queue.Leaving = how;
        queue.LeaveId = request.Id;
        effects.Send(Matchmaker(queue.Mode), new LeaveQueue(UserId, queue.JoinId));
    }

    private void Fight(Request request, Effects effects)
    {
        if (state.Battle is not { } battle)
        {
            Refuse(request, state.Queue is null ? Refusal.NotInRoom : Refusal.NoOpponent, effects);
            return;
        }

        if (underWay.Count >= MostWaiting)
        {
            Refuse(request, Refusal.TooManyWaiting, effects);
            return;
        }

        var tag = NextTag(battle);
        var wantsOutcome = request.Id is not null;
        switch (request.Action)
        {
            case SyncScore score:
                effects.SendVolatile(
                    Room(battle), Remember(battle, request.Id, new ScoreCommand(UserId, tag, wantsOutcome, score.Score, battle.Score)));
                battle.Score = new(score.Score, tag);
                battle.ScoreNumber = request.Number;
                break;
            case Attack attack:
                effects.SendVolatile(Room(battle), Remember(battle, request.Id, new AttackCommand(UserId, tag, wantsOutcome, attack.Target)));
                break;
            default:
                if (request.Id is { } id)
                    battle.Death = new(id, tag);
                var death = Remember(battle, request.Id, new DieCommand(UserId, tag, wantsOutcome, battle.Score));
                if (battle.Dying)
                    effects.SendVolatile(Room(battle), death); // One that must arrive is enough.
                else
                    effects.Send(Room(battle), death);
                battle.Dying = true;
                break;
        }
    }

    private void Conclude(Outcome outcome, Effects effects)
    {
        StandingScore? stands = null;
        if (outcome.Error is not null && state.Battle is { } battle && battle.BattleId == outcome.BattleId && battle.Score?.Tag == outcome.Tag)
        {
            // Refused: it never was the player's score.
            battle.Score = outcome.Score is { } score ? new(score, outcome.Tag) : null;
            stands = new(battle.ScoreNumber, outcome.Score);
        }

        if (underWay.Remove(outcome.Tag, out var asked))
        {
            Reply(asked.Id, outcome.Action, outcome.Error, effects, stands);
            if (state.Battle?.Death?.Tag == outcome.Tag)
                state.Battle.Death = null;
            if (outcome.Action == "die")
                effects.Save(Durability.BeforeEffects); // A death is for good, and so is its answer.
        }
        else if (outcome.Error is not null && Attached && state.Battle?.BattleId == outcome.BattleId)
            effects.Deliver(state.Session!.Connection, new ErrorFrame(outcome.Error, outcome.Action, null, stands));
    }

    private BattleCommand Remember(BattlePlace battle, RequestId? id, BattleCommand command)
    {
        if (id is { } value)
            underWay[command.Tag] = new(value, battle.BattleId, command);
        return command;
    }

    /// <summary>
    /// Asks the room again: its answer, or in a crash the command itself, may be lost. What it has seen it only answers. An older score is overtaken by
    /// the last one: the opponent may have seen that, and must not see less.
    /// </summary>
    private void Repeat(string battleId, BattleCommand command, Effects effects)
    {
        if (command is ScoreCommand score && state.Battle is { Score: { } last } battle && battle.BattleId == battleId)
            command = score with { Score = last.Score };
        effects.SendVolatile(new(ActorKind.Room, battleId), command);
    }

    private void RepeatAll(string battleId, Effects effects)
    {
        foreach (var asked in underWay.Values.Where(u => u.BattleId == battleId).OrderBy(u => u.Command.Tag))
            Repeat(battleId, asked.Command, effects);
    }

    /// <summary>Answers all that was asked in a battle that is over, in the order in which it was asked.</summary>
    private void AnswerAll(string battleId, Func<long, BattleCommand, GameError?> outcome, Effects effects)
    {
        foreach (var (tag, asked) in underWay.Where(u => u.Value.BattleId == battleId).OrderBy(u => u.Key).ToList())
        {
            underWay.Remove(tag);
            Reply(asked.Id, asked.Command.Action, outcome(tag, asked.Command), effects);
        }
    }

    private void Accept(Request request, Effects effects)
    {
        if (request.Id is { } id)
            Reply(id, request.Action.Name, null, effects);
    }

    private void Refuse(Request request, GameError error, Effects effects)
    {
        StandingScore? stands = request.Action is SyncScore ? new(request.Number, state.Battle?.Score?.Score) : null;
        if (request.Id is { } id)
            Reply(id, request.Action.Name, error, effects, stands);
        else
            effects.Deliver(request.Connection, new ErrorFrame(error, request.Action.Name, null, stands));
    }

    /// <summary>
    /// Answers a request that has an id, and remembers the answer. The answer is as safe as what it is about: it is saved with that, or, for a score, soon.
    /// </summary>
    private void Reply(RequestId id, string action, GameError? error, Effects effects, StandingScore? stands = null)
    {
        var reply = new LoggedReply(++state.Replies, id, action, error);
        replies.Add(reply);
        newTail.Add(ReplyLog.Store(reply));
        effects.Save(Durability.Soon);
        if (Attached)
            Deliver(reply, effects, stands);
    }

    private void Deliver(LoggedReply reply, Effects effects, StandingScore? stands = null) => effects.Deliver(
        state.Session!.Connection,
        reply.Error is null ? new OkFrame(reply.Id) : new ErrorFrame(reply.Error, reply.Action, reply.Id, stands));

    // The queue ----------------------------------------------------------------------------------------------------------------

    private void Wait(Ticketed ticketed, Effects effects)
    {
        if (state.Queue is not { } queue || queue.JoinId != ticketed.JoinId)
        {
            // A ticket of a join that is over, brought back by a late message.
            effects.Send(Matchmaker(ticketed.Mode), new LeaveQueue(UserId, ticketed.JoinId));
            return;
        }

        effects.Save(Durability.BeforeEffects);
        queue.Number = ticketed.Number;
        queue.Owner = ticketed.Owner;
        var news = queue.RoomName != ticketed.RoomName;
        queue.RoomName = ticketed.RoomName;
        if (news && queue.Leaving is null)
            Push(new(PushKind.JoinRoom) { Text = queue.RoomName }, Durability.BeforeEffects, effects);
        AnswerJoins(effects);
    }

    private void AnswerJoins(Effects effects)
    {
        foreach (var id in state.Joining)
            Reply(id, "joinroom", null, effects);
        state.Joining.Clear();
    }

    private void LeaveQueue(TicketGone gone, DateTimeOffset now, Effects effects)
    {
        if (state.Queue is not { } queue || queue.JoinId != gone.JoinId)
            return;

        effects.Save(Durability.BeforeEffects);
        if (queue.Leaving is { } how)
        {
            state.Queue = null;
            Push(new(how) { Text = queue.RoomName }, Durability.BeforeEffects, effects);
            if (queue.LeaveId is { } id)
                Reply(id, how == PushKind.ExitRoom ? "exitroom" : "destroyroom", null, effects);
        }
        else if (Attached && rules.Modes.ContainsKey(queue.Mode))
        {
            // Away too long, but back meanwhile: at the end of the line.
            Enqueue(queue.Mode, number: null, queue.RoomName, now, effects);
        }
        else
        {
            // A client that resumes the session must not believe that it still waits.
            state.Queue = null;
            if (queue.RoomName is { } room)
                Push(new(PushKind.ExitRoom) { Text = room }, Durability.BeforeEffects, effects);
        }
    }

    private void TellWhereabouts(Whereabouts asked, Effects effects)
    {
        if (state.Queue is { Leaving: null } queue && queue.JoinId == asked.JoinId)
            effects.Send(Matchmaker(asked.Mode), new QueuePresence(UserId, asked.JoinId, Attached, ++queue.PresenceTag));
        else
            effects.Send(Matchmaker(asked.Mode), new LeaveQueue(UserId, asked.JoinId));
    }

    private void TakeSeat(Offer offer, DateTimeOffset now, Effects effects)
    {
        var room = new ActorId(ActorKind.Room, offer.BattleId);
        if (state.Battle?.BattleId == offer.BattleId)
        {
            effects.Send(room, new SeatTaken(UserId, Attached));
        }
        else if (state.Queue is not { Leaving: null } queue || queue.JoinId != offer.JoinId)
        {
            effects.Send(room, new SeatDeclined(UserId));
        }
        else if (!Attached)
        {
            // Nobody is matched while away; the place in the queue stays.
            effects.Send(room, new SeatDeclined(UserId));
            Enqueue(queue.Mode, offer.Number, queue.RoomName, now, effects);
        }
        else
        {
            // A join that came twice may have got a second ticket.
            if (queue.Number is { } number && number != offer.Number)
                effects.Send(Matchmaker(queue.Mode), new LeaveQueue(UserId, queue.JoinId));
            state.Battle = new() { BattleId = offer.BattleId, Mode = queue.Mode, Number = offer.Number };
            shownRoom = queue.RoomName;
            state.Queue = null;
            effects.Send(room, new SeatTaken(UserId, Attached));
        }
    }

    // The waiting room the client was last told; lost in a crash, and then it is told once more.
    private string? shownRoom;

    private void ReturnToQueue(string battleId, DateTimeOffset now, Effects effects)
    {
        if (state.Battle is not { RoomName: null } battle || battle.BattleId != battleId)
            return;
        state.Battle = null;
        // With a new join id, so that a late offer for the old one is declined.
        Enqueue(battle.Mode, battle.Number, shownRoom, now, effects);
    }

    // The battle ---------------------------------------------------------------------------------------------------------------

    private void Start(BattleStarted started, Effects effects)
    {
        effects.Save(Durability.BeforeEffects);
        if (state.Battle is not { } battle || battle.BattleId != started.BattleId)
        {
            // Deleted meanwhile. If the battle is long over, its room is gone and nothing comes of this.
            effects.Send(new(ActorKind.Room, started.BattleId), new ExitCommand(UserId, long.MaxValue, null));
            return;
        }

        if (battle.RoomName is not null)
            return;

        battle.RoomName = started.RoomName;
        battle.Peers = started.Peers;
        if (shownRoom != started.RoomName)
            Push(new(PushKind.JoinRoom) { Text = started.RoomName }, Durability.BeforeEffects, effects);
        AnswerJoins(effects);
        foreach (var peer in started.Peers)
            Push(new(PushKind.PeerPlayerId) { Text = peer }, Durability.BeforeEffects, effects);
    }

    private void Show(BattleEvent happened, Effects effects)
    {
        if (state.Battle is not { RoomName: not null } battle || battle.BattleId != happened.BattleId || happened.Event <= battle.LastEvent)
            return;

        battle.LastEvent = happened.Event;
        var push = happened.Push;
        var durability = Durability.BeforeEffects;
        switch (push.Kind)
        {
            case PushKind.PlayerSyncScore:
                shownScores[push.From!] = push.Number;
                durability = Durability.Soon;
                break;
            case PushKind.Attacked:
                durability = Durability.Soon;
                break;
            case PushKind.PeerDisconnected or PushKind.PeerReconnected:
                if (state.Session is { Version: ProtocolVersion.V1 })
                    return;
                durability = Durability.Soon;
                break;
            case PushKind.PlayerDied:
                battle.DeadPeers.Add(push.Text!);
                break;
        }

        Push(push, durability, effects);
    }

    private void Settle(Settled settled, Effects effects)
    {
        // The record takes a battle once: only while the player is in it, or has left it and waits for its result.
        var present = state.Battle?.BattleId == settled.BattleId;
        if (present || state.Unsettled.Remove(settled.BattleId))
            state.Record = Add(state.Record, settled);
        // What is not answered by now may be lost: the settlement says what came of it.
        AnswerAll(settled.BattleId, (tag, command) => tag <= settled.LastTag || command is PresenceCommand ? null : Refusal.Dead, effects);
        if (present)
        {
            EndBattle();
            if (settled.ShowAllDied)
                Push(new(PushKind.PlayerDied) { Text = "all" }, Durability.BeforeEffects, effects);
            state.Unseen = new(PushKind.BattleSettlement) { Text = NameOf(settled.Result) };
            Push(state.Unseen, Durability.BeforeEffects, effects);
            state.UnseenSeq = state.OverSeq = state.Seq;
            // The end is all there is to see of the battle; only a snapshot still has to be told.
            if (view == View.Snapshot)
                ShowState(effects);
            view = View.None;
        }

        effects.Send(new(ActorKind.Room, settled.BattleId), new SettlementTaken(UserId));
    }

    private void LoseBattle(NoSuchBattle none, DateTimeOffset now, Effects effects)
    {
        state.Unsettled.Remove(none.BattleId);
        effects.Save(Durability.BeforeEffects);
        // It is over, and so is the player's part in it; anything else than to die comes too late.
        AnswerAll(none.BattleId, (_, command) => command is DieCommand ? null : Refusal.BattleOver, effects);

        ReturnToQueue(none.BattleId, now, effects);
        if (state.Battle is { RoomName: { } room } battle && battle.BattleId == none.BattleId)
        {
            // Only a store that lost a room can bring this about. The client must not stay in a battle that does not exist.
            EndBattle();
            Push(new(PushKind.ExitRoom) { Text = room }, Durability.BeforeEffects, effects);
            state.OverSeq = state.Seq;
            if (view != View.None)
                ShowState(effects);
        }
    }

    private void EndBattle()
    {
        state.Battle = null;
        shownScores.Clear();
        shownRoom = null;
    }

    private void HandInScore(RoomRecovered recovered, Effects effects)
    {
        // While this player itself waits for its gateway, the gateway may know a newer score: it comes with the attachment.
        if (state.Battle is { } battle && battle.BattleId == recovered.BattleId && reattachUntil is null)
        {
            RepeatAll(battle.BattleId, effects); // First: the room takes what comes with a lower tag for done.
            if (view == View.None && Attached)
                view = View.Changes; // Events may be lost as well.
            effects.Send(Room(battle), Presence(battle, wantsOutcome: false));
        }
    }

    private void ShowView(BattleView seen, Effects effects)
    {
        if (state.Battle is not { RoomName: not null } battle || battle.BattleId != seen.BattleId)
            return;

        if (seen.Event <= battle.LastEvent)
            return; // Comes again, late: more has happened since.
        battle.LastEvent = seen.Event;
        var wanted = view;
        if (wanted == View.Snapshot)
        {
            PushSnapshot(seen, effects);
            battle.DeadPeers = [.. seen.Peers.Where(p => !p.Alive).Select(p => p.UserId)];
        }
        else if (wanted != View.None)
        {
            view = View.None;
            var everything = wanted is View.Everything or View.EverythingAndSnapshot;
            if (everything)
            {
                Push(new(PushKind.JoinRoom) { Text = seen.RoomName }, Durability.BeforeEffects, effects);
                foreach (var peer in seen.Peers)
                    Push(new(PushKind.PeerPlayerId) { Text = peer.UserId }, Durability.BeforeEffects, effects);
            }

            foreach (var peer in seen.Peers)
                ShowPeer(battle, peer, everything, effects);
            if (everything && seen.Server is { } server)
                Push(new(PushKind.BattleServer) { Server = server }, Durability.BeforeEffects, effects);
            if (wanted == View.EverythingAndSnapshot)
                PushSnapshot(seen, effects);
        }

        foreach (var peer in seen.Peers)
            shownScores[peer.UserId] = peer.Score;
    }

    private void ShowPeer(BattlePlace battle, BattlePlayer peer, bool everything, Effects effects)
    {
        if (everything || !shownScores.TryGetValue(peer.UserId, out var shown) || shown != peer.Score)
            Push(new(PushKind.PlayerSyncScore) { Number = peer.Score, From = peer.UserId }, Durability.Soon, effects);
        if (peer.Alive || (!everything && battle.DeadPeers.Contains(peer.UserId)))
            return;
        if (!battle.DeadPeers.Contains(peer.UserId))
            battle.DeadPeers.Add(peer.UserId);
        Push(new(PushKind.PlayerDied) { Text = peer.UserId }, Durability.BeforeEffects, effects);
    }

    // What the client is told --------------------------------------------------------------------------------------------------

    /// <summary>Numbers a push, keeps it for a client that may come back, and sends it if the client is there.</summary>
    private void Push(Push push, Durability durability, Effects effects)
    {
        if (state.Session is not { } session)
            return; // Nobody to come back to: the next session is told the state as it is then.

        var entry = new LoggedPush(++state.Seq, push);
        // Version 1 cannot resume. After a crash it is sent again what mattered; scores and presence are told as they are then.
        if (session.Version == ProtocolVersion.V2 || durability == Durability.BeforeEffects)
            Log(entry);
        else
            pushes.Add(entry);
        effects.Save(durability);
        if (view != View.Snapshot || push.Kind == PushKind.Snapshot)
            Deliver(entry, effects);
    }

    private void Log(LoggedPush entry)
    {
        pushes.Add(entry);
        newTail.Add(PushLog.Store(entry));
    }

    private void Deliver(LoggedPush entry, Effects effects)
    {
        if (Attached && state.Unsent is null)
        {
            effects.Deliver(
                state.Session!.Connection, new PushFrame(entry.Seq, entry.Push, Confirm: entry.Push.Kind == PushKind.BattleSettlement));
        }
    }

    /// <summary>Sends the pushes after <paramref name="last"/> again. False if they are not all there, or that number was never given.</summary>
    private bool Replay(long last, Effects effects)
    {
        last = Math.Max(last, state.Session!.Start); // What was pushed before belongs to others.
        if (last > state.Seq || last < state.SeqFloor || !pushes.Holds(last + 1, state.Seq))
            return false;
        for (var seq = last + 1; seq <= state.Seq; seq++)
            Deliver(pushes[seq]!, effects);
        return true;
    }

    /// <summary>
    /// Tells the client where it is, as <see cref="view"/> asks. For a battle the room is asked, and this is done when its view comes.
    /// </summary>
    private void ShowState(Effects effects)
    {
        if (state.Battle is { RoomName: not null })
            return;
        if (view == View.Snapshot)
        {
            PushSnapshot(null, effects);
            return;
        }

        view = View.None;
        if (state.Unseen is { } unseen)
        {
            Push(unseen, Durability.BeforeEffects, effects);
            state.UnseenSeq = state.Seq;
        }

        if (state.Queue is { RoomName: { } room, Leaving: null })
            Push(new(PushKind.JoinRoom) { Text = room }, Durability.BeforeEffects, effects);
    }

    private void PushSnapshot(BattleView? seen, Effects effects)
    {
        Push(
            new(PushKind.Snapshot)
            {
                Snapshot = new()
                {
                    UserId = UserId,
                    State = seen is not null ? "battle" : state.Queue is not null || state.Battle is not null ? "waiting" : "idle",
                    Room = seen?.RoomName ?? state.Queue?.RoomName ?? shownRoom,
                    Mode = seen?.Mode ?? state.Queue?.Mode ?? state.Battle?.Mode,
                    You = seen?.You,
                    Peers = seen?.Peers ?? [],
                    BattleServer = seen?.Server,
                    Record = state.Record,
                },
            },
            Durability.BeforeEffects,
            effects);
        view = View.None;
    }

    private void MarkSeen(PushWritten written, Effects effects)
    {
        if (state.Unseen is null || state.Session?.Connection != written.Connection || written.Seq < state.UnseenSeq)
            return;
        state.Unseen = null;
        effects.Save(Durability.Soon);
    }

    // The user -----------------------------------------------------------------------------------------------------------------

    private void Create(Effects effects)
    {
        effects.Reply(!state.Registered);
        if (state.Registered)
            return;
        state.Registered = true;
        state.Guest = false;
        effects.Save(Durability.BeforeEffects);
    }

    private void Delete(Effects effects)
    {
        effects.Reply(state.Registered);
        if (!state.Registered)
            return;

        if (state.Queue is { } queue)
            effects.Send(Matchmaker(queue.Mode), new LeaveQueue(UserId, queue.JoinId));
        if (state.Battle is { } battle)
            effects.Send(Room(battle), new ExitCommand(UserId, NextTag(battle), battle.Score));
        if (state.Session is { Attached: true } session)
            effects.Deliver(session.Connection, new CloseFrame(CloseCodes.Unauthorized, "This user was deleted."));

        BeginSession();
        EndBattle();
        state.Queue = null;
        state.Session = null;
        state.Unseen = null;
        state.Unsettled.Clear();
        state.Record = new();
        state.Registered = false;
        effects.Save(Durability.BeforeEffects);
    }

    // Small things -------------------------------------------------------------------------------------------------------------

    private static CloseFrame Replaced { get; } = new(CloseCodes.Replaced, "A newer connection of this player took over.");

    private bool Attached => state.Session is { Attached: true };

    /// <summary>Grows with each message to the room, over crashes too.</summary>
    private long NextTag(BattlePlace battle) => ((long)battle.Life << 32) | (uint)++commands;

    private static ActorId Matchmaker(string mode) => new(ActorKind.Matchmaker, mode);

    private static ActorId Room(BattlePlace battle) => new(ActorKind.Room, battle.BattleId);

    private static PlayerRecord Add(PlayerRecord record, Settled settled) => record with
    {
        Wins = record.Wins + (settled.Result == BattleResult.Win ? 1 : 0),
        Losses = record.Losses + (settled.Result == BattleResult.Lose ? 1 : 0),
        Draws = record.Draws + (settled.Result == BattleResult.Draw ? 1 : 0),
        Last = new(settled.BattleId, settled.Result, settled.Score, settled.At),
    };

    private static string NameOf(BattleResult result) => result switch
    {
        BattleResult.Win => "WIN",
        BattleResult.Lose => "LOSE",
        _ => "DRAW",
    };
}
