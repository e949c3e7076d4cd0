using System.Buffers;

namespace GameServer.Game;

/// <summary>
/// A state machine that owns one state and changes it only in <see cref="Handle"/>. It handles one message at a time and must not block,
/// do I/O or read the clock: the same state, message and time always give the same effects.
/// <para>
/// The host must guarantee: messages from one actor to another arrive in the order sent; a durable message arrives at least once
/// (after a crash again, late, or both); a volatile one is lost only if one of the two actors crashes, and may come again late. Messages
/// of an actor that has since been erased are still sent. <see cref="Loaded"/> is the first message after
/// an actor was made from what was stored. If <see cref="Handle"/> throws, the host drops the actor and makes it again from storage.
/// </para>
/// </summary>
public abstract class Actor(ActorId id)
{
    /// <summary>This actor's address.</summary>
    public ActorId Id { get; } = id;

    /// <summary>
    /// When the actor next wants a <see cref="Wake"/>; null: never. A wake that comes late is fine, an early one does nothing.
    /// </summary>
    public abstract DateTimeOffset? Due { get; }

    /// <summary>Nothing is left worth storing: the host deletes what it has stored and forgets the actor.</summary>
    public abstract bool Erased { get; }

    /// <summary>
    /// The actor is in the middle of something (a session, a queue place, a battle), so it must be loaded again after a restart
    /// even if nobody asks for it. An actor that is not may be unloaded at any time after it was saved.
    /// </summary>
    public abstract bool Busy { get; }

    /// <summary>Handles one message. Only adds to <paramref name="effects"/>.</summary>
    public abstract void Handle(Message message, DateTimeOffset now, Effects effects);

    /// <summary>Writes the state as UTF-8 JSON, without the <see cref="Tail"/>.</summary>
    public abstract void Save(IBufferWriter<byte> destination);

    /// <summary>
    /// The part of the state that only ever grows at its end and is kept in numbered slots, newest last; a slot is written over when its
    /// turn comes again. Kept apart so that a long log does not make every save long. At most <paramref name="last"/> entries.
    /// </summary>
    public virtual IReadOnlyList<TailEntry> Tail(int last) => [];

    /// <summary>What has changed in the tail since the last call, and forgets that it has.</summary>
    public virtual TailChange TakeTailChange() => TailChange.None;
}
