using System.Runtime.InteropServices;
using GameServer.Game;
using GameServer.Grains.Abstractions;
using Microsoft.Extensions.Logging;

namespace GameServer.Grains;

/// <summary>
/// Sends one actor's messages to others: to each receiver in order, one call at a time, everything that has piled up in one call; again and
/// again until the receiver has confirmed. It runs beside the actor's own turns, on the same scheduler, so no actor ever waits for another.
/// </summary>
/// <param name="services">What all shells share.</param>
/// <param name="from">Whose messages these are.</param>
/// <param name="confirmed">Called for each durable message that was confirmed.</param>
internal sealed partial class Mailroom(GrainServices services, Func<ActorId> from, Action<StoredMessage> confirmed)
{
    /// <summary>
    /// Volatile messages that wait for one receiver. When there are more, the oldest are dropped: they are scores and presence, and what a
    /// room or player missed it asks for when it is back. Durable messages are never dropped; the rules bound them to a few for each
    /// battle.
    /// </summary>
    private const int MostVolatile = 256;

    private const int MostInOneCall = 64;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(400);

    private readonly Dictionary<ActorId, List<Outgoing>> queues = [];
    private bool closed;

    /// <summary>Sends a message after all that were posted for this receiver before.</summary>
    public void Post(ActorId to, byte[] json, StoredMessage? durable)
    {
        if (closed)
            return;
        ref var queue = ref CollectionsMarshal.GetValueRefOrAddDefault(queues, to, out var busy);
        queue ??= [];
        if (durable is null && queue.Count >= MostVolatile && queue.FindIndex(1, m => m.Durable is null) is > 0 and var oldest)
            queue.RemoveAt(oldest);
        queue.Add(new(json, durable));
        if (!busy)
            SendAsync(to, queue).Ignore();
    }

    /// <summary>Stops sending. What is durable is sent by the next activation.</summary>
    public void Close() => closed = true;

    private async Task SendAsync(ActorId to, List<Outgoing> queue)
    {
        var grain = services.Resolve(to);
        var delay = FirstDelay;
        while (queue.Count > 0 && !closed)
        {
            var count = Math.Min(queue.Count, MostInOneCall);
            var mail = new Mail[count];
            for (var i = 0; i < count; i++)
                mail[i] = new(queue[i].Json);
            var sent = queue.GetRange(0, count);
            try
            {
                await grain.Receive(mail);
                queue.RemoveAll(sent.Contains);
                delay = FirstDelay;
                foreach (var message in sent)
                {
                    if (message.Durable is { } durable)
                        confirmed(durable);
                }
            }
            catch (Exception exception) when (!closed)
            {
                // A receiver that is down, moving or overloaded. Whether it got the messages is not known; twice is harmless.
                LogRetry(services.Logger, from(), to, count, exception.Message);
                await Task.Delay(delay, services.Time);
                delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
            }
        }

        if (!closed)
            queues.Remove(to);
    }

    [LoggerMessage(1, LogLevel.Information, "{From} sends {Count} message(s) to {To} again: {Reason}")]
    private static partial void LogRetry(ILogger logger, ActorId from, ActorId to, int count, string reason);

    /// <summary>A class, so that one of two equal messages can be told from the other.</summary>
    private sealed class Outgoing(byte[] json, StoredMessage? durable)
    {
        public byte[] Json => json;

        public StoredMessage? Durable => durable;
    }
}
