using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace GameServer.Game;

/// <summary>A push in the log.</summary>
internal sealed record LoggedPush(long Seq, Push Push);

/// <summary>
/// The reply to a request with an id. Of the request it keeps two fingerprints: who asks again brings the rest along.
/// </summary>
/// <param name="Number">1, 2, 3 … over all sessions.</param>
/// <param name="Key">The id's <see cref="Fingerprint"/>.</param>
/// <param name="Content">The fingerprint of what was asked for.</param>
/// <param name="Error">Why it was refused; null if it took effect.</param>
internal sealed record LoggedReply(long Number, long Key, long Content, GameError? Error)
{
    /// <summary>The id itself, as version 0.1 stored it in place of the fingerprints.</summary>
    public RequestId? Id { get; init; }

    /// <summary>The reply with the fingerprint of its id. Of one that version 0.1 stored it is not known what was asked for.</summary>
    public LoggedReply Current() => Key == 0 && Id is { } id ? this with { Key = Fingerprint.Of(id.Json), Id = null } : this;
}

/// <summary>
/// The newest entries of a session, in the order of their numbers: at most as many numbers and as many bytes, as they are stored, as
/// allowed. The oldest make room. It grows with what is in it, so a session in which nothing happened costs nothing.
/// </summary>
/// <param name="firstSlot">Where its part of the tail begins, see <see cref="TailEntry"/>.</param>
/// <param name="capacity">How many numbers it spans at most, and how many slots it has.</param>
/// <param name="maxBytes">The most that its stored entries may have together.</param>
/// <param name="type">How an entry is stored.</param>
internal abstract class SessionLog<T>(int firstSlot, int capacity, int maxBytes, JsonTypeInfo<T> type) where T : class
{
    private readonly Queue<(long Number, T Entry, int Bytes)> entries = [];
    private int bytes;

    /// <summary>What has changed and is not saved yet.</summary>
    private readonly List<TailEntry> unsaved = [];

    public bool IsEmpty => entries.Count == 0;

    /// <summary>The entries after a number, oldest first.</summary>
    public IEnumerable<T> After(long number) => entries.Where(e => e.Number > number).Select(e => e.Entry);

    /// <summary>Whether everything from <paramref name="first"/> to <paramref name="last"/> is there.</summary>
    public bool Holds(long first, long last) =>
        last < first || (last - first < capacity && entries.Count(e => e.Number >= first && e.Number <= last) == last - first + 1);

    /// <summary>Adds an entry that is to be saved. Its number is above all before it.</summary>
    public void Add(T entry)
    {
        var stored = JsonSerializer.SerializeToUtf8Bytes(entry, type);
        var number = NumberOf(entry);
        Enqueue(number, entry, stored.Length);
        unsaved.Add(new(SlotOf(number), stored));
    }

    /// <summary>Adds an entry that is kept in memory only: it is small, and no harm is done if a crash takes it.</summary>
    public void AddUnsaved(T entry) => Enqueue(NumberOf(entry), entry, 0);

    /// <summary>Adds an entry as it was stored.</summary>
    public void AddStored(T entry, int length) => Enqueue(NumberOf(entry), entry, length);

    /// <summary>Forgets all entries; where they are stored the whole tail is cleared.</summary>
    public virtual void Clear()
    {
        entries.Clear();
        unsaved.Clear();
        bytes = 0;
    }

    /// <summary>Takes all entries out, also where they are stored.</summary>
    public void DropAll()
    {
        unsaved.Clear();
        foreach (var (number, entry, length) in entries)
        {
            Dropped(entry);
            if (length > 0)
                unsaved.Add(new(SlotOf(number), []));
        }

        entries.Clear();
        bytes = 0;
    }

    /// <summary>The newest entries as they are stored, oldest first.</summary>
    public IEnumerable<TailEntry> Stored(int last) => entries
        .Skip(Math.Max(0, entries.Count - last))
        .Select(e => new TailEntry(SlotOf(e.Number), JsonSerializer.SerializeToUtf8Bytes(e.Entry, type)));

    /// <summary>Moves what is not saved yet to <paramref name="tail"/>.</summary>
    public void TakeUnsaved(List<TailEntry> tail)
    {
        tail.AddRange(unsaved);
        unsaved.Clear();
    }

    protected abstract long NumberOf(T entry);

    /// <summary>The entry made room.</summary>
    protected virtual void Dropped(T entry) { }

    private void Enqueue(long number, T entry, int length)
    {
        while (entries.TryPeek(out var oldest) && (oldest.Number <= number - capacity || bytes + length > maxBytes))
        {
            entries.Dequeue();
            bytes -= oldest.Bytes;
            Dropped(oldest.Entry);
            if (oldest.Bytes > 0 && SlotOf(oldest.Number) != SlotOf(number))
                unsaved.Add(new(SlotOf(oldest.Number), []));
        }

        entries.Enqueue((number, entry, length));
        bytes += length;
    }

    private int SlotOf(long number) => firstSlot + (int)(number % capacity);
}

/// <summary>
/// The last pushes of a session. A client that is further behind gets a snapshot. The bytes are enough for <c>Capacity</c> scores of
/// opponents with the longest names.
/// </summary>
internal sealed class PushLog() : SessionLog<LoggedPush>(firstSlot: 0, Capacity, MaxBytes, GameJson.Default.LoggedPush)
{
    public const int Capacity = 256;
    public const int MaxBytes = 128 * 1024;

    protected override long NumberOf(LoggedPush entry) => entry.Seq;
}

/// <summary>
/// The last replies of a session, so that a request sent again has no second effect. More than a client may send at once: whatever part of
/// that it has no answer to when its connection is lost, it can send again. The bytes are enough for <c>Capacity</c> refusals.
/// </summary>
internal sealed class ReplyLog() : SessionLog<LoggedReply>(FirstSlot, Capacity, MaxBytes, GameJson.Default.LoggedReply)
{
    public const int FirstSlot = PushLog.Capacity;
    public const int Capacity = Player.MostReplies;
    public const int MaxBytes = 192 * 1024;

    private readonly Dictionary<long, LoggedReply> byKey = [];

    public LoggedReply? Find(RequestId id) => byKey.GetValueOrDefault(Fingerprint.Of(id.Json));

    public void Remember(LoggedReply reply)
    {
        Add(reply);
        byKey[reply.Key] = reply;
    }

    public void Recall(LoggedReply reply, int length)
    {
        AddStored(reply, length);
        byKey[reply.Key] = reply;
    }

    public override void Clear()
    {
        base.Clear();
        byKey.Clear();
    }

    protected override long NumberOf(LoggedReply entry) => entry.Number;

    protected override void Dropped(LoggedReply entry) => byKey.Remove(entry.Key);
}
