using System.Buffers;
using System.Text.Json;
using GameServer.Game;
using GameServer.Settings;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace GameServer.Edge;

/// <summary>
/// <c>GET /stats</c>: the version, the edge's own counts and the host's, as one flat object. They are taken at most once in
/// <see cref="EdgeOptions.StatsCacheTime"/>, however many ask, so that nobody can make the host count.
/// </summary>
internal sealed partial class StatsCall(
    IGameHost host, EdgeCounters counters, ConnectionTable connections, EdgeOptions options, TimeProvider time, ILogger<StatsCall> log)
{
    private readonly Lock gate = new();
    private Task<byte[]>? last;
    private long takenAt;

    public async Task<IResult> GetAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        return Results.Bytes(await CurrentAsync().WaitAsync(context.RequestAborted), "application/json; charset=utf-8");
    }

    // Who asks while the counts are being taken waits for the same.
    private Task<byte[]> CurrentAsync()
    {
        lock (gate)
        {
            if (last is null || (last.IsCompleted && time.GetElapsedTime(takenAt) >= options.StatsCacheTime))
            {
                takenAt = time.GetTimestamp();
                last = Task.Run(TakeAsync);
            }

            return last;
        }
    }

    private async Task<byte[]> TakeAsync()
    {
        Dictionary<string, double> all = new(counters.All()) { ["draining"] = connections.Draining ? 1 : 0, ["host_ready"] = host.Ready ? 1 : 0 };
        try
        {
            foreach (var (name, value) in await host.StatsAsync(CancellationToken.None))
                all[name] = double.IsFinite(value) ? value : 0;
            if (host.Rules.Modes.Values.Any(mode => mode.BattleServers))
            {
                var registry = await host.AskAsync(
                    new(ActorKind.BattleServerRegistry, host.Rules.Region), new GetServers(), CancellationToken.None);
                all["servers"] = registry.Servers.Count;
                all["servers_live"] = registry.Servers.Count(server => server.State == "live");
                all["server_ports"] = registry.Servers.Sum(server => server.Ports.Count);
                all["server_battles"] = registry.Servers.Sum(server => server.Ports.Count(port => port.BattleId is not null));
                all["waiting_for_server"] = registry.Waiting;
            }
        }
        catch (HostUnavailableException e)
        {
            // The edge's own counts are what an operator needs most when the host does not answer.
            all["host_ready"] = 0;
            LogUnavailable(log, e.Message);
        }

        var answer = new ArrayBufferWriter<byte>(2048);
        using (var json = new Utf8JsonWriter(answer))
        {
            json.WriteStartObject();
            json.WriteString("version"u8, ProgramSettings.Version);
            foreach (var (name, value) in all)
                json.WriteNumber(name, value);
            json.WriteEndObject();
        }

        return answer.WrittenSpan.ToArray();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The host did not answer /stats: {Why}")]
    private static partial void LogUnavailable(ILogger log, string why);
}
