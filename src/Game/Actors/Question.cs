namespace GameServer.Game;

/// <summary>A message whose handler answers with <see cref="Effects.Reply"/>.</summary>
/// <typeparam name="TAnswer">What the answer is.</typeparam>
public abstract record Question<TAnswer> : Message
{
    /// <summary>
    /// Asked twice it does the same as asked once, and is answered the same: a host that does not know whether it arrived may ask again.
    /// </summary>
    public abstract bool SameTwice { get; }
}
