namespace GameServer.Game;

/// <summary>
/// The workshop's rules: everybody plays for a score of their own and may freeze an opponent, for what the mode says an attack costs. The
/// highest score wins; who died when does not matter, nor who left.
/// </summary>
public sealed class FreezeBattle : IBattleRules
{
    /// <inheritdoc/>
    public GameError? Act(IBattle battle, IFighter by, BattleCommand command) => command switch
    {
        ScoreCommand score => SetScore(battle, by, score.Score),
        AttackCommand attack => Attack(battle, by, attack.Target),
        _ => throw new ArgumentException($"The rules do not know {command.GetType().Name}.", nameof(command)),
    };

    /// <inheritdoc/>
    public IReadOnlyList<BattleResult> Results(IBattle battle) => Settlement.Of([.. battle.Fighters.Select(fighter => fighter.Score)]);

    private static GameError? SetScore(IBattle battle, IFighter by, int score)
    {
        if (Frozen(battle, by) is { } frozen)
            return frozen;
        by.Score = score;
        battle.ShowScore(by);
        return null;
    }

    private static GameError? Attack(IBattle battle, IFighter by, string? name)
    {
        var fighters = battle.Fighters;
        var target = name is not null || fighters.Count == 2 ? fighters.FirstOrDefault(f => f != by && (name is null || f.UserId == name)) : null;
        if (target is null)
            return name is null ? Refusal.TargetNeeded : Refusal.NotAnOpponent;
        if (Frozen(battle, by) is { } frozen)
            return frozen;
        var needed = battle.Rules.ScoreForAttack(by.Attacks);
        if (needed > 0 && !battle.KnowsScoreOf(by))
            return Refusal.ScoreNotKnown; // What there is to pay with may be more than was stored.
        if (by.Score < needed)
            return Refusal.AttackNotReady(by.Score, needed);

        by.Attacks++;
        if (battle.Rules.AttackCost > 0)
        {
            by.Score -= battle.Rules.AttackCost;
            battle.ShowScore(by);
        }

        if (battle.Rules.FreezeTime > TimeSpan.Zero && target.IsAlive)
            target.FrozenUntil = battle.Now + battle.Rules.FreezeTime;
        // As in the workshop, an attack on a dead opponent is relayed as well; it does nothing.
        battle.Show(target, new(PushKind.Attacked) { Text = "FREEZE", From = by.UserId });
        return null;
    }

    private static GameError? Frozen(IBattle battle, IFighter fighter) =>
        fighter.FrozenUntil > battle.Now ? Refusal.Frozen(fighter.FrozenUntil.Value - battle.Now) : null;
}
