namespace GameServer.Game;

/// <summary>
/// What an actor has told others and they have not confirmed: to each receiver in order, one call at a time, everything that has piled up in
/// one call, again and again until it is taken. Bookkeeping alone: its host makes the calls, one at a time for each receiver, and stores
/// <see cref="Unconfirmed"/> with the actor's state. Not safe for use by many threads.
/// </summary>
/// <typeparam name="TMessage">A message as its host stores and sends it; two are the same only if they are one object.</typeparam>
/// <param name="weigh">What a message takes where it is stored, in bytes.</param>
public sealed class Outbox<TMessage>(Func<TMessage, int> weigh) where TMessage : class
{
    /// <summary>
    /// Volatile messages that wait for one receiver. When there are more, the oldest are dropped: they are scores and presence, and what a
    /// room or player missed it asks for when it is back. Durable messages are never dropped; the rules bound them to a few for each
    /// battle.
    /// </summary>
    public const int MostVolatile = 256;

    /// <summary>Messages in one call.</summary>
    public const int MostInOneCall = 64;

    /// <summary>
    /// How often a message is handed to an actor that cannot handle it. Then it is set aside, and those behind it get through: else one
    /// message would stop its receiver, and its sender, for ever.
    /// </summary>
    public const int MostTries = 4;

    // The wait before the next try grows with the time since the first: short while a lost silo's grains are loaded elsewhere, so that
    // players wait a quarter longer at most, and long when it lasts.
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private readonly List<TMessage> unconfirmed = [];
    private readonly Dictionary<ActorId, Line> lines = [];

    /// <summary>Durable messages that are stored and that nobody has confirmed, in the order in which they were sent.</summary>
    public IReadOnlyList<TMessage> Unconfirmed => unconfirmed;

    /// <summary>What the durable messages weigh that nobody has confirmed, those included that are not stored yet.</summary>
    public int Weight { get; private set; }

    /// <summary>The actor was put away, or failed: nothing more is sent, and what comes of a call that is under way does not count.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>See <see cref="IsClosed"/>.</summary>
    public void Close() => IsClosed = true;

    /// <summary>A durable message is to be stored with the state that it comes from, and sent then.</summary>
    /// <param name="message">The message.</param>
    public void Decide(TMessage message) => Weight += weigh(message);

    /// <summary>That has happened.</summary>
    /// <param name="messages">The messages, each of which was decided.</param>
    public void Stored(IEnumerable<TMessage> messages) => unconfirmed.AddRange(messages);

    /// <summary>Sends a message after all those that were posted for this receiver before.</summary>
    /// <param name="to">The receiver.</param>
    /// <param name="message">The message; if it is durable, it is <see cref="Stored"/> by now.</param>
    /// <param name="durable">Whether it must arrive.</param>
    /// <returns>True: nobody is sending to this receiver, and its host has to begin.</returns>
    public bool Post(ActorId to, TMessage message, bool durable)
    {
        if (IsClosed)
            return false;
        var begins = !lines.TryGetValue(to, out var line);
        if (line is null)
            lines.Add(to, line = new());
        line.Add(message, durable);
        return begins;
    }

    /// <summary>What to send in the next call; none: nothing is left to send to this receiver.</summary>
    /// <param name="to">The receiver.</param>
    public IReadOnlyList<TMessage> Next(ActorId to)
    {
        if (IsClosed)
            return [];
        var sent = lines[to].Next();
        if (sent.Count == 0)
            lines.Remove(to);
        return sent;
    }

    /// <summary>The receiver has taken all of the call.</summary>
    /// <param name="to">The receiver.</param>
    public void Took(ActorId to)
    {
        if (IsClosed)
            return;
        var line = lines[to];
        Take(line, line.Sent.Count);
        (line.AtOnce, line.FailingSince) = (MostInOneCall, null);
    }

    /// <summary>The receiver has taken some of the call.</summary>
    /// <param name="to">The receiver.</param>
    /// <param name="taken">How many of the first.</param>
    /// <param name="failed">Which it cannot handle; -1: none, it takes the rest later.</param>
    /// <returns>A message that was handed in too often and is set aside; null: none.</returns>
    public TMessage? Refused(ActorId to, int taken, int failed)
    {
        if (IsClosed)
            return null;
        var line = lines[to];
        Take(line, taken);
        // Those before the one that failed go first and alone, so that they do not fail with it.
        line.AtOnce = failed > taken ? failed - taken : 1;
        if (failed < 0 || !line.FailsForGood(line.Sent[failed]))
            return null;
        Forget(line, line.Sent[failed]);
        return line.Sent[failed];
    }

    /// <summary>
    /// How long to wait before the next call, after one that failed or was refused in part. Of one that failed it is not known what the
    /// receiver got; all of it goes again, and twice is harmless.
    /// </summary>
    /// <param name="to">The receiver.</param>
    /// <param name="now">The time, monotonic, from any origin.</param>
    public TimeSpan WaitAfterFailure(ActorId to, TimeSpan now)
    {
        if (IsClosed)
            return ShortestWait;
        var since = lines[to].FailingSince ??= now;
        return TimeSpan.FromTicks(Math.Clamp((now - since).Ticks / 4, ShortestWait.Ticks, LongestWait.Ticks));
    }

    private void Take(Line line, int count)
    {
        for (var i = 0; i < count; i++)
            Forget(line, line.Sent[i]);
    }

    private void Forget(Line line, TMessage message)
    {
        if (!line.Remove(message))
            return;
        Weight -= weigh(message);
        for (var i = 0; i < unconfirmed.Count; i++)
        {
            if (!ReferenceEquals(unconfirmed[i], message))
                continue;
            unconfirmed.RemoveAt(i);
            return;
        }
    }

    /// <summary>What waits for one receiver.</summary>
    private sealed class Line
    {
        private readonly List<(TMessage Message, bool Durable)> waiting = [];
        private TMessage? failing;
        private int tries;

        public int AtOnce { get; set; } = MostInOneCall;

        /// <summary>When the first call failed of those that failed in a row; null: the last one did not.</summary>
        public TimeSpan? FailingSince { get; set; }

        /// <summary>What is in the call under way, or was in the last one.</summary>
        public List<TMessage> Sent { get; private set; } = [];

        public void Add(TMessage message, bool durable)
        {
            // The first one may be what all others wait for.
            if (!durable && waiting.Count >= MostVolatile && waiting.FindIndex(1, m => !m.Durable) is > 0 and var oldest)
                waiting.RemoveAt(oldest);
            waiting.Add((message, durable));
        }

        public List<TMessage> Next()
        {
            Sent = new(Math.Min(waiting.Count, AtOnce)); // A new list: the call before may still be read by whoever made it.
            for (var i = 0; i < waiting.Count && i < AtOnce; i++)
                Sent.Add(waiting[i].Message);
            return Sent;
        }

        /// <summary>It does not wait any more. True if it is durable, and nobody knew that it was taken.</summary>
        public bool Remove(TMessage message)
        {
            for (var i = 0; i < waiting.Count; i++)
            {
                if (!ReferenceEquals(waiting[i].Message, message))
                    continue;
                var durable = waiting[i].Durable;
                waiting.RemoveAt(i);
                return durable;
            }

            return false; // Dropped meanwhile.
        }

        /// <summary>Whether it has failed too often.</summary>
        public bool FailsForGood(TMessage message)
        {
            tries = ReferenceEquals(failing, message) ? tries + 1 : 1;
            failing = message;
            return tries >= MostTries;
        }
    }
}
