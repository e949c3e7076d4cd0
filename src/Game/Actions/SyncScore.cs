namespace GameServer.Game;

/// <summary>The sender's score is now this.</summary>
/// <param name="Score">0 or more.</param>
public sealed record SyncScore(int Score) : BattleAction("syncscore")
{
    /// <inheritdoc/>
    public override int? Number => Score;

    internal override BattleCommand ToCommand(string userId, long tag, bool wantsOutcome, KnownScore? last) =>
        new ScoreCommand(userId, tag, wantsOutcome, Score, last);
}

/// <summary>The player's score is now this.</summary>
/// <param name="UserId">Who.</param>
/// <param name="Tag">The number of this message.</param>
/// <param name="WantsOutcome">Whether success is told as well.</param>
/// <param name="Score">The new score.</param>
/// <param name="Last">The score before, if known: it stands if the new one is refused.</param>
public sealed record ScoreCommand(string UserId, long Tag, bool WantsOutcome, int Score, KnownScore? Last)
    : BattleCommand(UserId, Tag, WantsOutcome)
{
    private protected override string ActionName => "syncscore";
}
