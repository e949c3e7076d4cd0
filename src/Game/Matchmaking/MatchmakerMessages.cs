namespace GameServer.Game;

/// <summary>A player wants to be matched. The same join again changes nothing.</summary>
/// <param name="UserId">Who.</param>
/// <param name="JoinId">Which of the player's joins; grows from one to the next.</param>
/// <param name="Number">The ticket's number from before, if the player was matched and the battle did not come about; else null.</param>
/// <param name="Present">Whether the player is connected.</param>
public sealed record Enqueue(string UserId, long JoinId, long? Number, bool Present) : Message;

/// <summary>The player leaves the queue. Answered with <see cref="TicketGone"/>, also when there is no ticket.</summary>
/// <param name="UserId">Who.</param>
/// <param name="JoinId">Which join.</param>
public sealed record LeaveQueue(string UserId, long JoinId) : Message;

/// <summary>The player's connection came or went; also the answer to <see cref="Whereabouts"/>.</summary>
/// <param name="UserId">Who.</param>
/// <param name="JoinId">Which join.</param>
/// <param name="Present">Whether the player is connected.</param>
/// <param name="Tag">Grows from one to the next of the same join; one that comes late, after a higher one, is of no effect.</param>
public sealed record QueuePresence(string UserId, long JoinId, bool Present, long Tag) : Message;
