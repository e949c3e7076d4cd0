namespace GameServer.Game;

/// <summary>One player's part in a battle, as others may know it.</summary>
/// <param name="UserId">Who.</param>
/// <param name="Score">The score.</param>
/// <param name="Alive">Not dead yet.</param>
/// <param name="Connected">Not dropped.</param>
/// <param name="Until">When dropped: until when the player may come back. When it is oneself and frozen: until when that lasts.</param>
/// <param name="Attacks">How many attacks the player has made.</param>
/// <param name="Left">Dead because the player left, or did not come back in time.</param>
public sealed record BattlePlayer(
    string UserId, int Score, bool Alive, bool Connected, DateTimeOffset? Until, int Attacks = 0, bool Left = false);
