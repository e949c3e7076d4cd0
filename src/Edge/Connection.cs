using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net.WebSockets;
using System.Text;
using GameServer.Game;
using Microsoft.Extensions.Logging;

namespace GameServer.Edge;

/// <summary>What all connections of a process share.</summary>
internal sealed record ConnectionSurroundings(
    IGameHost Host, RequestParser Parser, EdgeOptions Options, EdgeCounters Counters, TicketSigner Sign, TimeProvider Time, ILogger<Connection> Log);

/// <summary>
/// One WebSocket: a loop that reads requests and hands them to the player's actor, and a loop that writes what the actor has for the
/// client.
/// <para>
/// Whatever comes in costs tokens, whether it is a message or not (<see cref="FrameMeter"/>). It is not read on while the host has
/// <see cref="MostHandedOver"/> requests of it, or while half of the queue waits: so the answers to what a client asks for always have room,
/// and it is the client's own socket that fills. Once a close has begun, no more is read than there are tokens for.
/// </para>
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore nobody asks for a wait handle holds nothing; the host may release it late.")]
internal sealed partial class Connection : IReadMeter
{
    /// <summary>
    /// Requests that the host may have in its hands at a time. What they cause for their own connection at most, a whole view of the largest
    /// battle each, must have room in the other half of the queue.
    /// </summary>
    public const int MostHandedOver = 8;

    /// <summary>
    /// Reads that found their bytes waiting before the reader gives its thread back. With inline sockets it may be the one that tells others
    /// of theirs, and a client that sends without a pause would keep it for ever.
    /// </summary>
    private const int MostReadsInARow = 32;

    private const int SmallBuffer = 1024;
    private static readonly TimeSpan RefusalWindow = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MeasureLimit = TimeSpan.FromSeconds(60);

    private readonly ConnectionSurroundings around;
    private readonly RateLimits.Admission limits;
    private readonly Connect connect;
    private readonly OutgoingQueue outgoing;

    private WebSocket? socket;
    private Action? cutTransport;
    private CancellationToken cutOff;

    private string? welcomedWith;

    // Deadline for the peer's next read or close, in ticks of the time provider; 0: none.
    private long sendDue;
    private long closeDue;

    // One request at a time is measured, from its arrival until its answer was written.
    private string? measuredId;
    private long measuredSince;

    private readonly SemaphoreSlim handedOver = new(MostHandedOver);
    private FrameMeter meter;
    private int readsInARow;
    private volatile bool outOfTokens;

    private int refusals;
    private long refusalsSince;

    public Connection(string userId, Connect connect, RateLimits.Admission limits, ConnectionSurroundings around)
    {
        UserId = userId;
        this.connect = connect;
        this.limits = limits;
        this.around = around;
        outgoing = new(around.Options.QueueFrames, around.Options.QueueBytes);
    }

    /// <summary>Its address.</summary>
    public ConnectionId Id => connect.Connection;

    /// <summary>Whose it is.</summary>
    public string UserId { get; }

    /// <summary>Which generation of the protocol it speaks.</summary>
    public ProtocolVersion Version => connect.Version;

    /// <summary>Whether it is being closed: nothing it is given goes out any more.</summary>
    public bool Ended => outgoing.End is not null;

    /// <summary>What waits for the socket.</summary>
    public OutgoingQueue Outgoing => outgoing;

    /// <summary>Puts a frame into the queue. Never blocks, never throws.</summary>
    public void Deliver(ClientFrame frame)
    {
        switch (frame)
        {
            case WelcomeFrame welcome when Interlocked.Exchange(ref welcomedWith, welcome.ResumeToken) == welcome.ResumeToken:
                return; // The actor repeats it when the connection is attached again, in case the first one was lost on its way here.
            case CloseFrame:
                Volatile.Write(ref closeDue, DueIn(around.Options.CloseTimeout));
                break;
        }

        if (FrameWriter.Knows(Version, frame) && !outgoing.TryAdd(frame))
            CloseTooSlow();
    }

    /// <summary>The host has done with a request. Never blocks, never throws.</summary>
    public void Handled() => handedOver.Release();

