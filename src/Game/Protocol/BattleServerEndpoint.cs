namespace GameServer.Game;

/// <summary>
/// Where a battle is fought, as players see it (protocol, section 6). The ticket is not part of it: each player gets their own.
/// </summary>
/// <param name="BattleId">The battle it is for; the ticket names it.</param>
/// <param name="Dns">The accelerator's name.</param>
/// <param name="Ips">The accelerator's addresses; any of them works.</param>
/// <param name="Port">The port at the accelerator that leads to this battle's port.</param>
/// <param name="Protocol"><c>tcp</c> or <c>udp</c>.</param>
public sealed record BattleServerEndpoint(string BattleId, string Dns, IReadOnlyList<string> Ips, int Port, string Protocol)
{
    /// <summary>
    /// The port inside, which the ticket names. Null in what an earlier version has stored: no ticket can be made of it, and the room asks
    /// for the place again when it is loaded.
    /// </summary>
    public ServerPlace? Place { get; init; }
}
