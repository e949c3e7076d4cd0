using System.Globalization;
using GameServer.Cluster.Tests.Processes;
using GameServer.Grains;
using GameServer.Settings;
using GameServer.Silo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Storage;

namespace GameServer.Cluster.Tests.Storage;

/// <summary>
/// One silo in this process, a cluster of its own, with settings read and storage registered as the program does it. What it stores in
/// runs as processes.
/// </summary>
public abstract class StorageSilo : IAsyncLifetime
{
    private IHost? host;

    /// <summary>The storage that the silo registered for its actors.</summary>
    public IGrainStorage Storage => Services.GetRequiredKeyedService<IGrainStorage>(ActorGrain.StorageName);

    /// <summary>The silo's own grains.</summary>
    public IGrainFactory Grains => Services.GetRequiredService<IGrainFactory>();

    /// <summary>The largest state that surely fits, in bytes; a bound of the storage, not of an actor.</summary>
    public abstract int LargestState { get; }

    /// <summary>Whether a state above <see cref="LargestState"/> is refused.</summary>
    public abstract bool RefusesLarger { get; }

    /// <summary>Whether the ETag of a row that is made again after it was cleared was never that of the row before.</summary>
    public abstract bool TagsAreUnique { get; }

    private IServiceProvider Services => host?.Services ?? throw new InvalidOperationException("The silo is not started.");

    /// <summary>Starts what the silo needs, and gives the settings that name it.</summary>
    protected abstract Task<IEnumerable<string>> StartPlaceAsync();

    /// <summary>Ends it.</summary>
    protected abstract ValueTask EndPlaceAsync();

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        if (Backend.Missing is not null)
            return; // Its tests are left out, and xunit starts this all the same.
        string[] arguments =
        [
            "--Silo:Port", Text(GameCluster.FreePort()), "--Silo:GatewayPort", Text(GameCluster.FreePort()),
            .. await StartPlaceAsync(),
        ];
        var builder = Host.CreateApplicationBuilder(arguments);
        builder.Logging.ClearProviders();
        SettingsReader reader = new(builder.Configuration, SiloProgram.Settings);
        var settings = await SiloSettings.ReadAsync(reader);
        reader.ThrowIfAnythingIsWrong();
        builder.UseOrleans(silo =>
        {
            silo.AddGame(new(), new(), settings.CreatePortMap);
            silo.AddCluster(settings);
            // What is looked at is what storage does, not how soon a busy machine does it.
            silo.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = ChildProcess.Patience);
        });
        host = builder.Build();
        await host.StartAsync();
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        if (host is not null)
        {
            await host.StopAsync();
            host.Dispose();
        }

        await EndPlaceAsync();
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
