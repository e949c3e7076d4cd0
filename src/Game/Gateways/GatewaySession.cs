using static GameServer.Game.SessionInput;

namespace GameServer.Game;

/// <summary>
/// One client's connection to its player, as the gateway that holds the socket keeps it. What the client sends is handed on one call at a
/// time and in order; a call that fails is made again, after the connection was attached anew, until it succeeds or has taken too long.
/// What the player sends comes in order or not at all: what is missing is asked for again.
/// <para>
/// A state machine without I/O, clock or threads, like an <see cref="Actor"/>: the same inputs at the same times always give the same
/// outputs. Its host carries these out, one task at a time, and hands in what came of them. Time is monotonic, from any origin.
/// </para>
/// <para>
/// Both directions are in this one class, long as it is, because they share its phase: what comes from the player decides what is handed on,
/// and what is handed on decides what may come.
/// </para>
/// </summary>
/// <param name="opened">The connection, as the client opened it.</param>
public sealed class GatewaySession(Connect opened)
{
    /// <summary>
    /// Messages of the client that may wait to be handed on. The host reads no more from the client until there is room again, so one that
    /// sends faster than the cluster takes is slowed down by its own socket.
    /// </summary>
    public const int MostWaiting = 64;

    /// <summary>
    /// Requests with an id that were handed on and are not answered; beyond that the oldest is not handed on again after a crash.
    /// </summary>
    public const int MostUnanswered = Player.MostReplies;

    /// <summary>
    /// How long a call is tried again before the client is told <c>unavailable</c>: well above the time a lost silo's grains need.
    /// </summary>
    public static readonly TimeSpan PatienceTime = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long a frame that overtook another one waits for it: well above the microseconds that this takes. After that the other one is
    /// lost.
    /// </summary>
    public static readonly TimeSpan ReorderTime = TimeSpan.FromMilliseconds(100);

    /// <summary>How soon a session that waits for answers wants a look; an answer that has not come after two of them may be lost.</summary>
    public static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestLeavingDelay = TimeSpan.FromSeconds(5);

    // What the client has sent.
    private readonly Queue<Message> waiting = [];
    private readonly List<Request> unanswered = [];
    private long requests;
    private TimeSpan? goneSince;

    /// <summary>
    /// The last score that was handed on in this battle, which the player and its room may not have saved, and the number of its request.
    /// </summary>
    private (int? Score, long Number) last;

    // What the client was sent.
    private readonly FrameReorderBuffer<FrameArrived> early = new();
    private readonly List<FrameArrived> inOrder = [];
    private TimeSpan passEarlyAt;
    private bool welcomed;

    /// <summary>The last push that was passed on; null: none, and it is not known where the player's numbers begin.</summary>
    private long? lastSeq = opened.LastSeq;

    /// <summary>
    /// That is only what the client says, or the player says that it has not made so many: a snapshot puts it right, whatever its number.
    /// </summary>
    private bool lastSeqIsDoubted = opened.LastSeq is not null;

    // What is being done for the player, and the one call or wait that it waits for.
    private Message? job;
    private SessionTask? task;
    private TimeSpan began;
    private TimeSpan delay;

    /// <summary>Of what is unanswered, the requests with a number between these are handed on again before the job goes on.</summary>
    private (long After, long Before) repeats;

    // Looks.
    private bool lookWanted;
    private bool looked;
    private long askedAtLook;

    /// <summary>The last push that was passed on when the last look found that the player's is another one; null: it was that one.</summary>
    private long? apartAt;

    /// <summary>How it stands with the player.</summary>
    public SessionPhase Phase { get; private set; } = new SessionPhase.Opening();

    private ConnectionId Connection => opened.Connection;

