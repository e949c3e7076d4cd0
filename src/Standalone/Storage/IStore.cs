using GameServer.Clocks;
using GameServer.Game;

namespace GameServer.Standalone.Storage;

/// <summary>What was stored of one actor.</summary>
/// <param name="State">The state, as <see cref="Actor.Save"/> wrote it.</param>
/// <param name="Tail">The entries of its tail, by slot.</param>
public sealed record StoredActor(byte[] State, IReadOnlyList<TailEntry> Tail);

/// <summary>What is to be stored of one actor.</summary>
/// <param name="Id">The actor.</param>
/// <param name="State">The new state; null: nothing of the actor is to be left.</param>
/// <param name="Busy">See <see cref="Actor.Busy"/>.</param>
/// <param name="Due">See <see cref="Actor.Due"/>.</param>
/// <param name="Tail">What has changed in its tail; the rest stays.</param>
public sealed record ActorChange(ActorId Id, byte[]? State, bool Busy, DateTimeOffset? Due, TailChange Tail);

/// <summary>
/// Where the actors are kept. Used by one thread. Every method throws <see cref="StoreException"/> if the storage fails, and then nothing
/// has changed.
/// </summary>
public interface IStore : IDisposable
{
    /// <summary>What is stored of an actor; null: nothing.</summary>
    StoredActor? Load(ActorId id);

    /// <summary>The actors that must run again after a restart: busy ones, and those with a time they are due.</summary>
    IReadOnlyList<ActorId> LoadAwake();

    /// <summary>The clock at the last commit; null: nothing was stored yet.</summary>
    ClockReading? LoadClock();

    /// <summary>
    /// Stores all changes or none. When it returns they survive the loss of the process and of power. May be tried again.
    /// </summary>
    /// <param name="changes">What to store.</param>
    /// <param name="clock">The clock that the actors' deadlines are kept by; stored often enough that it goes on where it was.</param>
    void Commit(IReadOnlyList<ActorChange> changes, ClockReading clock);

    /// <summary>
    /// Gives a part of the space back that actors have left, if that is worth it; takes a few milliseconds at most. True: there is more.
    /// </summary>
    bool Tidy();
}

/// <summary>The storage failed; the message says what is wrong and what can be done, in one line.</summary>
public sealed class StoreException(string message, Exception? inner = null) : IOException(message, inner);
