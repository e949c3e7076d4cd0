using GameServer.Game;

namespace GameServer.Silo;

/// <summary>
/// No accelerator: players reach a battle server at its own address and port, which must be open to them. For development, and where battle
/// servers have public addresses.
/// </summary>
internal sealed class DirectPortMap : IPortMap
{
    public Task<Message> MapAsync(MapPorts call, CancellationToken cancellationToken) => Task.FromResult<Message>(new PortsMapped(
        call.ServerId, call.Epoch, [.. call.Ports.Select(port => new PortMapping(port, call.Address, [call.Address], port))]));

    public Task<PortsClosed?> CloseAsync(ClosePorts call, CancellationToken cancellationToken) =>
        Task.FromResult<PortsClosed?>(new(call.ServerId, call.Epoch));

    public Task CloseOthersAsync(IReadOnlyCollection<MapPorts> known, CancellationToken cancellationToken) => Task.CompletedTask;
}
