using GameServer.Game;
using GameServer.Grains.Abstractions;

namespace GameServer.Gateway;

/// <summary>
/// Lets one connection's <see cref="GatewaySession"/> run: hands it what happens, one thing at a time, whatever thread it comes from, and
/// carries out what it wants. Frames go to the client on the thread that brought them; calls and waits follow each other in one loop, which
/// runs while there are any.
/// </summary>
internal sealed class PlayerLink : IDisposable
{
    private readonly GatewayHost host;
    private readonly string userId;
    private readonly ConnectionId connection;
    private readonly IPlayerGrain grain;

    /// <summary>Room among the client's messages that wait: whoever brings one waits for that first.</summary>
    private readonly SemaphoreSlim room = new(GatewaySession.MostWaiting);

    /// <summary>Ends the wait for a turn to be attached, once that makes no sense any more.</summary>
    private readonly CancellationTokenSource gone;

    private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Under the gate, all of them.
    private readonly Lock gate = new();
    private readonly GatewaySession session;
    private readonly SessionOutputs outputs = new();
    private bool lingers;
    private bool ended;
    private long lookAt = long.MaxValue;

    public PlayerLink(GatewayHost host, string userId, Connect opened)
    {
        this.host = host;
        this.userId = userId;
        connection = opened.Connection;
        grain = host.Grains.GetGrain<IPlayerGrain>(userId);
        session = new(opened);
        gone = new(Timeout.InfiniteTimeSpan, host.Time);
    }

    /// <summary>Completes when the connection is closed and the player knows, or this gateway ends.</summary>
    public Task Done => done.Task;

    /// <summary>Hands a message of the client in, after those before it; waits for room.</summary>
    public ValueTask TellAsync(Message message, CancellationToken cancellationToken)
    {
        switch (message)
        {
            case Connect:
                Tell(new SessionInput.Opened());
                return ValueTask.CompletedTask;
            case Disconnect:
                StopWaitingForTurn();
                Tell(new SessionInput.ClientGone());
                return ValueTask.CompletedTask;
            default:
                return TellOnceThereIsRoomAsync(message, cancellationToken);
        }
    }

    /// <summary>Hands an input in, and sees to what comes of it.</summary>
    public void Tell(SessionInput input)
    {
        if (Handle(input) is { } task)
            RunAsync(task).Ignore(); // It catches what it throws.
    }

    /// <summary>When the session is to look whether all is well, by <see cref="GatewayHost.Now"/>.</summary>
    public TimeSpan LookAt => new(Volatile.Read(ref lookAt));

    /// <summary>Moves <see cref="LookAt"/> to this time, if it is later.</summary>
    public void LookBy(TimeSpan time)
    {
        lock (gate)
            Volatile.Write(ref lookAt, Math.Min(lookAt, time.Ticks));
    }

    /// <summary>Has the session look whether all is well.</summary>
    /// <param name="next">When it is to look again, unless it wants to earlier.</param>
    public void Look(TimeSpan next)
    {
        lock (gate)
            Volatile.Write(ref lookAt, next.Ticks);
        Tell(new SessionInput.Look());
    }

    /// <inheritdoc/>
    public void Dispose() => gone.Dispose();

    private async ValueTask TellOnceThereIsRoomAsync(Message message, CancellationToken cancellationToken)
    {
        await room.WaitAsync(cancellationToken);
        Tell(new SessionInput.FromClient(message));
    }

    private void StopWaitingForTurn()
    {
        lock (gate)
        {
            // A connection that the player does not know yet, it need not get to know. What the client sent on another one is worth a wait.
            if (!ended)
                gone.CancelAfter(session.Phase is SessionPhase.Opening ? TimeSpan.Zero : GatewaySession.PatienceTime);
        }
    }

    private SessionTask? Handle(SessionInput input)
    {
        lock (gate)
        {
            session.Handle(input, host.Now, outputs);
            if (outputs.Lingers && !lingers && !(lingers = host.BeginLingering(userId)))
                session.Handle(new SessionInput.LingeringRefused(), host.Now, outputs);
            // In this lock, so that no frame overtakes another. It is a queue that never blocks.
            foreach (var frame in outputs.Frames)
                host.Connections.Deliver(connection, frame);
            for (var handled = 0; handled < outputs.Handled; handled++)
                host.Connections.Handled(connection);
            if (outputs.Taken > 0)
                room.Release(outputs.Taken);
            if (outputs.LookAt is { } time)
                Volatile.Write(ref lookAt, Math.Min(lookAt, time.Ticks));
            var task = outputs.Task;
            outputs.Clear();
            if (session.Phase is not SessionPhase.Ended)
                return task;
            End();
            return null;
        }
    }

    private async Task RunAsync(SessionTask first)
    {
        try
        {
            for (SessionTask? task = first; task is not null;)
                task = Handle(await CarryOutAsync(task));
        }
        catch (Exception exception)
        {
            // When this gateway ends it gives up its lease, and the silos tell the player by that.
            if (!host.Stopping.IsCancellationRequested)
                host.NoteBug(userId, exception);
            lock (gate)
                End();
        }
    }

    private async ValueTask<SessionInput> CarryOutAsync(SessionTask task)
    {
        try
        {
            switch (task)
            {
                case SessionTask.Wait wait:
                    await Task.Delay(wait.Time, host.Time, host.Stopping);
                    return new SessionInput.WaitOver();
                case SessionTask.Call call:
                    return await CallAsync(call);
                default:
                    throw new InvalidOperationException($"There is no task {task.GetType().Name}.");
            }
        }
        catch (Exception exception) when (GatewayHost.IsTransient(exception))
        {
            host.NoteFailure(userId, exception);
            return new SessionInput.CallFailed();
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested && !host.Stopping.IsCancellationRequested)
        {
            return new SessionInput.CallFailed(); // It was never made.
        }
        catch (Exception exception) when (!host.Stopping.IsCancellationRequested)
        {
            host.NoteBug(userId, exception);
            return new SessionInput.CallBroken();
        }
    }

    private async ValueTask<SessionInput> CallAsync(SessionTask.Call call)
    {
        switch (call.Message)
        {
            case Connect connect:
                await host.AttachAsync(
                    grain,
                    new(connect.Connection, (byte)connect.Version, connect.NewToken, connect.Resume, connect.LastSeq, connect.LastScore,
                        connect.Guest, connect.Again, call.Attachment, connect.Registration),
                    gone.Token);
                break;
            case Game.Request request:
                if (!await RequestAsync(request))
                    return new SessionInput.NotKnown();
                break;
            case PushWritten written:
                await grain.PushWritten(written.Connection, written.Seq);
                break;
            case CheckSession check:
                return new SessionInput.Checked(await grain.Check(check.Connection));
            case Disconnect left:
                await grain.Disconnect(left.Connection, left.LastSeq, left.LastScore);
                break;
            default:
                throw new ArgumentException($"No call takes {call.Message.GetType().Name} to a player.", nameof(call));
        }

        return new SessionInput.CallSucceeded();
    }

    private ValueTask<bool> RequestAsync(Game.Request request)
    {
        var head = new RequestHead(request.Connection, request.Id?.Json, request.Number, request.Seen, request.Again, request.Content);
        return grain.Request(head, new(request.Action.Name, request.Action.Number ?? 0, request.Action.Text));
    }

    private void End()
    {
        if (ended)
            return;
        ended = true;
        if (lingers)
            host.EndLingering();
        host.Forget(connection);
        Dispose();
        done.TrySetResult();
    }
}
