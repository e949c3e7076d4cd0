using GameServer.Game;
using GameServer.LocalAccelerator;
using GameServer.Hosting;
using GameServer.Settings;
using GameServer.Standalone.Storage;

namespace GameServer.Standalone;

/// <summary>The way to battle servers where all is on one machine: a local accelerator in this process.</summary>
internal sealed class LocalBattlePorts : IAsyncDisposable
{
    private readonly LocalAcceleratorServer accelerator;

    private LocalBattlePorts(LocalAcceleratorServer accelerator, IPortMap map)
    {
        this.accelerator = accelerator;
        Map = map;
    }

    /// <summary>Opens and closes ports there.</summary>
    public IPortMap Map { get; }

    /// <summary>Starts the accelerator, before the loop. It forgets which ports were open, so those the registry knows are opened again.</summary>
    /// <exception cref="SettingsException">It cannot run with these settings.</exception>
    public static async Task<LocalBattlePorts> StartAsync(
        LocalAcceleratorOptions options, GameSettings settings, IStore store, IServiceProvider services)
    {
        var time = services.GetRequiredService<TimeProvider>();
        var loggers = services.GetRequiredService<ILoggerFactory>();
        LocalAcceleratorServer accelerator;
        try
        {
            accelerator = await LocalAcceleratorServer.StartAsync(options, time, loggers, CancellationToken.None);
        }
        catch (Exception e) when (e is ArgumentException or LocalAcceleratorException or IOException)
        {
            throw new SettingsException($"GameServer:LocalAccelerator: {e.Message}");
        }

        var map = LocalPortMap.Of(accelerator, time, loggers);
        var registry = new ActorId(ActorKind.BattleServerRegistry, settings.Rules.Region);
        if (store.Load(registry) is { } stored)
        {
            // The same settings give the same mappings, so what the registry has stored of them is still true.
            var known = BattleServerRegistry.Load(registry, stored.State, settings.BattleServers).KnownPorts;
            await map.CloseOthersAsync(known, CancellationToken.None);
            await Task.WhenAll(known.Select(ports => map.MapAsync(ports, CancellationToken.None)));
        }

        return new(accelerator, map);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => accelerator.DisposeAsync();
}
