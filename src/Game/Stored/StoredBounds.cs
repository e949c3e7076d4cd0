using System.Text;

namespace GameServer.Game;

/// <summary>
/// How much is stored of one actor at most, in bytes, whatever strangers do. The smallest limit of a store is that of a DynamoDB item, 400 KB;
/// an actor that passed it could not make a step any more. Each state bounds its own parts; this is what its host bounds for it, and the sum.
/// </summary>
public static class StoredBounds
{
    /// <summary>An actor's state, tail and outbox together: half of the smallest limit.</summary>
    public const int MostBytes = 200 * 1024;

    /// <summary>
    /// The outbox, where a host has one. When as much waits to be confirmed the actor is given nothing new to do until some of it is: who
    /// asked is refused and asks again. What the last message caused may go beyond it, and so may what time alone causes; both are bounded by
    /// the state. Players take mail from other actors all the same: if they did not, two actors that are full could wait for each other.
    /// </summary>
    public const int MostOutboxBytes = 48 * 1024;

    /// <summary>The newest entries of the tail, where a host stores it beside the state.</summary>
    public const int MostTailBytes = 32 * 1024;

    /// <summary>What a stored message takes, in bytes.</summary>
    /// <param name="to">The receiver.</param>
    /// <param name="json">The message.</param>
    public static int WeightOf(ActorId to, ReadOnlySpan<byte> json) => json.Length + Encoding.UTF8.GetByteCount(to.Key) + 24;
}
