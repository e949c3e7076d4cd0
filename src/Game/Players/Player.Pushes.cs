namespace GameServer.Game;

// What the client is told: numbered, logged, and told again where it was missed.
public sealed partial class Player
{
    /// <summary>Numbers a push, keeps it for a client that may come back, and sends it if the client is there.</summary>
    private void Push(Push push, Effects effects)
    {
        if (state.Session is not { } session)
            return; // Nobody to come back to: the next session is told the state as it is then.

        var durability = PushType.Of(push.Kind).Durability;
        var entry = new LoggedPush(++state.Seq, push);
        // Version 1 cannot resume. After a crash it is sent again what mattered; scores and presence are told as they are then.
        if (session.Version == ProtocolVersion.V2 || durability == Durability.BeforeEffects)
            pushes.Add(entry);
        else
            pushes.AddUnsaved(entry);
        effects.Save(durability);
        if (view != View.Snapshot || push.Kind == PushKind.Snapshot)
            Deliver(entry, effects);
    }

    private void Deliver(LoggedPush entry, Effects effects)
    {
        if (Attached && state.Unsent is null)
        {
            effects.Deliver(
                state.Session!.Connection, new PushFrame(entry.Seq, entry.Push, Confirm: entry.Push.Kind == PushKind.BattleSettlement));
        }
    }

    /// <summary>
    /// Sends the pushes after <paramref name="last"/> again. False if they are not all there, or that number was never given.
    /// </summary>
    private bool Replay(long last, Effects effects)
    {
        last = Math.Max(last, state.Session!.Start); // What was pushed before belongs to others.
        if (last > state.Seq || last < state.SeqFloor || !pushes.Holds(last + 1, state.Seq))
            return false;
        foreach (var entry in pushes.After(last))
            Deliver(entry, effects);
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
            Push(unseen, effects);
            state.UnseenSeq = state.Seq;
        }

        if (state.Queue is { RoomName: { } room, Leaving: null } queue)
        {
            Push(new(PushKind.JoinRoom) { Text = room }, effects);
            PushWaiting(queue, effects);
        }
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
}
