namespace GameServer.Game;

/// <summary>The score a player has after one was refused.</summary>
/// <param name="Number">The number of the refused request, see <see cref="Game.Request.Number"/>.</param>
/// <param name="Score">The score; null: the player has sent none in this battle, or is in none.</param>
public readonly record struct StandingScore(long Number, int? Score);
