using System.Text;
using GameServer.Game;
using GameServer.Grains.Abstractions;
using Microsoft.Extensions.Logging;

namespace GameServer.Grains;

/// <summary>
/// Sends what is in one actor's <see cref="Outbox{TMessage}"/>. It runs beside the actor's own turns, on the same scheduler, so no actor ever
/// waits for another.
/// </summary>
/// <param name="services">What all shells share.</param>
/// <param name="from">Whose messages these are.</param>
/// <param name="outbox">The messages.</param>
/// <param name="confirmed">Called after each call by which durable messages were confirmed.</param>
internal sealed partial class Mailroom(GrainServices services, Func<ActorId> from, Outbox<StoredMessage> outbox, Action confirmed)
{
    /// <summary>Sends a message after all that were posted for this receiver before.</summary>
    public void Post(StoredMessage message, bool durable)
    {
        var to = message.To;
        if (outbox.Post(to, message, durable))
            SendAsync(to).Ignore();
    }

    private async Task SendAsync(ActorId to)
    {
        var grain = services.Resolve(to);
        var told = false;
        while (outbox.Next(to) is { Count: > 0 } sent)
        {
            Exception? failure = null;
            MailRefusedException? refused = null;
            try
            {
                await grain.Receive([.. sent.Select(message => new Mail(message.Json))]);
            }
            catch (MailRefusedException exception) when (!outbox.IsClosed && exception.Taken < sent.Count && exception.Failed < sent.Count)
            {
                failure = refused = exception;
            }
            catch (Exception exception) when (!outbox.IsClosed)
            {
                failure = exception; // A receiver that is down, moving or overloaded. Whether it got the messages is not known.
            }

            var weight = outbox.Weight;
            if (failure is null)
            {
                outbox.Took(to);
            }
            else if (refused is not null && outbox.Refused(to, refused.Taken, refused.Failed) is { } setAside)
            {
                LogSetAside(services.Logger, from(), to, Encoding.UTF8.GetString(setAside.Json), refused.Message);
                services.Failing.NoteSetAside();
            }

            if (outbox.Weight < weight)
                confirmed();
            if (failure is not null && !told)
                LogRetry(services.Logger, from(), to, sent.Count - (refused?.Taken ?? 0), failure.Message);
            told = failure is not null;
            if (told)
                await Task.Delay(outbox.WaitAfterFailure(to, services.Time.GetElapsedTime(0)), services.Time);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "{From} sends {Count} message(s) to {To} again until they are taken: {Reason}")]
    private static partial void LogRetry(ILogger logger, ActorId from, ActorId to, int count, string reason);

    [LoggerMessage(2, LogLevel.Error, "A message from {From} to {To} cannot be handled and is set aside: {Json} ({Reason})")]
    private static partial void LogSetAside(ILogger logger, ActorId from, ActorId to, string json, string reason);
}
