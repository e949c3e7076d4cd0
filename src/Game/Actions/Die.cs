namespace GameServer.Game;

/// <summary>The sender is dead.</summary>
public sealed record Die() : BattleAction("die")
{
    internal override BattleCommand ToCommand(string userId, long tag, bool wantsOutcome, KnownScore? last) =>
        new DieCommand(userId, tag, wantsOutcome, last);
}

/// <summary>The player is dead.</summary>
/// <param name="UserId">Who.</param>
/// <param name="Tag">The number of this message.</param>
/// <param name="WantsOutcome">Whether success is told as well.</param>
/// <param name="Last">The last score, which may have been lost on its own.</param>
public sealed record DieCommand(string UserId, long Tag, bool WantsOutcome, KnownScore? Last) : BattleCommand(UserId, Tag, WantsOutcome)
{
    private protected override string ActionName => "die";
}
