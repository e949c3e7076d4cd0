using GameServer.Behaviour;
using GameServer.Cluster.Tests.Processes;

namespace GameServer.Cluster.Tests;

/// <summary>
/// Two silos and two gateways and what they stand on. The silo that has been there longest crashes, and another one joins.
/// </summary>
internal sealed class ClusterServer : GameServerUnderTest
{
    private readonly Queue<ChildProcess> silos = [];
    private readonly GameCluster cluster;
    private readonly IReadOnlyList<string> settings;

    private ClusterServer(GameCluster cluster, IReadOnlyList<string> settings) => (this.cluster, this.settings) = (cluster, settings);

    public override IReadOnlyList<Uri> Gateways => [.. cluster.Gateways.Select(GameCluster.At)];

    public override int BattlePort => 8080;

    public static async Task<ClusterServer> StartAsync(IReadOnlyList<string> settings)
    {
        var server = new ClusterServer(await GameCluster.StartAsync(), settings);
        try
        {
            // The first one makes the table.
            server.silos.Enqueue(await server.cluster.StartSiloAsync(settings));
            await Task.WhenAll(
                server.StartSiloAsync(),
                server.cluster.StartGatewayAsync(settings: settings),
                server.cluster.StartGatewayAsync(settings: settings));
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public override async Task CrashAsync()
    {
        await silos.Dequeue().KillAsync();
        await StartSiloAsync();
    }

    public override Task RestartAsync() => throw new NotSupportedException("A small cluster is enough for that.");

    protected override async Task StopAsync() => await cluster.DisposeAsync();

    private async Task StartSiloAsync() => silos.Enqueue(await cluster.StartSiloAsync(settings));
}

/// <summary>One silo and one gateway as a newcomer runs them, with nothing else: what is not kept cannot survive a crash.</summary>
internal sealed class SmallClusterServer(SmallCluster cluster) : GameServerUnderTest
{
    public override IReadOnlyList<Uri> Gateways => [.. cluster.Gateways.Select(gateway => GameCluster.At(gateway.Port))];

    public override int BattlePort => 8080;

    public override Task CrashAsync() => throw new NotSupportedException("Nothing would be left.");

    public override Task RestartAsync() => cluster.RestartGatewaysAsync();

    protected override async Task StopAsync() => await cluster.DisposeAsync();
}

/// <summary>The behaviour suite against the cluster.</summary>
public sealed class ClusterGame : RunningGame
{
    public override async Task<GameServerUnderTest> StartSmallAsync(params IReadOnlyList<string> settings) =>
        new SmallClusterServer(await SmallCluster.StartAsync(settings: [.. settings]));

    protected override async Task<GameServerUnderTest> StartAsync(IReadOnlyList<string> settings) =>
        await ClusterServer.StartAsync(settings);
}

[CollectionDefinition(RunningGame.Collection)]
public sealed class ClusterGameCollection : ICollectionFixture<ClusterGame>;

[Trait("Category", "Backend")]
public sealed class ClusterTranscript(ClusterGame game) : TranscriptTests(game);

public sealed class ClusterRefusals(ClusterGame game) : RefusalTests(game);

public sealed class ClusterRubbish(ClusterGame game) : RubbishTests(game);

public sealed class ClusterNames(ClusterGame game) : NameTests(game);

public sealed class ClusterConnections(ClusterGame game) : ConnectionTests(game);

public sealed class ClusterRooms(ClusterGame game) : RoomTests(game);

public sealed class ClusterLargeRooms(ClusterGame game) : LargeRoomTests(game);

public sealed class ClusterResuming(ClusterGame game) : ResumeTests(game);

public sealed class ClusterModes(ClusterGame game) : ModeTests(game);

public sealed class ClusterHttp(ClusterGame game) : HttpTests(game);

public sealed class ClusterTokens(ClusterGame game) : TokenTests(game);

public sealed class ClusterBattleServers(ClusterGame game) : Behaviour.BattleServerTests(game);

[Trait("Category", "Backend")]
public sealed class ClusterCrashes(ClusterGame game) : CrashTests(game);

public sealed class ClusterStops(ClusterGame game) : StopTests(game);

public sealed class ClusterBursts(ClusterGame game) : BurstTests(game);

public sealed class ClusterRandomMatches(ClusterGame game) : RandomMatchTests(game);
