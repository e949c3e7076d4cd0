using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace GameServer.Attack;

/// <summary>Starts a server, has 20 battles fought in it while the floods run, and says what came of both.</summary>
internal static class Run
{
    private const int Battles = 20;

    public static async Task<int> AgainstAsync(string assembly, TimeSpan time)
    {
        var data = Directory.CreateTempSubdirectory("attack").FullName;
        Uri url = new($"http://127.0.0.1:{FreePort()}");
        using var server = Start(["dotnet", assembly, "--urls", url.OriginalString, "--data", data, "--GameServer:Modes:flooded:RoomSize=2"]);
        var log = LogBytesAsync(server);
        try
        {
            await UpAsync(url);
            // What the battles and the measuring cost by themselves comes first, so that before and after are alike.
            await FightAsync(url, "warm", TimeSpan.FromSeconds(3));
            var before = Weigh(server, data);
            Console.WriteLine($"before: {before}");

            using var floods = Start([Environment.ProcessPath!, "flood", url.OriginalString, time.TotalSeconds.ToString(CultureInfo.InvariantCulture)]);
            floods.PriorityClass = ProcessPriorityClass.BelowNormal; // Strangers bring machines of their own.
            var (right, latencies) = await FightAsync(url, "fight", time - TimeSpan.FromSeconds(2));
            await floods.WaitForExitAsync();
            var during = Weigh(server, data);

            await Task.Delay(TimeSpan.FromSeconds(30)); // What was held for strangers is let go.
            var after = Weigh(server, data);
            server.Kill(entireProcessTree: false);
            await server.WaitForExitAsync();
            var sorted = latencies.Order().ToArray();
            var p99 = sorted.Length == 0 ? double.PositiveInfinity : sorted[(int)((sorted.Length - 1) * 0.99)];
            var logged = await log;
            Console.WriteLine($"at the end of the floods: {during}");
            Console.WriteLine($"30 s later: {after}");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"battles settled right: {right} of {Battles}; the witness: {sorted.Length} answers, p50 {At(0.5):0.0} ms, p99 {p99:0.0} ms, longest {At(1):0.0} ms; log: {logged} bytes"));
            var returned = after.Memory < before.Memory * 1.2 && after.Disk < before.Disk * 1.2;
            Console.WriteLine($"memory and disk are back within a fifth: {(returned ? "yes" : "no")}");
            return right == Battles && p99 < 100 && returned ? 0 : 1;

            double At(double share) => sorted.Length == 0 ? double.NaN : sorted[(int)((sorted.Length - 1) * share)];
        }
        finally
        {
            if (!server.HasExited)
                server.Kill();
            Directory.Delete(data, recursive: true);
        }
    }

    /// <summary>Battles that last so long; how many ended as they must, and how long the witness waited for each answer, in ms.</summary>
    private static async Task<(int Right, List<double> Latencies)> FightAsync(Uri url, string name, TimeSpan time)
    {
        var latencies = new List<double>();
        var pairs = new List<Pair>();
        for (var i = 0; i < Battles; i++)
        {
            // One pair after the other, so that they are matched with each other.
            pairs.Add(await Pair.MatchAsync(url, $"{name}{i}"));
        }

        var outcomes = await Task.WhenAll(pairs.Select((pair, i) => pair.FightAsync(time, i == 0 ? latencies : null)));
        pairs.ForEach(pair => pair.Dispose());
        return (outcomes.Count(right => right), latencies);
    }

    private static Weight Weigh(Process server, string data)
    {
        server.Refresh();
        return new(
            server.WorkingSet64, new DirectoryInfo(data).EnumerateFiles().Sum(file => file.Length),
            Directory.EnumerateFileSystemEntries($"/proc/{server.Id}/fd").Count());
    }

    private static async Task<long> LogBytesAsync(Process server)
    {
        var errors = server.StandardError.ReadToEndAsync();
        return (await server.StandardOutput.ReadToEndAsync()).Length + (await errors).Length;
    }

    private static Process Start(string[] command) =>
        Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new InvalidOperationException($"{command[0]} did not start.");

    private static int FreePort()
    {
        using TcpListener free = new(IPAddress.Loopback, 0);
        free.Start();
        return ((IPEndPoint)free.LocalEndpoint).Port;
    }

    private static async Task UpAsync(Uri url)
    {
        using HttpClient http = new();
        for (var tries = 0; tries < 300; tries++)
        {
            try
            {
                if ((await http.GetAsync(new Uri(url, "/health/ready"))).IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // Not yet.
            }

            await Task.Delay(100);
        }

        throw new TimeoutException($"{url} did not start.");
    }
}
