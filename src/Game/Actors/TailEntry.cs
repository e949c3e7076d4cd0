namespace GameServer.Game;

/// <summary>One entry of an actor's tail, see <see cref="Actor.Tail"/>.</summary>
/// <param name="Slot">Where it is kept, 0 to 767; an entry replaces what the slot held.</param>
/// <param name="Utf8">The entry, as UTF-8 JSON; empty: the slot holds nothing any more.</param>
public readonly record struct TailEntry(int Slot, byte[] Utf8);
