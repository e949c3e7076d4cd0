namespace GameServer.Game;

// What the client asks for, and how it is answered exactly once.
public sealed partial class Player
{
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
            // The score of a request that is handed in again may be a newer one, so that alone does not tell which request it is.
            var content = request is { Content: 0, Again: true } ? 0 : ContentOf(request);
            if (replies.Find(id) is { } reply)
            {
                if (Fingerprint.MayBeSame(reply.Content, content))
                    Deliver(id, request.Action.Name, reply.Error, effects);
                else
                    RefuseId(request, effects);
                return;
            }

            if (PendingContent(id) is { } pending)
            {
                // It is being done; the answer follows. Only the room is asked again, because what it was sent may be lost.
                if (!Fingerprint.MayBeSame(pending, content))
                    RefuseId(request, effects);
                else if (underWay.Values.FirstOrDefault(u => u.Id == id) is { Command: { } command, BattleId: var battleId })
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

    private static long ContentOf(Request request) => request.Content != 0 ? request.Content : request.Action.ContentFingerprint();

    /// <summary>The content of the request with this id that is not answered yet; null: there is none.</summary>
    private long? PendingContent(RequestId id)
    {
        foreach (var join in state.Joining)
        {
            if (join.Json == id.Json)
                return join.Content;
        }

        foreach (var request in waiting)
        {
            if (request.Id == id)
                return ContentOf(request);
        }

        if (state.Queue is { Leaving: { } how } queue && queue.LeaveId == id)
            return Leave(how).ContentFingerprint();
        foreach (var asked in underWay.Values)
        {
            if (asked.Id == id)
                return asked.Content;
        }

        return null;
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
            case BattleAction action: Fight(request, action, effects); break;
            case UnknownAction: Refuse(request, Refusal.UnknownAction, effects); break;
            default: throw new ArgumentException($"There is no action {request.Action.GetType().Name}.", nameof(request));
        }
    }

    private void Join(Request request, string mode, DateTimeOffset now, Effects effects)
    {
        if (!rules.Modes.ContainsKey(mode))
        {
            Refuse(request, Refusal.UnknownMode(mode, rules.Modes.Keys), effects);
        }
        else if (request.Id is not null && (state.Joining.Count >= MostJoining || underWay.Count >= MostWaiting))
        {
            Refuse(request, Refusal.TooManyWaiting, effects);
        }
        else if (state.Battle is { } battle)
        {
            var askedBefore = EverythingIsOwed;
            if (!askedBefore)
                view = View.Everything;
            var command = Remember(
                battle, request, new PresenceCommand(UserId, NextTag(battle), request.Id is not null, Attached, View: true, battle.Score));
            if (askedBefore)
                effects.SendVolatile(Room(battle), command); // One that must arrive is enough.
            else
                effects.Send(Room(battle), command);
        }
        else if (state.Queue is { RoomName: { } room })
        {
            Push(new(PushKind.JoinRoom) { Text = room }, effects);
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
            state.Unseen = null; // Joining again implies that the client has seen the previous settlement.
            Enqueue(mode, number: null, roomName: null, now, effects);
            AnswerOnceJoined(request, effects);
        }
    }

    private void AnswerOnceJoined(Request request, Effects effects)
    {
        if (request.Id is not { } id)
            return;
        state.Joining.Add(new(id.Json, ContentOf(request)));
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
            // Who leaves is dead in any case. What became of the rest the room still tells, or its settlement.
            AnswerAll(battle.BattleId, command => command is DieCommand, _ => null, effects);
            EndBattle();
            Push(new(PushKind.ExitRoom) { Text = battle.RoomName }, effects);
            CloseBattle(effects);
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

    private void Fight(Request request, BattleAction action, Effects effects)
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

        var command = Remember(
            battle, request, action.ToCommand(UserId, NextTag(battle), wantsOutcome: request.Id is not null, battle.Score));
        if (command is DieCommand)
        {
            if (request.Id is { } id)
                battle.Death = new(id, command.Tag);
            if (!battle.Dying) // One that must arrive is enough.
                effects.Send(Room(battle), command);
            else
                effects.SendVolatile(Room(battle), command);
            battle.Dying = true;
            return;
        }

        effects.SendVolatile(Room(battle), command);
        if (command is ScoreCommand score)
        {
            battle.Score = new(score.Score, score.Tag);
            battle.ScoreNumber = request.Number;
        }
    }

