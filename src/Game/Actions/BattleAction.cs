namespace GameServer.Game;

/// <summary>An action in a battle: the player's actor passes it on to the room, whose rules say what it does.</summary>
/// <param name="Name">Its name on the wire.</param>
public abstract record BattleAction(string Name) : ClientAction(Name)
{
    /// <summary>The action as the room gets it.</summary>
    /// <param name="userId">Who acts.</param>
    /// <param name="tag">The command's number.</param>
    /// <param name="wantsOutcome">Whether success is told as well; a refusal always is.</param>
    /// <param name="last">The last score the player sent in this battle, if any.</param>
    internal abstract BattleCommand ToCommand(string userId, long tag, bool wantsOutcome, KnownScore? last);
}
