using System.Diagnostics;
using System.Globalization;

namespace GameServer.Load;

/// <summary>The commands, and how they print.</summary>
internal static class Commands
{
    private const int Runs = 5;

    public static int Usage()
    {
        Console.Error.WriteLine("""
            load URL [--pairs N] [--rate N] [--seconds N] [--pid N,N…] pairs of players against a running server, on this machine only
            compare SERVER.dll [the same, but --pid]                   the standalone server and a bare relay in turn, five times each
            relay URL                                                  the bare relay alone
            """);
        return 2;
    }

    public static async Task<int> LoadAsync(string url, string[] rest)
    {
        var measured = await Players.RunAsync(
            new(url), Number(rest, "--pairs", 100), Number(rest, "--rate", 5000), TimeSpan.FromSeconds(Number(rest, "--seconds", 5)),
            [.. Text(rest, "--pid").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture))]);
        Print("run", measured);
        return 0;
    }

    /// <summary>In turn, A B A B …, because a shared machine's speed drifts; what counts is the ratio of the medians.</summary>
    public static async Task<int> CompareAsync(string server, string[] rest)
    {
        var (pairs, rate, seconds) = (Number(rest, "--pairs", 100), Number(rest, "--rate", 5000), Number(rest, "--seconds", 5));
        var data = Directory.CreateTempSubdirectory("bench").FullName;
        string[] unlimited = ["--GameServer:Edge:MessagesPerSecondPerAddress=0", "--GameServer:Edge:MessagesPerSecondPerPlayer=0"];
        using var relay = Start(Environment.ProcessPath!, ["relay", "http://127.0.0.1:18790"]);
        using var game = Start("dotnet", [server, "--urls", "http://127.0.0.1:18791", "--data", data, .. unlimited]);
        try
        {
            await UpAsync(18790);
            await UpAsync(18791);
            var (bare, ours) = (new List<Measured>(), new List<Measured>());
            for (var run = 0; run <= Runs; run++)
            {
                var relayed = await Players.RunAsync(new("ws://127.0.0.1:18790"), pairs, rate, TimeSpan.FromSeconds(seconds), relay.Id);
                var played = await Players.RunAsync(new("ws://127.0.0.1:18791"), pairs, rate, TimeSpan.FromSeconds(seconds), game.Id);
                if (run == 0)
                    continue; // To warm up.
                bare.Add(relayed);
                ours.Add(played);
            }

            Console.WriteLine($"{pairs} pairs, {rate} messages/s asked for, {seconds} s, medians of {Runs} runs");
            var (a, b) = (Median(bare), Median(ours));
            Print("bare relay", a);
            Print("standalone", b);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"standalone / bare relay: CPU {b.CpuPerMessage / a.CpuPerMessage:0.00}, p50 {b.P50 / a.P50:0.00}, p99 {b.P99 / a.P99:0.00}"));
            return 0;
        }
        finally
        {
            relay.Kill();
            game.Kill();
            await relay.WaitForExitAsync();
            await game.WaitForExitAsync();
            Directory.Delete(data, recursive: true);
        }
    }

    private static Process Start(string program, string[] arguments) =>
        Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true }) ?? throw new InvalidOperationException($"{program} did not start.");

    private static async Task UpAsync(int port)
    {
        for (var tries = 0; tries < 600; tries++)
        {
            using var client = new System.Net.Sockets.TcpClient();
            try
            {
                await client.ConnectAsync("127.0.0.1", port);
                return;
            }
            catch (System.Net.Sockets.SocketException)
            {
                await Task.Delay(100);
            }
        }

        throw new TimeoutException($"Nothing listens on port {port}.");
    }

    private static Measured Median(List<Measured> runs) => new(
        (long)Middle(runs, r => r.Relayed), Middle(runs, r => r.PerSecond), Middle(runs, r => r.P50), Middle(runs, r => r.P99),
        Middle(runs, r => r.CpuPerMessage));

    private static double Middle(List<Measured> runs, Func<Measured, double> figure) =>
        runs.Select(figure).Order().ElementAt(runs.Count / 2);

    private static void Print(string name, Measured measured) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{name,-12} {measured.PerSecond,8:0} messages/s   p50 {measured.P50,7:0} µs   p99 {measured.P99,7:0} µs   "
            + $"CPU {measured.CpuPerMessage,6:0.0} µs/message"));

    private static int Number(string[] arguments, string name, int usual) =>
        Text(arguments, name) is { Length: > 0 } number ? int.Parse(number, CultureInfo.InvariantCulture) : usual;

    private static string Text(string[] arguments, string name) =>
        Array.IndexOf(arguments, name) is >= 0 and var at && at + 1 < arguments.Length ? arguments[at + 1] : "";
}
