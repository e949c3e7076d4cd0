namespace GameServer.Game;

/// <summary>Join the queue of a mode, or hear again where one is.</summary>
/// <param name="Mode">The mode; null: the default one.</param>
public sealed record JoinRoom(string? Mode) : ClientAction("joinroom")
{
    /// <inheritdoc/>
    public override string? Text => Mode;
}