    /// <summary>
    /// Closes the connection, after what waits unless <paramref name="atOnce"/>; cuts it if the other side does not answer.
    /// </summary>
    public void Close(int code, string reason, bool atOnce)
    {
        Volatile.Write(ref closeDue, DueIn(around.Options.CloseTimeout));
        outgoing.Finish(code, reason, atOnce);
    }

    /// <summary>Cuts the connection if the other side owes something for too long. Called about once a second.</summary>
    public void CutIfOverdue()
    {
        var now = around.Time.GetTimestamp();
        if ((Volatile.Read(ref sendDue) is not 0 and var send && now >= send)
            || (Volatile.Read(ref closeDue) is not 0 and var close && now >= close))
        {
            LogCut(around.Log, UserId, Id.Number);
            outgoing.Finish(0, "", atOnce: true);
            Cut();
        }
    }

    /// <summary>Lives as long as the socket; when it completes, the actor was told that the connection is gone.</summary>
    /// <param name="webSocket">The socket, open.</param>
    /// <param name="corked">The stream under it, where there is one.</param>
    /// <param name="cut">Cuts the transport without a word; may be called at any time, and more than once.</param>
    /// <param name="wasCut">Tells that it was cut.</param>
    public async Task RunAsync(WebSocket webSocket, CorkedStream? corked, Action cut, CancellationToken wasCut)
    {
        (socket, cutTransport, cutOff) = (webSocket, cut, wasCut);
        corked?.Meter = this;
        var connected = false;
        try
        {
            var writing = WriteAsync(webSocket, corked);
            connected = await TellUntilTakenAsync(connect, TimeSpan.FromSeconds(3));
            if (!connected)
                Close((int)WebSocketCloseStatus.EndpointUnavailable, "unavailable, try again", atOnce: true);
            await ReadAsync(webSocket);
            Close((int)WebSocketCloseStatus.NormalClosure, "", atOnce: true);
            await writing;
        }
        finally
        {
            outgoing.Finish(0, "", atOnce: true);
            Volatile.Write(ref closeDue, 0);
            if (connected)
                await TellUntilTakenAsync(new Disconnect(Id), TimeSpan.FromSeconds(10));
            limits.Dispose();
        }
    }

    ValueTask IReadMeter.BeforeReadAsync()
    {
        if (outOfTokens && outgoing.End is not null)
            return new(Task.Delay(Timeout.InfiniteTimeSpan, around.Time, cutOff)); // The rest is not read. It is cut if no end comes of itself.
        if (readsInARow < MostReadsInARow)
            return ValueTask.CompletedTask;
        readsInARow = 0;
        return YieldAsync();

        static async ValueTask YieldAsync() => await Task.Yield();
    }

    void IReadMeter.Took(ReadOnlySpan<byte> bytes, bool waited)
    {
        readsInARow = waited ? 0 : readsInARow + 1;
        for (var tokens = meter.Weigh(bytes); tokens > 0 && TakeToken(); tokens--)
        {
            // Each is taken or refused.
        }
    }

    /// <summary>Takes a token for what is no message; false if it is of no use to try another.</summary>
    private bool TakeToken()
    {
        outOfTokens = !limits.TryMessage();
        if (!outOfTokens || outgoing.End is not null)
            return !outOfTokens;
        if (!TooManyRefusals())
            return true;
        Close(CloseCodes.RateLimited, "too many messages", atOnce: false);
        return false;
    }

