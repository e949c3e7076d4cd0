namespace GameServer.Game;

// The way through the queue: ticket, offer, seat.
public sealed partial class Player
{
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
            Push(new(PushKind.JoinRoom) { Text = queue.RoomName }, effects);
        if (queue.Here != ticketed.Here || news)
        {
            queue.Here = ticketed.Here;
            PushWaiting(queue, effects);
        }

        AnswerJoins(effects);
    }

    /// <summary>What the client asked for, to be told this.</summary>
    private static ClientAction Leave(PushKind how) => how == PushKind.ExitRoom ? new ExitRoom() : new DestroyRoom();

    /// <summary>Tells how many wait in the room. Version 1 has no such push, and a room for two nothing to tell.</summary>
    private void PushWaiting(QueuePlace queue, Effects effects)
    {
        if (queue is { Here: > 0, Leaving: null } && state.Session is { Version: ProtocolVersion.V2 })
            Push(new(PushKind.Waiting) { Number = queue.Here }, effects);
    }

    private void AnswerJoins(Effects effects)
    {
        foreach (var join in state.Joining)
            Reply(new(join.Json), join.Content, "joinroom", null, effects);
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
            Push(new(how) { Text = queue.RoomName }, effects);
            if (queue.LeaveId is { } id)
                Reply(id, Leave(how).ContentFingerprint(), Leave(how).Name, null, effects);
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
                Push(new(PushKind.ExitRoom) { Text = room }, effects);
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

    private void ReturnToQueue(string battleId, DateTimeOffset now, Effects effects)
    {
        if (state.Battle is not { RoomName: null } battle || battle.BattleId != battleId)
            return;
        state.Battle = null;
        // With a new join id, so that a late offer for the old one is declined.
        Enqueue(battle.Mode, battle.Number, shownRoom, now, effects);
    }
}
