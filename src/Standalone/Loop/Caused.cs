using GameServer.Game;
using GameServer.Standalone.Storage;

namespace GameServer.Standalone.Loop;

/// <summary>What a batch has caused so far, none of which has left: either all of it does, after the commit, or nothing.</summary>
internal sealed class Caused
{
    /// <summary>The actors that took part.</summary>
    public List<Resident> Touched { get; } = [];

    /// <summary>What is to be stored.</summary>
    public List<ActorChange> Changes { get; } = [];

    /// <summary>What goes to clients, in order.</summary>
    public List<ClientEnvelope> Frames { get; } = [];

    /// <summary>Who is answered, and how.</summary>
    public List<(Asker Asker, object? Answer)> Answers { get; } = [];

    /// <summary>What is asked of the world outside.</summary>
    public List<(ActorId From, ExternalCall Call)> Calls { get; } = [];

    /// <summary>What is counted.</summary>
    public List<GameEvent> Events { get; } = [];

    /// <summary>Forgets everything, ready for the next batch.</summary>
    public void Clear()
    {
        Touched.Clear();
        Changes.Clear();
        Frames.Clear();
        Answers.Clear();
        Calls.Clear();
        Events.Clear();
    }
}
