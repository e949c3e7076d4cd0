namespace GameServer.Game;

/// <summary>
/// Which port a battle gets. A pure function of the servers and the time; the registry alone acts on the answer.
/// <para>
/// Strategy. A server can be chosen if its lease holds (a suspect one may be dead already), it does not drain, was not refused, and has a
/// port that is free and mapped (an unmapped port cannot be reached). Of those the one with the lowest load wins, where load is the
/// battles on it or the connections it reported, whichever is more: battles count at once, before their players have connected, and
/// connections show what outlives a battle. Equal loads: the one that has been idle longest, so that work goes round and a server
/// that fails its battles quickly does not draw them all. Still equal: the older registration, so that the choice has no chance in it.
/// On that server: the free port with the fewest connections left over from its last battle, then the longest idle, then the lowest.
/// </para>
/// <para>
/// Assumptions. Battles cost alike and servers are alike, so load is not divided by capacity. One registry sees all allocations, one at
/// a time, so a choice cannot collide with another. A few hundred ports: looking at all of them costs microseconds.
/// </para>
/// </summary>
internal static class ServerChoice
{
    /// <summary>The port for the next battle, or null if none is free.</summary>
    public static (Server Server, ServerPort Port)? Pick(IEnumerable<Server> servers, DateTimeOffset now, TimeSpan lease)
    {
        var server = servers
            .Where(s => !s.Draining && s.Refused is null && now < s.Seen + lease && s.Ports.Exists(IsFree))
            .MinBy(s => (s.Load, s.Used, s.Epoch));
        return server is null ? null : (server, server.Ports.Where(IsFree).MinBy(p => (p.Connections, p.Used, p.Number))!);
    }

    private static bool IsFree(ServerPort port) => port is { Mapped: true, Battle: null };
}
