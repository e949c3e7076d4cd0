using System.Collections.ObjectModel;

namespace GameServer.Game;

// From rooms -------------------------------------------------------------------------------------------------------------------

/// <summary>
/// A battle needs a port on a battle server. Answered with <see cref="ServerAllocated"/>, or first with <see cref="NoServerFree"/>.
/// The same battle again gets the same answer again.
/// </summary>
/// <param name="BattleId">The battle.</param>
public sealed record AllocateServer(string BattleId) : Message;

/// <summary>The battle is over: its port is free again. Of no effect if it has none.</summary>
/// <param name="BattleId">The battle.</param>
public sealed record ReleaseServer(string BattleId) : Message;

// From battle servers, by HTTP -------------------------------------------------------------------------------------------------

/// <summary>A battle server registers, or registers again after a restart. Answer: <see cref="RegistryAnswer"/>.</summary>
/// <param name="ServerId">The server's own name for itself.</param>
/// <param name="SubnetId">The subnet it is in, as the accelerator knows it.</param>
/// <param name="Address">Its private IPv4 address.</param>
/// <param name="Ports">Its ports; each carries one battle at a time.</param>
public sealed record RegisterServer(
    string ServerId, string SubnetId, string Address, IReadOnlyList<int> Ports) : Question<RegistryAnswer>
{
    /// <inheritdoc/>
    public override bool SameTwice => false;
}

/// <summary>Renews the lease and reports load. Answer: <see cref="RegistryAnswer"/>.</summary>
/// <param name="ServerId">The server.</param>
/// <param name="Epoch">The lease's epoch from the registration.</param>
/// <param name="Connections">Connections on each port.</param>
public sealed record ServerHeartbeat(
    string ServerId, long Epoch, IReadOnlyDictionary<int, int> Connections) : Question<RegistryAnswer>
{
    /// <inheritdoc/>
    public override bool SameTwice => true;
}

/// <summary>
/// The battle on that server is over: its port is free. What came of it is told the room (<see cref="BattleReported"/>). Answer:
/// <see cref="RegistryAnswer"/>.
/// </summary>
/// <param name="ServerId">The server.</param>
/// <param name="BattleId">The battle.</param>
/// <param name="Epoch">The epoch under which the server was given the battle; null: whichever.</param>
public sealed record BattleFinished(string ServerId, string BattleId, long? Epoch = null) : Question<RegistryAnswer>
{
    /// <inheritdoc/>
    public override bool SameTwice => true;
}

/// <summary>No new battles for this server; it is gone when the last one ends. Answer: <see cref="RegistryAnswer"/>.</summary>
/// <param name="ServerId">The server.</param>
/// <param name="Epoch">The epoch of the registration that is meant; null: the one there is, for operators.</param>
public sealed record DrainServer(string ServerId, long? Epoch = null) : Question<RegistryAnswer>
{
    /// <inheritdoc/>
    public override bool SameTwice => true;
}

/// <summary>Asks for all servers, for operators. Answer: <see cref="RegistryStatus"/>.</summary>
public sealed record GetServers : Question<RegistryStatus>
{
    /// <inheritdoc/>
    public override bool SameTwice => true;
}

/// <summary>What a battle server is told.</summary>
/// <param name="Status">
/// HTTP status: 200, 400 (the message says what is wrong), 404 (unknown: register), 409 (older epoch, or the id or a port is another's).
/// </param>
/// <param name="Message">What was wrong and what is allowed; null if nothing was.</param>
/// <param name="LeaseSeconds">How long the lease lasts from now.</param>
/// <param name="Epoch">The lease's epoch.</param>
/// <param name="Command"><c>serve</c> or <c>drain</c>.</param>
public sealed record RegistryAnswer(int Status, string? Message, int LeaseSeconds, long Epoch, string Command)
{
    /// <summary>
    /// The battles on the server's ports, by port. What a server still holds and does not find here is over or has moved.
    /// </summary>
    public IReadOnlyDictionary<int, string> Battles { get; init; } = ReadOnlyDictionary<int, string>.Empty;
}

/// <summary>All servers of a region.</summary>
/// <param name="Servers">The servers.</param>
/// <param name="Waiting">Battles that wait for a free port.</param>
public sealed record RegistryStatus(IReadOnlyList<ServerStatus> Servers, int Waiting);

/// <summary>One server, for operators.</summary>
/// <param name="ServerId">Its name.</param>
/// <param name="Address">Its private address.</param>
/// <param name="State"><c>mapping</c>, <c>live</c>, <c>suspect</c>, <c>draining</c> or <c>refused</c>.</param>
/// <param name="Load">Battles or connections, whichever is more.</param>
/// <param name="Ports">Its ports.</param>
public sealed record ServerStatus(string ServerId, string Address, string State, int Load, IReadOnlyList<PortStatus> Ports);

/// <summary>One port of a server, for operators.</summary>
/// <param name="Port">The server's own port.</param>
/// <param name="OutsidePort">The port at the accelerator that leads to it; 0 while not known.</param>
/// <param name="BattleId">The battle on it, or null.</param>
/// <param name="Connections">Connections last reported.</param>
public sealed record PortStatus(int Port, int OutsidePort, string? BattleId, int Connections);

// To and from the port map (IPortMap of the host) ------------------------------------------------------------------------------

/// <summary>
/// Open the server's ports to traffic and find the outside ports that lead to them. Answered with <see cref="PortsMapped"/> or
/// <see cref="PortsNotMapped"/>; asked again until then.
/// </summary>
public sealed record MapPorts(string ServerId, long Epoch, string SubnetId, string Address, IReadOnlyList<int> Ports) : ExternalCall;

/// <summary>Close ports to traffic: their server is gone. Answered with <see cref="PortsClosed"/>; asked again until then.</summary>
public sealed record ClosePorts(string ServerId, long Epoch, string SubnetId, string Address, IReadOnlyList<int> Ports) : ExternalCall;

/// <summary>The outside of one port.</summary>
/// <param name="Port">The server's own port.</param>
/// <param name="Dns">The accelerator's name.</param>
/// <param name="Ips">The accelerator's addresses.</param>
/// <param name="OutsidePort">The port there.</param>
public sealed record PortMapping(int Port, string Dns, IReadOnlyList<string> Ips, int OutsidePort);

/// <summary>The ports are open and these are their outsides. They never change.</summary>
/// <param name="ServerId">The server.</param>
/// <param name="Epoch">The lease's epoch the call had.</param>
/// <param name="Mappings">One for each port.</param>
public sealed record PortsMapped(string ServerId, long Epoch, IReadOnlyList<PortMapping> Mappings) : Message;

/// <summary>The ports could not be mapped.</summary>
/// <param name="ServerId">The server.</param>
/// <param name="Epoch">The lease's epoch the call had.</param>
/// <param name="Reason">Why.</param>
/// <param name="Final">It will not work later either (no such subnet, too few listener ports): the server is refused.</param>
public sealed record PortsNotMapped(string ServerId, long Epoch, string Reason, bool Final) : Message;

/// <summary>The ports are closed.</summary>
/// <param name="ServerId">The server.</param>
/// <param name="Epoch">The lease's epoch the call had.</param>
public sealed record PortsClosed(string ServerId, long Epoch) : Message;
