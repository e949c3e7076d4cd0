namespace GameServer.Tickets;

/// <summary>What a ticket opens, and to whom.</summary>
/// <param name="BattleId">The battle.</param>
/// <param name="UserId">The player.</param>
/// <param name="ServerId">The battle server that has the battle.</param>
/// <param name="Port">The server's own port for the battle, which is not the one outside that leads to it.</param>
/// <param name="Epoch">
/// The registration of the server that was given the battle: a server that was restarted is not the same any more.
/// </param>
/// <param name="Number">
/// Grows with each ticket that the player gets. It opens one connection: the next one, which replaces that, takes a higher number. So a
/// ticket that was overheard opens nothing.
/// </param>
public sealed record BattleTicket(string BattleId, string UserId, string ServerId, int Port, long Epoch, long Number);
