using System.Security.Cryptography;
using System.Text;

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

        var nothingKnown = Erased;
        var old = state.Session;
        if (connect.Again && old is not null)
        {
            effects.Deliver(connect.Connection, Replaced);
            return;
        }

        if (old is { Attached: true })
            effects.Deliver(old.Connection, Replaced);

        reattachUntil = null;
        var resumes = connect is { Version: ProtocolVersion.V2, Resume: { } shown } && old is { Version: ProtocolVersion.V2 } && Opens(old, shown);
        if (resumes)
            PassOver(connect.LastSeq ?? 0);
        state.Unsent = null;
        if (!resumes)
            BeginSession();
        // A gateway held on for longer than the session lasted, and waits for the next number.
        if (connect is { Again: true, Version: ProtocolVersion.V1, LastSeq: { } last })
            state.Seq = state.SeqFloor = last;
        // Anybody may say that a name was made up: that must not cost its owner the record.
        state.Guest = resumes ? state.Guest : connect.Guest && (state.Guest || nothingKnown);
        state.Session = new()
        {
            Connection = connect.Connection,
            Version = connect.Version,
            Token = resumes ? old!.Token : HashOf(connect.NewToken),
            Offered = resumes ? [.. old!.Offered, HashOf(connect.NewToken)] : [],
            Resumed = resumes,
            Attached = true,
            Start = resumes ? old!.Start : state.Seq,
        };
        if (state.Session.Offered.Count > MostOffered)
            state.Session.Offered.RemoveAt(0);
        if (connect.Version == ProtocolVersion.V2)
            effects.Deliver(connect.Connection, new WelcomeFrame(UserId, connect.NewToken, resumes));

        var wants = resumes
            ? Replay(connect.LastSeq ?? 0, effects) ? Owed(View.None) : View.Snapshot
            : connect.Version == ProtocolVersion.V2 && (connect.Resume is not null || connect.Again) ? View.Snapshot
            : Everything;
        TellPresence(wants, effects);
        if (wants != View.None)
            ShowState(effects);
        else if (state.Battle?.Server is { } server)
            Push(new(PushKind.BattleServer) { Server = server }, effects); // The ticket it had is used, or too old.
    }

    /// <summary>
    /// Whether a token opens the session. The one that the client showed last goes on to do so until it shows one of those it was given
    /// since: the welcome that brought it may be lost. Then those before it open nothing any more.
    /// </summary>
    private static bool Opens(Session session, string token)
    {
        var hash = HashOf(token);
        if (hash == session.Token)
            return true;
        var at = session.Offered.IndexOf(hash);
        if (at < 0)
            return false;
        session.Token = hash;
        session.Offered.RemoveRange(0, at + 1);
        return true;
    }

    private static string HashOf(string token) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    /// <summary>A new session knows nothing of the one before: not its pushes, not its requests.</summary>
    private void BeginSession()
    {
        ForgetLogs();
        state.OverSeq = 0;
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

    /// <summary>What was told and answered in a session goes with it.</summary>
    private void ForgetLogs()
    {
        tailCleared |= !pushes.IsEmpty || !replies.IsEmpty;
        state.SeqFloor = state.Seq;
        state.ReplyFloor = state.Replies;
        pushes.Clear();
        replies.Clear();
    }

    private void EndSession(Effects effects)
    {
        BeginSession();
        state.Session = null;
        effects.Save(Durability.Soon);
    }

    private void Forget(ForgetSession forget, Effects effects)
    {
        if (state.Session is { Attached: false } session && session.Connection == forget.Connection)
            EndSession(effects);
    }

    private void Reattach(Session session, Connect connect, Effects effects)
    {
        session.Attached = true;
        session.Expires = null;
        var last = Math.Max(connect.LastSeq ?? 0, session.Start);
        if (session.Version == ProtocolVersion.V2)
        {
            PassOver(last);
            // The first one may have been lost on its way. A connection brings its token along.
            effects.Deliver(session.Connection, new WelcomeFrame(UserId, connect.NewToken, session.Resumed));
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

    /// <summary>The view still owed to a client that missed no pushes; the given one if none is.</summary>
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
        var moved = pushes.After(from).ToList();
        var (unseen, over) = (state.UnseenSeq, state.OverSeq);
        pushes.DropAll();
        state.Seq = state.SeqFloor = last;
        foreach (var entry in moved)
        {
            pushes.Add(new(++state.Seq, entry.Push));
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
        session.Expires = now + (Unused(session) && rules.ResumeTime > UnusedResumeTime ? UnusedResumeTime : rules.ResumeTime);
        if (session.Version == ProtocolVersion.V1)
        {
            // Version 1 cannot resume; it is told the state when it connects again.
            ForgetLogs();
            state.Session = null;
        }

        effects.Save(Durability.Soon);
        TellPresence(View.None, effects);
    }

    /// <summary>
    /// Nobody was told or asked anything. A new session is as good as this one, but for a first request that was on its way when the
    /// connection was lost.
    /// </summary>
    private bool Unused(Session session) =>
        state.Seq == session.Start && state.Replies == state.ReplyFloor && state.Queue is null && state.Battle is null && waiting.Count == 0;

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
            EndSession(effects);
    }

    private void Recover(Loaded loaded, DateTimeOffset now, Effects effects)
    {
        if (state.Battle is { } battle)
        {
            battle.Life++;
            if (battle.Death is { } death)
            {
                var die = new DieCommand(UserId, death.Tag, WantsOutcome: true, battle.Score);
                underWay[death.Tag] = new(death.Id, new Die().ContentFingerprint(), battle.BattleId, die);
            }

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
