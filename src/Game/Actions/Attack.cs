namespace GameServer.Game;

/// <summary>Freeze an opponent.</summary>
/// <param name="Target">Whom; may be null where there is only one opponent.</param>
public sealed record Attack(string? Target) : BattleAction("attack")
{
    /// <inheritdoc/>
    public override string? Text => Target;

    internal override BattleCommand ToCommand(string userId, long tag, bool wantsOutcome, KnownScore? last) =>
        new AttackCommand(userId, tag, wantsOutcome, Target);
}

/// <summary>The player attacks.</summary>
/// <param name="UserId">Who.</param>
/// <param name="Tag">The number of this message.</param>
/// <param name="WantsOutcome">Whether success is told as well.</param>
/// <param name="Target">See <see cref="Attack"/>.</param>
public sealed record AttackCommand(string UserId, long Tag, bool WantsOutcome, string? Target) : BattleCommand(UserId, Tag, WantsOutcome)
{
    private protected override string ActionName => "attack";
}
