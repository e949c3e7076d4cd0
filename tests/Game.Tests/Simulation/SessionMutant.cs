namespace GameServer.Game.Tests.Simulation;

/// <summary>A bug put into a gateway's session on purpose: around the real one, it hears, calls or passes on something else.</summary>
internal sealed class SessionMutant
{
    /// <summary>What it hears instead of an input.</summary>
    public Func<SessionInput, IEnumerable<SessionInput>> Hears { get; init; } = input => [input];

    /// <summary>The call it makes instead of one; null: none, and it goes on as if the call had been made.</summary>
    public Func<SessionTask.Call, SessionTask.Call?> Calls { get; init; } = call => call;

    /// <summary>How many requests it says it is done with.</summary>
    public Func<int, int> Handles { get; init; } = count => count;

    /// <summary>What it passes on to the client instead of a frame.</summary>
    public Func<ClientFrame, IEnumerable<ClientFrame>> Passes { get; init; } = frame => [frame];
}
