using System.Buffers;
using System.Text;

namespace GameServer.Game.Tests;

/// <summary>A player with a version 2 connection, and nobody who answers what it sends to others.</summary>
internal sealed class PlayerAlone
{
    private readonly Effects effects = new();

    public PlayerAlone() =>
        Hears(new Connect(Connection, ProtocolVersion.V2, "the first secret", Resume: null, LastSeq: null, LastScore: null, Guest: false));

    public ConnectionId Connection { get; } = new("", 1);

    public Player Player { get; } = new("a", new());

    public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The id of the last join it has sent.</summary>
    public long JoinId { get; private set; }

    public string Saved
    {
        get
        {
            var buffer = new ArrayBufferWriter<byte>();
            Player.Save(buffer);
            return Encoding.UTF8.GetString(buffer.WrittenSpan);
        }
    }

    /// <summary>Tells it something, and returns what its clients are told.</summary>
    public string[] Hears(Message message)
    {
        effects.Clear();
        Player.Handle(message, Now, effects);
        JoinId = effects.Messages.Select(m => m.Message).OfType<Enqueue>().LastOrDefault()?.JoinId ?? JoinId;
        return [.. effects.Frames.Select(f => World.Show(f.Frame))];
    }
}
