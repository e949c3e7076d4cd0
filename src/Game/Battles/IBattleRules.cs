namespace GameServer.Game;

/// <summary>
/// The rules of a fight: what the players' actions do, and who has won. Pure: the same battle, action and time always do the same; all it
/// changes are the fighters, and all it tells it tells by <see cref="IBattle.Show"/>. One instance serves every battle of its modes.
/// <para>
/// The room does the rest: who takes part, who is away, who has died or left, what an action that comes twice does (nothing), what is saved
/// and when, and that the result is in every record once.
/// </para>
/// </summary>
public interface IBattleRules
{
    /// <summary>A fighter who is alive acts. Dying, leaving, and coming and going are not asked about.</summary>
    /// <param name="battle">The battle.</param>
    /// <param name="by">Who acts.</param>
    /// <param name="command">What: a <see cref="ScoreCommand"/>, an <see cref="AttackCommand"/>, or what later actions bring.</param>
    /// <returns>Why not, and then nothing has changed; null: it is done.</returns>
    GameError? Act(IBattle battle, IFighter by, BattleCommand command);

    /// <summary>How the battle ends for each, in the order of <see cref="IBattle.Fighters"/>, if it ended now.</summary>
    /// <param name="battle">The battle.</param>
    IReadOnlyList<BattleResult> Results(IBattle battle);
}
