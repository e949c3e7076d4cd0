using System.Diagnostics.CodeAnalysis;

namespace GameServer.Tickets;

/// <summary>What a check of a ticket found.</summary>
/// <param name="Ticket">The ticket; null if it is not valid.</param>
/// <param name="Problem">What is wrong with the ticket, for a person; null if it is valid.</param>
public sealed record TicketCheck(BattleTicket? Ticket, string? Problem)
{
    /// <summary>Whether the ticket is ours and has not expired. Whether it opens this port is the port's to say.</summary>
    [MemberNotNullWhen(true, nameof(Ticket))]
    [MemberNotNullWhen(false, nameof(Problem))]
    public bool Valid => Ticket is not null;
}
