using System.Diagnostics;
using System.Globalization;
using GameServer.Grains.Abstractions;
using GameServer.PushShapes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Streams;

const int SiloPort = 18811, GatewayPort = 18830, Players = 200, Runs = 5;

if (args is ["silo"])
{
    await Host.CreateDefaultBuilder()
        .ConfigureLogging(logging => logging.SetMinimumLevel(LogLevel.Error))
        .UseOrleans(silo => silo.UseLocalhostClustering(SiloPort, GatewayPort)
            .AddMemoryGrainStorage("PubSubStore").AddMemoryStreams(RelayGrain.MemoryStreams)).RunConsoleAsync();
    return;
}

// The silo is a process of its own, as in the product; this one is the gateway and the load.
using var silo = Process.Start(Environment.ProcessPath!, ["silo"]);
try
{
    using var host = Host.CreateDefaultBuilder()
        .ConfigureLogging(logging => logging.SetMinimumLevel(LogLevel.Critical))
        .UseOrleansClient(client => client.UseLocalhostClustering(GatewayPort).AddMemoryStreams(RelayGrain.MemoryStreams).UseConnectionRetryFilter(async (_, stop) =>
        {
            await Task.Delay(300, stop);
            return true;
        })).Build();
    await host.StartAsync();
    var client = (IClusterClient)host.Services.GetService(typeof(IClusterClient))!;
    var counter = new Counter();
    var observer = client.CreateObjectReference<IGatewayObserver>(counter);
    using var stop = new CancellationTokenSource();
    var streams = Enumerable.Range(0, RelayGrain.Partitions)
        .Select(i => counter.EnumerateAsync(client.GetGrain<IGatewayStreamGrain>($"gw/{i}"), stop.Token)).ToArray();
    for (var i = 0L; i < RelayGrain.Partitions; i++)
    {
        await client.GetStreamProvider(RelayGrain.MemoryStreams).GetStream<ClientMail[]>(StreamId.Create("gw", i))
            .SubscribeAsync((ClientMail[] frames, StreamSequenceToken? _) => counter.Deliver(frames).AsTask());
    }

    var players = Enumerable.Range(0, Players).Select(i => client.GetGrain<IRelayGrain>(i)).ToArray();

    var shapes = new (string Name, Func<IRelayGrain, int, ValueTask> Push)[]
    {
        ("observer", (player, score) => player.ByObserver(observer, score)),
        ("stream", (player, score) => player.ByStream("gw", score)),
        ("memory", (player, score) => new(player.ByMemoryStream("gw", score))),
    };
    foreach (var rate in new[] { 4000, int.MaxValue })
    {
        var results = shapes.ToDictionary(s => s.Name, _ => new List<Result>());
        for (var run = 0; run <= Runs; run++)
        {
            foreach (var (name, push) in shapes)
            {
                var result = await MeasureAsync(players, push, counter, silo, rate);
                if (run > 0)
                    results[name].Add(result);
            }
        }

        Console.WriteLine(rate == int.MaxValue ? "as fast as it goes" : $"{rate} pushes/s");
        foreach (var (name, runs) in results)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {name,-9} {Middle(runs, r => r.PerSecond),8:0} pushes/s   p50 {Middle(runs, r => r.P50),6:0} µs   "
                    + $"p99 {Middle(runs, r => r.P99),6:0} µs   silo CPU {Middle(runs, r => r.Cpu),5:0.0} µs/push"));
        }
    }

    await stop.CancelAsync();
    await Task.WhenAny(Task.WhenAll(streams), Task.Delay(2000));
}
finally
{
    silo.Kill();
    silo.WaitForExit();
}

static double Middle(List<Result> runs, Func<Result, double> figure) => runs.Select(figure).Order().ElementAt(runs.Count / 2);

static async Task<Result> MeasureAsync(
    IRelayGrain[] players, Func<IRelayGrain, int, ValueTask> push, Counter counter, Process silo, int rate)
{
    var time = TimeSpan.FromSeconds(3);
    counter.Begin();
    silo.Refresh();
    var cpu = silo.TotalProcessorTime;
    var started = Stopwatch.GetTimestamp();
    if (rate == int.MaxValue)
    {
        // Each player has one push under way: what a gateway does for each of its connections.
        await Task.WhenAll(players.Select(async player =>
        {
            while (Stopwatch.GetElapsedTime(started) < time)
                await push(player, Counter.Now());
        }));
    }
    else
    {
        var sent = 0L;
        while (Stopwatch.GetElapsedTime(started) < time)
        {
            var due = (long)(Stopwatch.GetElapsedTime(started).TotalSeconds * rate);
            for (; sent < due; sent++)
                push(players[sent % players.Length], Counter.Now()).AsTask().Ignore();
            await Task.Delay(1);
        }
    }

    var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
    silo.Refresh();
    var latencies = counter.End();
    return new(
        latencies.Length / seconds, At(latencies, 0.5), At(latencies, 0.99),
        (silo.TotalProcessorTime - cpu).TotalMicroseconds / Math.Max(1, latencies.Length));
}

static double At(double[] sorted, double part) => sorted.Length == 0 ? double.NaN : sorted[(int)((sorted.Length - 1) * part)];

internal sealed record Result(double PerSecond, double P50, double P99, double Cpu);

/// <summary>The gateway's end of all shapes.</summary>
internal sealed class Counter : IGatewayObserver
{
    private readonly Lock gate = new();
    private List<double> latencies = [];

    public static int Now() => (int)((long)(Stopwatch.GetTimestamp() * (1e6 / Stopwatch.Frequency)) & int.MaxValue);

    public void Begin()
    {
        lock (gate)
            latencies = [];
    }

    public double[] End()
    {
        lock (gate)
            return [.. latencies.Order()];
    }

    public ValueTask Deliver(ClientMail[] frames)
    {
        lock (gate)
        {
            foreach (var frame in frames)
                latencies.Add((Now() - frame.Number) & int.MaxValue);
        }

        return ValueTask.CompletedTask;
    }

    public async Task EnumerateAsync(IGatewayStreamGrain stream, CancellationToken stop)
    {
        try
        {
            await foreach (var frames in stream.Frames(stop))
                await Deliver(frames);
        }
        catch (OperationCanceledException)
        {
            // Measured.
        }
    }
}