    private async Task ReadAsync(WebSocket webSocket)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(SmallBuffer);
        try
        {
            var length = 0;
            while (true)
            {
                var received = await webSocket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                if (received.MessageType == WebSocketMessageType.Close)
                    return;
                if (outgoing.End is not null)
                {
                    length = 0; // Being closed: only the other side's close is awaited, what else comes is not kept.
                    outOfTokens = received.EndOfMessage && !limits.TryMessage();
                    continue;
                }

                length += received.Count;
                if (received.MessageType == WebSocketMessageType.Binary)
                {
                    Close((int)WebSocketCloseStatus.InvalidMessageType, "only text messages are allowed", atOnce: false);
                    length = 0;
                }
                else if (length > EdgeOptions.MaxMessageBytes)
                {
                    Close(
                        (int)WebSocketCloseStatus.MessageTooBig, $"a message may have {EdgeOptions.MaxMessageBytes} bytes", atOnce: false);
                    length = 0;
                }
                else if (received.EndOfMessage)
                {
                    await outgoing.RoomAsync();
                    await HandleAsync(buffer.AsMemory(0, length));
                    length = 0;
                    if (buffer.Length > 4 * SmallBuffer)
                        buffer = Resize(buffer, 0, SmallBuffer);
                }
                else if (length == buffer.Length)
                {
                    // One byte more than allowed, so that a message that is too long is seen to be.
                    buffer = Resize(buffer, length, Math.Min(2 * length, EdgeOptions.MaxMessageBytes + 1));
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The socket is gone: without a close, or cut by us, or the client broke the WebSocket protocol (the framework has closed with
            // 1002, or with 1007 where the text was not UTF-8).
            LogLost(around.Log, UserId, Id.Number, e.Message);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[] Resize(byte[] buffer, int length, int size)
    {
        var other = ArrayPool<byte>.Shared.Rent(size);
        buffer.AsSpan(0, length).CopyTo(other);
        ArrayPool<byte>.Shared.Return(buffer);
        return other;
    }

    private ValueTask HandleAsync(ReadOnlyMemory<byte> message)
    {
        around.Counters.Received();
        var allowed = limits.TryMessage();
        outOfTokens = !allowed;
        if (!allowed && TooManyRefusals())
        {
            Close(CloseCodes.RateLimited, "too many messages", atOnce: false);
            return default;
        }

        var request = around.Parser.Parse(message.Span, Version);
        if (request.Id is { } id && (measuredId is null || around.Time.GetElapsedTime(measuredSince) > MeasureLimit))
        {
            measuredSince = around.Time.GetTimestamp();
            Volatile.Write(ref measuredId, id.Json);
        }

        if (!allowed)
        {
            Deliver(new ErrorFrame(
                new(ErrorCode.RateLimited, $"Too many messages; allowed are {around.Options.MessagesPerSecondPerPlayer} a second."), request.Name, request.Id));
            return default;
        }

        if (request.Error is { } error)
        {
            Deliver(new ErrorFrame(error, request.Name, request.Id));
            return default;
        }

        if (!request.Ping)
            return TellAsync(request);
        if (request.Id is { } asked)
            Deliver(new OkFrame(asked));
        return default;
    }

    private bool TooManyRefusals()
    {
        around.Counters.RateLimited();
        if (refusals == 0 || around.Time.GetElapsedTime(refusalsSince) > RefusalWindow)
            (refusals, refusalsSince) = (0, around.Time.GetTimestamp());
        return ++refusals > around.Options.RefusalsBeforeClose;
    }

    private async ValueTask TellAsync(ParsedRequest request)
    {
        await handedOver.WaitAsync(cutOff);
        try
        {
            await around.Host.TellAsync(UserId, new Request(Id, request.Id, request.Action!), cutOff);
        }
        catch (HostUnavailableException e)
        {
            Handled();
            LogUnavailable(around.Log, UserId, nameof(Request), e.Message);
            Deliver(new ErrorFrame(new(ErrorCode.Unavailable, "Not possible now; try again."), request.Name, request.Id));
        }
    }

    private async Task WriteAsync(WebSocket webSocket, CorkedStream? corked)
    {
        WelcomeLimits told = new(
            around.Options.KeepAliveInterval.TotalSeconds, around.Options.MessagesPerSecondPerPlayer, around.Options.QueueFrames);
        using FrameWriter frames = new(Version, UserId, told, around.Sign);
        ArrayBufferWriter<byte> bytes = new(256);
        List<OutgoingQueue.Entry> batch = [];
        try
        {
            while (await outgoing.WaitAsync())
            {
                batch.Clear();
                outgoing.Take(batch);
                Volatile.Write(ref sendDue, DueIn(around.Options.SendTimeout));
                for (var i = 0; i < batch.Count; i++)
                {
                    bytes.ResetWrittenCount();
                    frames.Write(batch[i].Frame, batch[i].Skipped, bytes);
                    corked?.Hold = i < batch.Count - 1;
                    await webSocket.SendAsync(bytes.WrittenMemory, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
                }

                Volatile.Write(ref sendDue, 0);
                around.Counters.Sent(batch.Count);
                foreach (var entry in batch)
                    await WrittenAsync(entry.Frame);
            }

            if (outgoing.End is { Code: not 0 } end && webSocket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                await webSocket.CloseOutputAsync((WebSocketCloseStatus)end.Code, Shortened(end.Reason), CancellationToken.None);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            LogLost(around.Log, UserId, Id.Number, e.Message); // The reader sees it too, and ends the connection.
            Cut();
        }
        catch
        {
            Cut(); // A defect of ours must end the connection, not leave it half alive; it goes on to the server's log.
            throw;
        }
        finally
        {
            outgoing.Finish(0, "", atOnce: true);
            Volatile.Write(ref sendDue, 0);
        }
    }

    private async ValueTask WrittenAsync(ClientFrame frame)
    {
        switch (frame)
        {
            case PushFrame { Confirm: true } push:
                await TellUntilTakenAsync(new PushWritten(Id, push.Seq), TimeSpan.FromSeconds(1));
                break;
            case OkFrame { Id: var id }:
                Answered(id);
                break;
            case ErrorFrame { Id: { } id }:
                Answered(id);
                break;
        }
    }

    private void Answered(RequestId id)
    {
        if (Volatile.Read(ref measuredId) != id.Json)
            return;
        around.Counters.Answered(around.Time.GetElapsedTime(measuredSince));
        Volatile.Write(ref measuredId, null);
    }

    /// <summary>
    /// Tells the actor something that it should hear even if the host has a bad moment; false if it could not for that long.
    /// </summary>
    private async ValueTask<bool> TellUntilTakenAsync(Message message, TimeSpan patience)
    {
        var start = around.Time.GetTimestamp();
        for (var pause = TimeSpan.FromMilliseconds(50); ; pause *= 2)
        {
            try
            {
                await around.Host.TellAsync(UserId, message, CancellationToken.None);
                return true;
            }
            catch (HostUnavailableException e)
            {
                if (around.Time.GetElapsedTime(start) + pause > patience)
                {
                    LogUnavailable(around.Log, UserId, message.GetType().Name, e.Message);
                    return false;
                }
            }

            await Task.Delay(pause, around.Time);
        }
    }

    private void CloseTooSlow()
    {
        Volatile.Write(ref closeDue, DueIn(around.Options.CloseTimeout));
        if (!outgoing.Finish(CloseCodes.TooSlow, "too slow: reconnect and resume", atOnce: true))
            return;
        around.Counters.TooSlow();
        LogTooSlow(around.Log, UserId, Id.Number);
    }

    private void Cut()
    {
        socket?.Abort();
        cutTransport?.Invoke();
    }

    private long DueIn(TimeSpan time) => around.Time.GetTimestamp() + (long)(time.TotalSeconds * around.Time.TimestampFrequency);

    /// <summary>A close frame has room for 123 bytes of reason.</summary>
    private static string Shortened(string reason)
    {
        while (Encoding.UTF8.GetByteCount(reason) > 123)
            reason = reason[..^(char.IsLowSurrogate(reason[^1]) ? 2 : 1)];
        return reason;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The socket of {UserId} (connection {Number}) was lost: {Why}")]
    private static partial void LogLost(ILogger log, string userId, long number, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "{UserId} (connection {Number}) reads too slowly: closed with 4004")]
    private static partial void LogTooSlow(ILogger log, string userId, long number);

    [LoggerMessage(Level = LogLevel.Information, Message = "The socket of {UserId} (connection {Number}) took or answered nothing in time: cut")]
    private static partial void LogCut(ILogger log, string userId, long number);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The host did not take the {Message} of {UserId}: {Why}")]
    private static partial void LogUnavailable(ILogger log, string userId, string message, string why);
}
