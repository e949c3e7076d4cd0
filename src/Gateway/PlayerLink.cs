using System.Threading.Channels;
using GameServer.Game;
using GameServer.Grains.Abstractions;

namespace GameServer.Gateway;

/// <summary>
/// One connection's way to its player's grain and back. Messages go one at a time and in order; a call that fails is made again, after the
/// connection was attached anew, until it succeeds or has taken too long. Frames come in order or not at all: one that is missing is asked
/// for again.
/// </summary>
internal sealed class PlayerLink : IDisposable
{
    /// <summary>
    /// Messages of one connection that wait to be handed on. When it is full the connection is not read from until there is room again, so
    /// a client that sends faster than the cluster takes is slowed down by its own socket.
    /// </summary>
    private const int MostWaiting = 64;

    /// <summary>
    /// Requests with an id that were handed on and not answered yet; beyond that the oldest is not handed on again after a crash.
    /// </summary>
    private const int MostUnanswered = 256;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestLeavingDelay = TimeSpan.FromSeconds(5);

    private readonly Channel<Message> messages = Channel.CreateBounded<Message>(
        new BoundedChannelOptions(MostWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly GatewayHost host;
    private readonly IPlayerGrain grain;
    private readonly string userId;
    private readonly Connect opened;
    private readonly Lock gate = new();
    private readonly List<Game.Request> unanswered = [];

    private readonly Overtaking<(ClientFrame Frame, long Start)> frames;

    /// <summary>When a frame that overtook another one has waited long enough.</summary>
    private long passAt;

    private readonly CancellationTokenSource gone;
    private long requests;
    private long? lastSeq;
    private int? lastScore;
    private long lastScoreNumber;
    private bool attached;
    private bool connected;
    private bool welcomed;
    private bool closed;
    private bool ended;
    private long behind = -1;
    private long asked;

    public PlayerLink(GatewayHost host, string userId, Connect opened)
    {
        this.host = host;
        this.userId = userId;
        this.opened = opened;
        grain = host.Grains.GetGrain<IPlayerGrain>(userId);
        lastSeq = opened.LastSeq;
        frames = new(next => Pass(next.Frame, next.Start));
        gone = new(Timeout.InfiniteTimeSpan, host.Time);
        Done = RunAsync();
    }

    /// <summary>Completes when the connection is closed and the player knows, or this gateway ends.</summary>
    public Task Done { get; }

    /// <summary>When the next look at the link is due, as a timestamp.</summary>
    public long CheckAt { get; set; }

    /// <summary>Hands a message on, after those before it.</summary>
    public ValueTask TellAsync(Message message, CancellationToken cancellationToken)
    {
        if (message is Disconnect)
        {
            // What still waits behind a dead silo has lost its client, and must not hold this up for long.
            lock (gate)
            {
                closed = true;
                if (!ended)
                    gone.CancelAfter(GatewayHost.PatienceTime);
            }
        }

        if (message is Game.Request request)
        {
            lock (gate)
                message = request with { Seen = lastSeq ?? 0 };
        }

        return messages.Writer.WriteAsync(message, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => gone.Dispose();

    /// <summary>Looks whether the player still knows this connection and nothing was lost on the way, if there is room for it.</summary>
    public void Check() => messages.Writer.TryWrite(new CheckSession(opened.Connection));

    /// <summary>Passes a frame on to the client, after those before it.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="start">The number of the last push before the session began.</param>
    /// <param name="order">See <see cref="ClientMail.Order"/>.</param>
    public void Deliver(ClientFrame frame, long start, long order)
    {
        lock (gate)
        {
            var waited = frames.Waits;
            frames.Take(order, (frame, start));
            if (!frames.Waits || waited)
                return;
            // What it waits for comes in a moment, or is lost: then it passes at a look after that.
            passAt = host.AfterOvertaking();
            CheckAt = Math.Min(CheckAt, passAt);
        }
    }

    private void Pass(ClientFrame frame, long start)
    {
        if (!welcomed && opened.Version == ProtocolVersion.V2 && frame is not (WelcomeFrame or CloseFrame))
        {
            AskAgain(); // The welcome is missing, and it comes first.
            return;
        }

        if (frame is PushFrame push)
        {
            lastSeq ??= start;
            // A snapshot is the whole state: it may jump, also back, when the player begins anew.
            var jumps = push.Push.Kind == PushKind.Snapshot;
            if (jumps ? push.Seq == lastSeq : push.Seq <= lastSeq)
                return; // Came before: it was asked for twice.
            if (!jumps && push.Seq != lastSeq + 1)
            {
                AskAgain(); // One is missing. The attachment brings it, and this one after it.
                return;
            }

            lastSeq = push.Seq;
            if (push.Push.Kind is PushKind.JoinRoom or PushKind.ExitRoom or PushKind.BattleSettlement)
                lastScore = null; // It belonged to the battle before.
        }

        if (frame is ErrorFrame { Stands: { } stands } && stands.Number == lastScoreNumber)
            lastScore = stands.Score;

        if (frame is WelcomeFrame)
        {
            if (welcomed)
                return; // An attachment sends it again, for the case that the first was lost.
            welcomed = true;
        }

        var answered = frame switch { OkFrame ok => ok.Id, ErrorFrame error => error.Id, _ => null };
        if (answered is { } id)
            unanswered.RemoveAll(request => request.Id == id);
        host.Connections.Deliver(opened.Connection, frame);
    }

    private void AskAgain()
    {
        attached = false;
        Check();
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        try
        {
            await foreach (var message in messages.Reader.ReadAllAsync(host.Stopping))
            {
                try
                {
                    if (message is Disconnect left)
                        await LeaveAsync(left);
                    else if (!gone.IsCancellationRequested)
                        await HandOnAsync(message);
                }
                catch (OperationCanceledException) when (message is not Disconnect && gone.IsCancellationRequested)
                {
                    // Its client has been gone for long.
                }
                catch (Exception exception) when (!host.Stopping.IsCancellationRequested)
                {
                    host.NoteBug(userId, exception);
                    GiveUp(message);
                }

                if (message is Disconnect)
                    break;
            }
        }
        catch (OperationCanceledException) when (host.Stopping.IsCancellationRequested)
        {
            // This gateway ends. It gives up its lease, and the silos tell the player by that.
        }

        messages.Writer.TryComplete();
        host.Forget(opened.Connection);
        lock (gate)
        {
            ended = true;
            Dispose();
        }
    }

    /// <summary>
    /// Tells the player that the client is gone, however long that takes: who is not told goes on waiting for the client, and lets the
    /// opponent wait. Only when very many wait for that is one given up; its grain, which has not answered for all that time, learns it
    /// when it is loaded anew.
    /// </summary>
    private async Task LeaveAsync(Disconnect left)
    {
        var patience = host.Time.GetUtcNow() + GatewayHost.PatienceTime;
        var delay = FirstDelay;
        var lingers = false;
        try
        {
            while (true)
            {
                try
                {
                    await grain.Disconnect(left.Connection, lastSeq, lastScore);
                    return;
                }
                catch (Exception exception) when (GatewayHost.IsTransient(exception))
                {
                    host.NoteFailure(userId, exception);
                }

                if (!lingers && host.Time.GetUtcNow() >= patience && !(lingers = host.BeginLingering(userId)))
                    return;
                await Task.Delay(delay, host.Time, host.Stopping);
                delay = delay * 2 < LongestLeavingDelay ? delay * 2 : LongestLeavingDelay;
            }
        }
        finally
        {
            if (lingers)
                host.EndLingering();
        }
    }

    private async Task HandOnAsync(Message message)
    {
        if (message is Game.Request request)
        {
            message = request with { Number = ++requests };
            if (request.Id is not null)
            {
                lock (gate)
                {
                    if (unanswered.Count >= MostUnanswered)
                        unanswered.RemoveAt(0);
                    unanswered.Add((Game.Request)message);
                }
            }
        }

        var giveUp = host.Time.GetUtcNow() + GatewayHost.PatienceTime;
        var delay = FirstDelay;
        var retry = false;
        while (true)
        {
            // A client that is gone may be back elsewhere by now: to attach what it left behind would throw it out there.
            if (closed && (retry || (!connected && message is not Connect)))
                return;
            retry = true;
            try
            {
                if (await TryAsync(message))
                    return;
                delay = FirstDelay;
            }
            catch (Exception exception) when (GatewayHost.IsTransient(exception))
            {
                attached = false;
                host.NoteFailure(userId, exception);
                if (host.Time.GetUtcNow() >= giveUp)
                {
                    GiveUp(message);
                    return;
                }

                await Task.Delay(delay, host.Time, gone.Token);
                delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
            }
        }
    }

    /// <summary>Makes the call. False: the player did not know the connection, and it has to be made again.</summary>
    private async ValueTask<bool> TryAsync(Message message)
    {
        switch (message)
        {
            case Connect:
                await ConnectAsync(again: false, before: 0);
                return true;
            case PushWritten written:
                await grain.PushWritten(written.Connection, written.Seq);
                return true;
            case CheckSession check:
                await CheckAsync(check);
                return true;
        }

        if (!attached)
            await ConnectAsync(again: true, before: requests);
        var request = (Game.Request)message;
        // Noted before it is known to have arrived: the opponent may be shown it and the answer be lost with the silo.
        if (request is { Action: SyncScore { Score: var sent }, Again: false })
        {
            lock (gate)
                (lastScore, lastScoreNumber) = (sent, request.Number);
        }

        var head = new RequestHead(request.Connection, request.Id?.Json, request.Number, request.Seen, request.Again);
        attached = request.Action switch
        {
            JoinRoom join => await grain.JoinRoom(head, join.Mode),
            ExitRoom => await grain.ExitRoom(head),
            DestroyRoom => await grain.DestroyRoom(head),
            SyncScore score => await grain.SyncScore(head, score.Score),
            Attack attack => await grain.Attack(head, attack.Target),
            Die => await grain.Die(head),
            _ => throw new ArgumentException($"There is no action {request.Action.GetType().Name}.", nameof(message)),
        };
        return attached;
    }

    private async ValueTask ConnectAsync(bool again, long before)
    {
        ConnectCall call;
        lock (gate)
        {
            var attempt = frames.Attach(); // First: what still waited passes, and then it is not asked for again.
            call = new(
                opened.Connection, (byte)opened.Version, opened.NewToken, opened.Resume, again ? lastSeq ?? 0 : opened.LastSeq,
                again ? lastScore : null, opened.Guest, again, attempt, opened.Registration);
        }

        await host.AttachAsync(grain, call, gone.Token);
        attached = connected = true;
        if (!again)
            return;

        // What was handed on and not answered may have been lost with the silo.
        await RepeatAsync(before);
    }

    /// <summary>
    /// Hands on again what came before the request with this number and is not answered. Done twice, it is answered again and does nothing
    /// more. An older score is overtaken by the last one: the opponent may have seen that, and must not see less.
    /// </summary>
    private async ValueTask RepeatAsync(long before)
    {
        Game.Request[] lost;
        lock (gate)
            lost = [.. unanswered.Where(request => request.Number < before)];
        foreach (var request in lost)
        {
            var again = request with { Again = true };
            if (request.Action is SyncScore)
            {
                lock (gate)
                {
                    if (lastScore is { } score)
                        again = again with { Action = new SyncScore(score), Number = lastScoreNumber };
                }
            }

            await TryAsync(again);
        }
    }

    private async ValueTask CheckAsync(CheckSession check)
    {
        lock (gate)
        {
            if (host.Time.GetTimestamp() >= passAt)
                frames.PassAll();
            else if (frames.Waits)
                CheckAt = Math.Min(CheckAt, passAt);
        }

        var status = attached ? await grain.Check(check.Connection) : default;
        var seen = lastSeq ?? status.Start;
        // Behind at two looks in a row, without having moved: it is not on its way, it is lost.
        var missing = status.Seq > seen && behind == seen;
        behind = status.Seq > seen ? seen : -1;
        if (!status.Attached || missing)
            await ConnectAsync(again: true, before: requests + 1);
        else if (behind >= 0)
            CheckAt = 0;
        else
            await RepeatAsync(before: asked + 1); // An answer that has not come since the last look may be lost.

        asked = requests;
        lock (gate)
        {
            if (unanswered.Count > 0)
                CheckAt = Math.Min(CheckAt, host.Soon());
        }
    }

    private void GiveUp(Message message)
    {
        switch (message)
        {
            case Game.Request request:
                lock (gate)
                    unanswered.RemoveAll(r => r.Number == request.Number);
                host.Connections.Deliver(opened.Connection, new ErrorFrame(GatewayHost.Unavailable, request.Action.Name, request.Id));
                break;
            case Connect:
                host.Connections.Deliver(
                    opened.Connection, new CloseFrame(CloseCodes.Draining, "The game cannot be reached now: reconnect."));
                break;
        }
    }
}
