namespace GameServer.BattleServer;

/// <summary>What came of a battle that was fought here.</summary>
/// <param name="BattleId">The battle.</param>
/// <param name="Epoch">The registration under which it was fought.</param>
/// <param name="Result">Each player's result: WIN or LOSE.</param>
internal sealed record BattleReport(string BattleId, long Epoch, IReadOnlyDictionary<string, string> Result);
