using System.Runtime.InteropServices;
using System.Text;
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

    /// <summary>
    /// How often a message is handed to an actor that cannot handle it. Then it is set aside, its bytes in the log, and those behind it get
    /// through: else one message would stop its receiver, and its sender, for ever.
    /// </summary>
    private const int MostTries = 4;

    // The wait before the next try grows with the time since the first: short while a lost silo's grains are loaded elsewhere, so that
    // players wait a quarter longer at most, and long when it lasts.
    private static readonly TimeSpan ShortestDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(10);

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
        long? failing = null;
        var atOnce = MostInOneCall;
        while (queue.Count > 0 && !closed)
        {
            var sent = queue.GetRange(0, Math.Min(queue.Count, atOnce));
            var taken = sent.Count;
            Exception? failure = null;
            try
            {
                await grain.Receive([.. sent.Select(message => new Mail(message.Json))]);
            }
            catch (MailRefusedException refused) when (!closed && refused.Taken < sent.Count && refused.Failed < sent.Count)
            {
                (failure, taken) = (refused, refused.Taken);
                if (refused.Failed >= 0 && ++sent[refused.Failed].Tries >= MostTries)
                {
                    LogSetAside(services.Logger, from(), to, Encoding.UTF8.GetString(sent[refused.Failed].Json), refused.Message);
                    services.Failing.NoteSetAside();
                    Done(queue, sent[refused.Failed]);
                }

                // Those before the one that failed go first and alone, so that they do not fail with it.
                atOnce = refused.Failed > taken ? refused.Failed - taken : 1;
            }
            catch (Exception exception) when (!closed)
            {
                // A receiver that is down, moving or overloaded. Whether it got the messages is not known; twice is harmless.
                (failure, taken) = (exception, 0);
            }

            foreach (var message in sent.Take(taken))
                Done(queue, message);
            if (failure is null)
            {
                (failing, atOnce) = (null, MostInOneCall);
                continue;
            }

            if (failing is null)
                LogRetry(services.Logger, from(), to, sent.Count - taken, failure.Message);
            var wait = services.Time.GetElapsedTime(failing ??= services.Time.GetTimestamp()) / 4;
            await Task.Delay(wait < ShortestDelay ? ShortestDelay : wait > LongestDelay ? LongestDelay : wait, services.Time);
        }

        if (!closed)
            queues.Remove(to);
    }

    private void Done(List<Outgoing> queue, Outgoing message)
    {
        if (queue.Remove(message) && message.Durable is { } durable)
            confirmed(durable);
    }

    [LoggerMessage(1, LogLevel.Information, "{From} sends {Count} message(s) to {To} again until they are taken: {Reason}")]
    private static partial void LogRetry(ILogger logger, ActorId from, ActorId to, int count, string reason);

    [LoggerMessage(2, LogLevel.Error, "A message from {From} to {To} cannot be handled and is set aside: {Json} ({Reason})")]
    private static partial void LogSetAside(ILogger logger, ActorId from, ActorId to, string json, string reason);

    /// <summary>A class, so that one of two equal messages can be told from the other.</summary>
    private sealed class Outgoing(byte[] json, StoredMessage? durable)
    {
        public byte[] Json => json;

        public StoredMessage? Durable => durable;

        /// <summary>How often its receiver could not handle it.</summary>
        public int Tries { get; set; }
    }
}
