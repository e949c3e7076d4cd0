namespace GameServer.Game;

/// <summary>
/// What one input to a <see cref="GatewaySession"/> causes. Filled by the session, carried out by its host, and reusable: the host clears it
/// after each input.
/// </summary>
public sealed class SessionOutputs
{
    private readonly List<ClientFrame> frames = [];

    /// <summary>Frames for the client, in order.</summary>
    public IReadOnlyList<ClientFrame> Frames => frames;

    /// <summary>What to do next; null: nothing, or the task before is still under way.</summary>
    public SessionTask? Task { get; internal set; }

    /// <summary>How many messages of the client have left the queue: there is room for as many.</summary>
    public int Taken { get; internal set; }

    /// <summary>How many requests are done with, whatever came of them: as many more may be read from the client.</summary>
    public int Handled { get; internal set; }

    /// <summary>The session wants a <see cref="SessionInput.Look"/> no later than this; null: whenever one comes.</summary>
    public TimeSpan? LookAt { get; private set; }

    /// <summary>
    /// For longer than <see cref="GatewaySession.PatienceTime"/> the player could not be told that its client is gone, and is still tried.
    /// A host bounds how many of its sessions do so, and answers with <see cref="SessionInput.LingeringRefused"/> if this one may not.
    /// </summary>
    public bool Lingers { get; internal set; }

    internal void Pass(ClientFrame frame) => frames.Add(frame);

    internal void LookBy(TimeSpan time)
    {
        if (LookAt is not { } earlier || time < earlier)
            LookAt = time;
    }

    /// <summary>Forgets everything, ready for the next use.</summary>
    public void Clear()
    {
        frames.Clear();
        Task = null;
        Taken = Handled = 0;
        LookAt = null;
        Lingers = false;
    }
}
