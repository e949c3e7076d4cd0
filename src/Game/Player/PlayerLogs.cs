using System.Text.Json;

namespace GameServer.Game;

/// <summary>A push in the log.</summary>
internal sealed record LoggedPush(long Seq, Push Push);

/// <summary>The reply to a request with an id.</summary>
internal sealed record LoggedReply(long Number, RequestId Id, string Action, GameError? Error);

/// <summary>The last <see cref="Capacity"/> pushes of a player. Older ones make room: a client that far behind gets a snapshot.</summary>
internal sealed class PushLog
{
    public const int Capacity = 256;

    private readonly LoggedPush?[] slots = new LoggedPush?[Capacity];

    public LoggedPush? this[long seq] => slots[seq % Capacity] is { } entry && entry.Seq == seq ? entry : null;

    public void Add(LoggedPush entry) => slots[entry.Seq % Capacity] = entry;

    /// <summary>Whether everything from <paramref name="first"/> to <paramref name="last"/> is there.</summary>
    public bool Holds(long first, long last)
    {
        if (last - first >= Capacity)
            return false;
        for (var seq = first; seq <= last; seq++)
        {
            if (this[seq] is null)
                return false;
        }

        return true;
    }

    public static TailEntry Store(LoggedPush entry) =>
        new((int)(entry.Seq % Capacity), JsonSerializer.SerializeToUtf8Bytes(entry, GameJson.Default.LoggedPush));
}

/// <summary>
/// The last <see cref="Capacity"/> replies of a session, so that a request sent again has no second effect. More than a client may send at
/// once: whatever part of that it has no answer to when its connection is lost, it can send again.
/// </summary>
internal sealed class ReplyLog
{
    public const int Capacity = Player.MostReplies;

    private readonly LoggedReply?[] slots = new LoggedReply?[Capacity];
    private readonly Dictionary<RequestId, LoggedReply> byId = [];

    public LoggedReply? Find(RequestId id) => byId.GetValueOrDefault(id);

    public void Add(LoggedReply entry)
    {
        ref var slot = ref slots[entry.Number % Capacity];
        if (slot is not null)
            byId.Remove(slot.Id);
        slot = entry;
        byId[entry.Id] = entry;
    }

    public void Clear()
    {
        Array.Clear(slots);
        byId.Clear();
    }

    public IEnumerable<LoggedReply> Last(int count) =>
        byId.Values.OrderByDescending(entry => entry.Number).Take(count).Reverse();

    public static TailEntry Store(LoggedReply entry) => new(
        PushLog.Capacity + (int)(entry.Number % Capacity), JsonSerializer.SerializeToUtf8Bytes(entry, GameJson.Default.LoggedReply));
}
