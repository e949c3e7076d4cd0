namespace GameServer.Game.Tests.Simulation;

/// <summary>A bug put in on purpose, which the simulator must find.</summary>
internal sealed class Mutation
{
    /// <summary>The actor that takes the place of one.</summary>
    public Func<Actor, Actor>? Actor { get; init; }

    /// <summary>The bug of each gateway's session.</summary>
    public Func<SessionMutant>? Session { get; init; }

    /// <summary>The bug of all outboxes.</summary>
    public OutboxMutant? Outbox { get; init; }
}
