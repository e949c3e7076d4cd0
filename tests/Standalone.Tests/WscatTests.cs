using System.Diagnostics;
using GameServer.Behaviour;

namespace GameServer.Standalone.Tests;

/// <summary>The client that the README tells newcomers to use, npm's <c>wscat</c>, as they use it: two terminals.</summary>
public sealed class WscatTests
{
    [WscatFact]
    public async Task The_workshops_transcript_comes_out_word_for_word_in_two_terminals()
    {
        using var server = await ServerProcess.StartAsync("none");
        using var user1 = await Terminal.OpenAsync(server, "user1");
        using var user2 = await Terminal.OpenAsync(server, "user2");

        await user1.TypeAsync("""{"action":"joinroom"}""");
        await user1.ShowsAsync("""{"action":"joinroom","data":"user1_ROOM"}""");
        await user2.TypeAsync("""{"action":"joinroom"}""");
        await user2.ShowsAsync("""{"action":"joinroom","data":"user1_ROOM"}""", """{"action":"peer_player_id","data":"user1"}""");
        await user1.ShowsAsync("""{"action":"peer_player_id","data":"user2"}""");
        await user2.TypeAsync("""{"action":"attack"}""");
        await user1.ShowsAsync("""{"action":"attacked","data":"FREEZE"}""");
        await user1.TypeAsync("""{"action":"attack"}""");
        await user2.ShowsAsync("""{"action":"attacked","data":"FREEZE"}""");
        await user1.TypeAsync("""{"action":"syncscore","score":20}""");
        await user2.ShowsAsync("""{"action":"player_syncscore","data":20}""");
        await user2.TypeAsync("""{"action":"syncscore","score":25}""");
        await user1.ShowsAsync("""{"action":"player_syncscore","data":25}""");
        await user2.TypeAsync("""{"action":"die"}""");
        await user1.ShowsAsync("""{"action":"player_died","data":"user2"}""");
        await user1.TypeAsync("""{"action":"die"}""");
        await user2.ShowsAsync("""{"action":"player_died","data":"all"}""", """{"action":"battle_settlement","data":"WIN"}""");
        await user1.ShowsAsync("""{"action":"battle_settlement","data":"LOSE"}""");
    }

    /// <summary>One <c>wscat</c>.</summary>
    private sealed class Terminal : IDisposable
    {
        private readonly Process process;

        private Terminal(string address) => process = Process.Start(new ProcessStartInfo(WscatFactAttribute.Wscat!, ["--no-color", "-c", address])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;

        public static async Task<Terminal> OpenAsync(ServerProcess server, string user)
        {
            var terminal = new Terminal($"ws://{server.Address.Authority}/?user_id={user}");
            using var patience = new CancellationTokenSource(GameServerUnderTest.Patience);
            while ((await server.GetAsync($"/players/{user}")).Status != 200)
                await Task.Delay(20, patience.Token); // What is typed before it is connected is lost, and it does not say when it is.
            return terminal;
        }

        public async Task TypeAsync(string line)
        {
            await process.StandardInput.WriteLineAsync(line);
            await process.StandardInput.FlushAsync();
        }

        public async Task ShowsAsync(params string[] messages)
        {
            // Where its output is no screen, what comes stands behind the prompt, if there is one.
            foreach (var message in messages)
                Assert.Equal(
                    message, (await process.StandardOutput.ReadLineAsync().WaitAsync(GameServerUnderTest.Patience))?.TrimStart('>', ' '));
        }

        public void Dispose()
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
        }
    }
}

/// <summary>A test with <c>wscat</c>. It is left out, by name, where that is not there.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class WscatFactAttribute : FactAttribute
{
    /// <summary>Looks for it.</summary>
    public WscatFactAttribute() => Skip = Wscat is null ? "wscat is not installed; set WSCAT to where it is." : null;

    /// <summary>Where <c>wscat</c> (npm) is: <c>WSCAT</c>, or the cache that <c>./test</c> fills; null: nowhere.</summary>
    public static string? Wscat { get; } =
        new[] { Environment.GetEnvironmentVariable("WSCAT"), Path.Combine(ToolCache.Folder, "node_modules/.bin/wscat") }.FirstOrDefault(File.Exists);
}
