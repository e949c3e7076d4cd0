namespace GameServer.Game.Tests.Simulation;

/// <summary>A bug put into what a host does with an actor's outbox on purpose.</summary>
internal sealed class OutboxMutant
{
    public static OutboxMutant None { get; } = new();

    /// <summary>What it sends instead of the messages of one call.</summary>
    public Func<IReadOnlyList<InFlight>, IEnumerable<InFlight>> Sends { get; init; } = messages => messages;

    /// <summary>Whether it stores a message that must arrive.</summary>
    public Func<InFlight, bool> Stores { get; init; } = _ => true;

    /// <summary>Whether it sends a message again that was stored, once the actor is loaded anew.</summary>
    public Func<InFlight, bool> Restores { get; init; } = _ => true;

    /// <summary>It takes a call that failed for one whose messages are taken.</summary>
    public bool TakesFailedForTaken { get; init; }
}
