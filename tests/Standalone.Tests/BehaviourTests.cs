using GameServer.Behaviour;

namespace GameServer.Standalone.Tests;

/// <summary>Standalone with its data in a folder; it crashes and starts again at the same address and on the same data.</summary>
internal sealed class StandaloneServer : GameServerUnderTest
{
    private readonly TempFolder folder = new();
    private readonly string[] settings;
    private ServerProcess? process;

    private StandaloneServer(IReadOnlyList<string> settings)
    {
        BattlePort = ServerProcess.AcceleratorPorts();
        this.settings =
        [
            .. settings,
            $"--GameServer:LocalAccelerator:ListenerPorts={BattlePort}-{BattlePort + 63}",
            $"--GameServer:LocalAccelerator:DestinationPorts={BattlePort}-{BattlePort + 1}",
        ];
    }

    public override IReadOnlyList<Uri> Gateways => [process!.Address];

    public override int BattlePort { get; }

    public static async Task<StandaloneServer> StartAsync(IReadOnlyList<string> settings)
    {
        var server = new StandaloneServer(settings);
        server.process = await ServerProcess.StartAsync(server.folder.Path, server.settings);
        return server;
    }

    public override async Task CrashAsync()
    {
        process!.Kill();
        await StartAgainAsync();
    }

    public override async Task RestartAsync()
    {
        var (exitCode, output) = await process!.StopAsync();
        Assert.True(exitCode == 0, $"It ended with {exitCode}: {output}");
        await StartAgainAsync();
    }

    protected override Task StopAsync()
    {
        process!.Dispose();
        folder.Dispose();
        return Task.CompletedTask;
    }

    private async Task StartAgainAsync()
    {
        process!.Dispose();
        process = await ServerProcess.StartAsync(folder.Path, [.. settings, $"--urls={process.Address}"]);
    }
}

/// <summary>The behaviour suite against Standalone.</summary>
public sealed class StandaloneGame : RunningGame
{
    public override Task<GameServerUnderTest> StartSmallAsync(params IReadOnlyList<string> settings) => StartAsync(settings);

    protected override async Task<GameServerUnderTest> StartAsync(IReadOnlyList<string> settings) =>
        await StandaloneServer.StartAsync(settings);
}

[CollectionDefinition(RunningGame.Collection)]
public sealed class StandaloneGameCollection : ICollectionFixture<StandaloneGame>;

public sealed class StandaloneTranscript(StandaloneGame game) : TranscriptTests(game);

public sealed class StandaloneRefusals(StandaloneGame game) : RefusalTests(game);

public sealed class StandaloneRubbish(StandaloneGame game) : RubbishTests(game);

public sealed class StandaloneNames(StandaloneGame game) : NameTests(game);

public sealed class StandaloneConnections(StandaloneGame game) : ConnectionTests(game);

public sealed class StandaloneRooms(StandaloneGame game) : RoomTests(game);

public sealed class StandaloneLargeRooms(StandaloneGame game) : LargeRoomTests(game);

public sealed class StandaloneResuming(StandaloneGame game) : ResumeTests(game);

public sealed class StandaloneModes(StandaloneGame game) : ModeTests(game);

public sealed class StandaloneHttp(StandaloneGame game) : HttpTests(game);

public sealed class StandaloneTokens(StandaloneGame game) : TokenTests(game);

public sealed class StandaloneBattleServers(StandaloneGame game) : BattleServerTests(game);

public sealed class StandaloneCrashes(StandaloneGame game) : CrashTests(game);

public sealed class StandaloneStops(StandaloneGame game) : StopTests(game);

public sealed class StandaloneBursts(StandaloneGame game) : BurstTests(game);

public sealed class StandaloneRandomMatches(StandaloneGame game) : RandomMatchTests(game);
