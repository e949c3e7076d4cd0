namespace GameServer.Game;

/// <summary>The last battle in a record.</summary>
/// <param name="BattleId">Which.</param>
/// <param name="Result">How it ended.</param>
/// <param name="Score">The player's score in it.</param>
/// <param name="At">When it was settled.</param>
public sealed record LastBattle(string BattleId, BattleResult Result, int Score, DateTimeOffset At);
