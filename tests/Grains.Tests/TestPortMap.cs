using System.Collections.Concurrent;
using GameServer.Game;
using GameServer.Silo;

namespace GameServer.Grains.Tests;

/// <summary>Every server is reached at its own address; what is asked for is noted.</summary>
internal sealed class TestPortMap : IPortMap
{
    private readonly DirectPortMap ports = new();

    /// <summary>All calls so far, oldest first.</summary>
    public ConcurrentQueue<string> Calls { get; } = [];

    public Task<Message> MapAsync(MapPorts call, CancellationToken cancellationToken)
    {
        Calls.Enqueue($"map {call.ServerId} {call.Address}");
        return ports.MapAsync(call, cancellationToken);
    }

    public Task<PortsClosed?> CloseAsync(ClosePorts call, CancellationToken cancellationToken)
    {
        Calls.Enqueue($"close {call.ServerId} {call.Address}");
        return ports.CloseAsync(call, cancellationToken);
    }

    public Task CloseOthersAsync(IReadOnlyCollection<MapPorts> known, CancellationToken cancellationToken)
    {
        Calls.Enqueue($"close all but {string.Join(", ", known.Select(server => server.ServerId))}");
        return ports.CloseOthersAsync(known, cancellationToken);
    }
}
