namespace GameServer.Game;

// The client's session: attached, dropped, resumed, attached again after a crash.
public sealed partial class Player
{
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
            ? Replay(connect.LastSeq ?? 0, effects) ? Owed(View.None) : View.Snapshot
            : connect.Version == ProtocolVersion.V2 && (connect.Resume is not null || connect.Again) ? View.Snapshot
            : Everything;
        TellPresence(wants, effects);
        if (wants != View.None)
            ShowState(effects);
        else if (state.Battle?.Server is { } server)
            Push(new(PushKind.BattleServer) { Server = server }, Durability.BeforeEffects, effects); // The ticket it had is used, or too old.
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
        heldBack.Clear();
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
        var wants = Replay(last, effects) ? Owed(View.Changes) : session.Version == ProtocolVersion.V2 ? View.Snapshot : View.Everything;
        TellPresence(wants, effects);
        if (wants != View.Changes)
            ShowState(effects);
    }

    /// <summary>Everything, in the words of the session's version.</summary>
    private View Everything => state.Session!.Version == ProtocolVersion.V1 ? View.Everything : View.EverythingAndSnapshot;

    private bool EverythingIsOwed => view is View.Everything or View.EverythingAndSnapshot;

    /// <summary>What a client is to be told that missed nothing: that, unless it still waits to hear where it is.</summary>
    private View Owed(View otherwise) =>
        EverythingIsOwed ? view : state.Battle is { RoomName: not null } && state.Seq == state.Session!.Start ? Everything : otherwise;

    /// <summary>
    /// After a crash: pushes that were not saved may have gone out before it, so their numbers are taken. Those made since, which nobody
    /// was sent yet, get the numbers after the last one the client has.
    /// </summary>
    private void PassOver(long last)
    {
        // No crash loses more than the log holds; a client may say anything.
        if (state.Unsent is { } from && last > from && last - from <= PushLog.Capacity)
            Renumber(from, last);
    }

    /// <summary>
    /// Version 1 does not see the numbers, and not all its pushes are saved: where some are missing, those that are there follow the last
    /// one it has. Its gateway, which waits for the next number, must never wait for one that does not come.
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
        ShowHeldBack(effects);
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
}
