namespace GameServer.Game;

/// <summary>How a battle ended for one player.</summary>
public enum BattleResult : byte
{
    /// <summary>Alone at the top.</summary>
    Win = 1,

    /// <summary>Below the top.</summary>
    Lose = 2,

    /// <summary>One of several at the top.</summary>
    Draw = 3,
}
