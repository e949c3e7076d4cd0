namespace GameServer.Game;

/// <summary>
/// The way from outside to a battle server's port. The host carries out the registry's <see cref="MapPorts"/> and
/// <see cref="ClosePorts"/> with it; no actor ever sees it.
/// </summary>
public interface IPortMap
{
    /// <summary>
    /// Opens the ports to traffic and returns their outsides once traffic can flow; never computes them. Asking again for the same is
    /// harmless.
    /// </summary>
    /// <returns><see cref="PortsMapped"/> or <see cref="PortsNotMapped"/>; it throws only if cancelled.</returns>
    Task<Message> MapAsync(MapPorts call, CancellationToken cancellationToken);

    /// <summary>Closes the ports to traffic.</summary>
    /// <returns><see cref="PortsClosed"/>, or null if it failed and should be tried again; it throws only if cancelled.</returns>
    Task<PortsClosed?> CloseAsync(ClosePorts call, CancellationToken cancellationToken);

    /// <summary>
    /// Closes every open port that none of <paramref name="known"/> explains: what a crash left open. Called once at start.
    /// </summary>
    Task CloseOthersAsync(IReadOnlyCollection<MapPorts> known, CancellationToken cancellationToken);
}
