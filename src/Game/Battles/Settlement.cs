namespace GameServer.Game;

/// <summary>Who won.</summary>
public static class Settlement
{
    /// <summary>
    /// The result of each, given the final scores: alone at the top is a win, sharing the top is a draw, everything below is a loss.
    /// Who died when does not matter, nor who left.
    /// </summary>
    /// <param name="scores">At least one score.</param>
    public static BattleResult[] Of(IReadOnlyList<int> scores)
    {
        var top = scores.Max();
        var best = scores.Count(score => score == top) == 1 ? BattleResult.Win : BattleResult.Draw;
        return [.. scores.Select(score => score == top ? best : BattleResult.Lose)];
    }
}