    /// <summary>Takes an input.</summary>
    /// <param name="input">What happened.</param>
    /// <param name="now">When.</param>
    /// <param name="outputs">What comes of it is added to this.</param>
    public void Handle(SessionInput input, TimeSpan now, SessionOutputs outputs)
    {
        if (Phase is SessionPhase.Ended)
        {
            if (input is FromClient late)
                (outputs.Taken, outputs.Handled) = (outputs.Taken + 1, outputs.Handled + (late.Message is Request ? 1 : 0));
            return;
        }

        switch (input)
        {
            case FrameArrived arrived: Take(arrived, now, outputs); break;
            case FromClient { Message: Request request }: waiting.Enqueue(request with { Seen = lastSeq ?? 0 }); break;
            case FromClient { Message: var message }: waiting.Enqueue(message); break;
            case CallSucceeded: Succeed(now, outputs); break;
            case Checked look: Compare(look.Status, now, outputs); break;
            case NotKnown: Detach(DetachReason.NotKnown); Retry(TimeSpan.Zero, now, outputs); break;
            case CallFailed: Fail(now, outputs); break;
            case CallBroken: GiveUp(outputs); break;
            case WaitOver: Retry(TimeSpan.Zero, now, outputs); break;
            case Look: PassEarly(now, outputs); lookWanted = true; break;
            case Opened: waiting.Enqueue(opened); break;
            case ClientGone: goneSince ??= now; break;
            case LingeringRefused: End(); break;
            default: throw new ArgumentException($"A session is not told {input.GetType().Name}.", nameof(input));
        }

        while (task is null && Phase is not SessionPhase.Ended && (job is not null || TakeJob(now, outputs)))
            GoOn(now, outputs);
    }

    // What is to be done -------------------------------------------------------------------------------------------------------

    /// <summary>Takes up what is to be done next. False: nothing is.</summary>
    private bool TakeJob(TimeSpan now, SessionOutputs outputs)
    {
        if (lookWanted)
        {
            lookWanted = false;
            if (goneSince is null && Phase is SessionPhase.Attached or SessionPhase.Detached)
            {
                Begin(new CheckSession(Connection), now);
                return true;
            }
        }

        if (waiting.TryDequeue(out var message))
        {
            outputs.Taken++;
            if (message is Request request)
                message = Number(request);
            Begin(message, now);
            return true;
        }

        if (goneSince is null)
            return false;
        Phase = new SessionPhase.Leaving(now);
        Begin(new Disconnect(Connection), now);
        return true;
    }

    private void Begin(Message next, TimeSpan now)
    {
        (job, began, delay) = (next, now, FirstDelay);
        looked = false;
        repeats = default;
    }

    private Request Number(Request request)
    {
        request = request with { Number = ++requests };
        if (request.Id is null)
            return request;
        if (unanswered.Count >= MostUnanswered)
            unanswered.RemoveAt(0);
        unanswered.Add(request);
        return request;
    }

    /// <summary>The next step of the job: a call, or its end.</summary>
    private void GoOn(TimeSpan now, SessionOutputs outputs)
    {
        switch (job)
        {
            case Disconnect:
                Call(new Disconnect(Connection, lastSeq, last.Score), outputs);
                break;
            case var _ when !IsWanted(now):
                Finish(outputs);
                break;
            case Connect:
                Attach(again: false, outputs);
                break;
            case PushWritten written:
                Call(written, outputs);
                break;
            case var _ when Phase is not SessionPhase.Attached:
                Attach(again: true, outputs);
                break;
            case CheckSession check when !looked:
                Call(check, outputs);
                break;
            case var _ when NextRepeat() is { } lost:
                repeats.After = lost.Number;
                Call(Again(lost), outputs);
                break;
            case Request request:
                // Noted before it is known to have arrived: the opponent may be shown it and the answer be lost with the silo.
                if (request.Action is SyncScore score)
                    last = (score.Score, request.Number);
                Call(request, outputs);
                break;
            default:
                FinishLook(now, outputs);
                break;
        }
    }

    /// <summary>
    /// Whether the job still makes sense. A client that is gone may be back elsewhere by now: to attach what it left behind would throw it
    /// out there. So what it sent is tried once, if the player knew of the connection at all, and none of it for long.
    /// </summary>
    private bool IsWanted(TimeSpan now) =>
        Phase is not SessionPhase.Closed
        && (goneSince is not { } gone || (now - gone < PatienceTime && (job is Connect || Phase is not SessionPhase.Opening)));

    private void Call(Message message, SessionOutputs outputs, int attachment = 0) =>
        outputs.Task = task = new SessionTask.Call(message, attachment);

    private void Attach(bool again, SessionOutputs outputs)
    {
        early.PassAll(inOrder); // First: what passes is not asked for again.
        PassInOrder(outputs);
        if (Phase is SessionPhase.Closed)
            return;
        early.Attach();
        Phase = again ? new SessionPhase.Attaching() : new SessionPhase.Opening();
        var connect = again ? opened with { LastSeq = lastSeq ?? 0, LastScore = last.Score, Again = true } : opened;
        Call(connect, outputs, early.Attachment);
    }

