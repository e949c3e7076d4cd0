namespace GameServer.Game;

/// <summary>The address of an actor.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Key">Which one: user id, mode, battle id or region.</param>
public readonly record struct ActorId(ActorKind Kind, string Key)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Kind}/{Key}";
}
