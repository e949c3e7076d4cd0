using GameServer.Game;
using GameServer.Grains.Abstractions;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace GameServer.Grains;

/// <summary>The shell of <see cref="BattleServerRegistry"/>; its own part is the port map.</summary>
[Reentrant]
public sealed partial class BattleServerRegistryGrain(
    [PersistentState("actor", ActorGrain.StorageName)] IPersistentState<StoredActor> stored, GrainServices services,
    IPortMap ports)
    : ActorGrain(ActorKind.BattleServerRegistry, stored, services), IBattleServerRegistryGrain, IDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private Task othersClosed = Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask<RegistryAnswer> Register(string serverId, string subnetId, string address, int[] ports) =>
        Ask(new RegisterServer(serverId, subnetId, address, ports));

    /// <inheritdoc/>
    public ValueTask<RegistryAnswer> Heartbeat(string serverId, long epoch, Dictionary<int, int> connections) =>
        Ask(new ServerHeartbeat(serverId, epoch, connections));

    /// <inheritdoc/>
    public ValueTask<RegistryAnswer> Finished(string serverId, string battleId, long? epoch) =>
        Ask(new BattleFinished(serverId, battleId, epoch));

    /// <inheritdoc/>
    public ValueTask<RegistryAnswer> Drain(string serverId, long? epoch) => Ask(new DrainServer(serverId, epoch));

    /// <inheritdoc/>
    public ValueTask<RegistryStatus> GetServers() => Ask(new GetServers());

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await base.OnActivateAsync(cancellationToken);
        // What a crash left open. Calls wait for it: a door must not be shut right after it was opened.
        if (Active)
            othersClosed = CloseOthersAsync();
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        stopping.Cancel();
        return base.OnDeactivateAsync(reason, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => stopping.Dispose();

    /// <inheritdoc/>
    protected override void Release(Effects effects)
    {
        foreach (var call in effects.Calls)
            CallAsync(call).Ignore();
    }

    private async Task CloseOthersAsync()
    {
        try
        {
            await ports.CloseOthersAsync(((BattleServerRegistry)Actor).KnownPorts, stopping.Token);
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested)
        {
            // A server that registers must not wait for it: what stays open is closed at the next start.
            LogNotClosed(Services.Logger, exception);
        }
        catch (OperationCanceledException)
        {
            // Put away meanwhile.
        }
    }

    private async Task CallAsync(ExternalCall call)
    {
        try
        {
            await othersClosed;
            var answer = call switch
            {
                MapPorts map => await ports.MapAsync(map, stopping.Token),
                ClosePorts close => await ports.CloseAsync(close, stopping.Token),
                _ => throw new ArgumentException($"A registry does not call {call.GetType().Name}.", nameof(call)),
            };
            if (answer is not null)
                await Tell(answer);
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested)
        {
            // The registry asks again when its time comes.
            LogCall(Services.Logger, call.GetType().Name, exception);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "{Call} failed; it is tried again.")]
    private static partial void LogCall(ILogger logger, string call, Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "Ports that an earlier run may have left open could not be closed.")]
    private static partial void LogNotClosed(ILogger logger, Exception exception);
}