    /// <summary>What was handed on before, is not answered, and may be lost.</summary>
    private Request? NextRepeat()
    {
        if (repeats.Before == 0)
            return null;
        foreach (var request in unanswered)
        {
            if (request.Number > repeats.After && request.Number < repeats.Before)
                return request;
        }

        return null;
    }

    /// <summary>
    /// The request as it is handed on again: done twice, it is answered again and does nothing more. An older score is overtaken by the last
    /// one: the opponent may have seen that, and must not see less.
    /// </summary>
    private Request Again(Request lost)
    {
        var again = lost with { Again = true, Content = lost.Action.ContentFingerprint() };
        return lost.Action is SyncScore && last.Score is { } score
            ? again with { Action = new SyncScore(score), Number = last.Number } : again;
    }

    // What came of it ----------------------------------------------------------------------------------------------------------

    private void Succeed(TimeSpan now, SessionOutputs outputs)
    {
        switch ((task as SessionTask.Call)?.Message)
        {
            case Connect:
                Attached(now, outputs);
                break;
            case Request { Again: true }:
                task = null; // One less to hand on again.
                break;
            case Disconnect:
                End();
                break;
            default:
                Finish(outputs);
                break;
        }
    }

    private void Attached(TimeSpan now, SessionOutputs outputs)
    {
        if (Phase is SessionPhase.Opening or SessionPhase.Attaching)
        {
            Phase = new SessionPhase.Attached();
            // The player has said all that a look could find, but for what was handed on and may be lost.
            (looked, lookWanted, apartAt) = (true, false, null);
            repeats = (0, job is Request request ? request.Number : requests + 1);
        }

        if (job is Connect)
            Finish(outputs);
        else
            Retry(Phase is SessionPhase.Detached ? delay : TimeSpan.Zero, now, outputs);
    }

    private void Compare(SessionStatus status, TimeSpan now, SessionOutputs outputs)
    {
        task = null;
        looked = true;
        var seen = lastSeq ?? status.Start;
        // Apart at two looks in a row, without having moved: it is not on its way, it is lost.
        var lost = status.Seq != seen && apartAt == seen;
        apartAt = status.Seq != seen ? seen : null;
        if (!status.Attached)
            Detach(DetachReason.NotKnown);
        else if (lost)
        {
            Detach(DetachReason.PushMissing);
            lastSeqIsDoubted |= status.Seq < seen;
        }
        else if (apartAt is not null)
            outputs.LookBy(now);
        else
            repeats = (0, askedAtLook + 1); // An answer that has not come since the last look may be lost.
    }

    private void FinishLook(TimeSpan now, SessionOutputs outputs)
    {
        askedAtLook = requests;
        if (unanswered.Count > 0)
            outputs.LookBy(now + AnswerTime);
        Finish(outputs);
    }

    private void Detach(DetachReason why)
    {
        if (Phase is SessionPhase.Opening or SessionPhase.Attaching or SessionPhase.Attached)
            Phase = new SessionPhase.Detached(why);
    }