    private void Conclude(Outcome outcome, Effects effects)
    {
        StandingScore? stands = null;
        if (outcome.Error is not null && state.Battle is { } battle && battle.BattleId == outcome.BattleId
            && battle.Score?.Tag == outcome.Tag)
        {
            // Refused: it never was the player's score.
            battle.Score = outcome.Score is { } score ? new(score, outcome.Tag) : null;
            stands = new(battle.ScoreNumber, outcome.Score);
        }

        if (underWay.Remove(outcome.Tag, out var asked))
        {
            Reply(asked.Id, asked.Content, outcome.Action, outcome.Error, effects, stands);
            if (state.Battle?.Death?.Tag == outcome.Tag)
                state.Battle.Death = null;
            if (asked.Command is DieCommand)
                effects.Save(Durability.BeforeEffects); // A death is for good, and so is its answer.
        }
        else if (outcome.Error is not null && Attached && state.Battle?.BattleId == outcome.BattleId)
            effects.Deliver(state.Session!.Connection, new ErrorFrame(outcome.Error, outcome.Action, null, stands));
    }

    private BattleCommand Remember(BattlePlace battle, Request request, BattleCommand command)
    {
        if (request.Id is { } id)
            underWay[command.Tag] = new(id, ContentOf(request), battle.BattleId, command);
        return command;
    }

    /// <summary>
    /// Asks the room again: its answer, or in a crash the command itself, may be lost. The room answers commands it has already processed without applying them again. An older score is
    /// overtaken by the last one: the opponent may have seen that, and must not see less.
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

    /// <summary>Answers what was asked in a battle that is over, in the order in which it was asked.</summary>
    private void AnswerAll(string battleId, Func<BattleCommand, bool> which, Func<BattleCommand, GameError?> outcome, Effects effects)
    {
        foreach (var asked in underWay.Values.Where(u => u.BattleId == battleId && which(u.Command)).OrderBy(u => u.Command.Tag).ToList())
        {
            underWay.Remove(asked.Command.Tag);
            Reply(asked.Id, asked.Content, asked.Command.Action, outcome(asked.Command), effects);
        }
    }

    private void Accept(Request request, Effects effects)
    {
        if (request.Id is { } id)
            Reply(id, ContentOf(request), request.Action.Name, null, effects);
    }

    private void Refuse(Request request, GameError error, Effects effects)
    {
        if (request.Id is { } id)
            Reply(id, ContentOf(request), request.Action.Name, error, effects, StandsAfter(request));
        else
            effects.Deliver(request.Connection, new ErrorFrame(error, request.Action.Name, null, StandsAfter(request)));
    }

    /// <summary>
    /// Refuses a request whose id is another's: a client that counts from 1 again must not take the answer to that for its own. Not
    /// remembered: the id goes on to stand for the first.
    /// </summary>
    private void RefuseId(Request request, Effects effects) =>
        effects.Deliver(request.Connection, new ErrorFrame(Refusal.IdUsed, request.Action.Name, request.Id, StandsAfter(request)));

    private StandingScore? StandsAfter(Request refused) =>
        refused.Action is SyncScore ? new(refused.Number, state.Battle?.Score?.Score) : null;

    /// <summary>
    /// Answers a request that has an id, and remembers the answer. The answer is as safe as what it is about: it is saved with that, or,
    /// for a score, soon.
    /// </summary>
    private void Reply(RequestId id, long content, string action, GameError? error, Effects effects, StandingScore? stands = null)
    {
        replies.Remember(new(++state.Replies, Fingerprint.Of(id.Json), content, error));
        effects.Save(Durability.Soon);
        if (Attached)
            Deliver(id, action, error, effects, stands);
    }

    private void Deliver(RequestId id, string action, GameError? error, Effects effects, StandingScore? stands = null) =>
        effects.Deliver(state.Session!.Connection, error is null ? new OkFrame(id) : new ErrorFrame(error, action, id, stands));
}