    private void Fail(TimeSpan now, SessionOutputs outputs)
    {
        var after = delay;
        if (Phase is SessionPhase.Leaving leaving)
        {
            // Who is not told goes on waiting for the client, and lets the opponent wait: so it is told, however long that takes.
            outputs.Lingers = now - leaving.Since >= PatienceTime;
            delay = TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, LongestLeavingDelay.Ticks));
        }
        else
        {
            if (job is not Connect)
                Detach(DetachReason.CallFailed);
            delay = TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, LongestDelay.Ticks));
        }

        Retry(after, now, outputs);
    }

    /// <summary>Goes on with the job after a while, unless it is too late for that.</summary>
    private void Retry(TimeSpan after, TimeSpan now, SessionOutputs outputs)
    {
        task = null;
        if (Phase is SessionPhase.Closed || (Phase is not SessionPhase.Leaving && goneSince is not null))
            Finish(outputs);
        else if (Phase is not SessionPhase.Leaving && now - began >= PatienceTime)
            GiveUp(outputs);
        else if (after > TimeSpan.Zero)
            outputs.Task = task = new SessionTask.Wait(after);
    }

    private void GiveUp(SessionOutputs outputs)
    {
        switch (job)
        {
            case Disconnect:
                End();
                return;
            case Connect:
                Show(new CloseFrame(CloseCodes.Draining, "The game cannot be reached now: reconnect."), outputs);
                Phase = new SessionPhase.Closed();
                break;
            case Request request:
                unanswered.RemoveAll(r => r.Number == request.Number);
                Show(new ErrorFrame(Refusal.CannotBeReached, request.Action.Name, request.Id), outputs);
                break;
        }

        Finish(outputs);
    }

    private void Finish(SessionOutputs outputs)
    {
        if (job is Request)
            outputs.Handled++;
        (job, task) = (null, null);
    }

    private void End()
    {
        Phase = new SessionPhase.Ended();
        (job, task) = (null, null);
    }

    // To the client ------------------------------------------------------------------------------------------------------------

    private void Take(FrameArrived arrived, TimeSpan now, SessionOutputs outputs)
    {
        var waited = early.Waits;
        early.Take(arrived.Order, arrived, inOrder);
        PassInOrder(outputs);
        if (!early.Waits || waited)
            return;
        passEarlyAt = now + ReorderTime;
        outputs.LookBy(passEarlyAt);
    }

    /// <summary>What a frame waits for comes in a moment, or is lost; then the frame passes.</summary>
    private void PassEarly(TimeSpan now, SessionOutputs outputs)
    {
        if (!early.Waits)
            return;
        if (now < passEarlyAt)
        {
            outputs.LookBy(passEarlyAt);
            return;
        }

        early.PassAll(inOrder);
        PassInOrder(outputs);
    }

    private void PassInOrder(SessionOutputs outputs)
    {
        foreach (var frame in inOrder)
            Pass(frame, outputs);
        inOrder.Clear();
    }

    private void Pass(FrameArrived arrived, SessionOutputs outputs)
    {
        if (Phase is SessionPhase.Closed)
            return; // Nothing follows a close.
        switch (arrived.Frame)
        {
            case CloseFrame close:
                Show(close, outputs);
                if (Phase is not SessionPhase.Leaving)
                    Phase = new SessionPhase.Closed();
                return;
            case WelcomeFrame when welcomed:
                return; // An attachment sends it again, for the case that the first was lost.
            case WelcomeFrame welcome:
                welcomed = true;
                if (!welcome.Resumed)
                    (lastSeq, lastSeqIsDoubted) = (null, false); // The client's number is of another session.
                break;
            case PushFrame when arrived.Order != 0 && arrived.Order >> 32 < early.Attachment:
                return; // The newer attachment brings it as well. After a crash another push may have this number there.
            case var _ when !welcomed && opened.Version == ProtocolVersion.V2:
                AskAgain(DetachReason.WelcomeMissing);
                return;
            case PushFrame push when !IsNext(push, arrived.Start):
                return;
            case OkFrame ok:
                unanswered.RemoveAll(request => request.Id == ok.Id);
                break;
            case ErrorFrame error:
                if (error.Stands is { } stands && stands.Number == last.Number)
                    last.Score = stands.Score;
                if (error.Id is { } id)
                    unanswered.RemoveAll(request => request.Id == id);
                break;
        }

        Show(arrived.Frame, outputs);
    }

    private void Show(ClientFrame frame, SessionOutputs outputs)
    {
        if (goneSince is null && Phase is not SessionPhase.Closed)
            outputs.Pass(frame);
    }

    private bool IsNext(PushFrame push, long start)
    {
        lastSeq ??= start;
        var isSnapshot = push.Push.Kind == PushKind.Snapshot;
        if (push.Seq <= lastSeq && !(isSnapshot && lastSeqIsDoubted))
            return false; // Came before: it was asked for twice.
        if (push.Seq != lastSeq + 1 && !isSnapshot)
        {
            AskAgain(DetachReason.PushMissing); // An attachment brings the one that is missing, and this one after it.
            return false;
        }

        (lastSeq, lastSeqIsDoubted) = (push.Seq, false); // A snapshot is the whole state, so it may jump.
        if (push.Push.Kind is PushKind.JoinRoom or PushKind.ExitRoom or PushKind.BattleSettlement)
            last.Score = null; // It belonged to the battle before.
        return true;
    }

    private void AskAgain(DetachReason why)
    {
        Detach(why);
        lookWanted = true;
    }
}
