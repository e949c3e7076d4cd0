using GameServer.Game;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace GameServer.Edge;

/// <summary><c>GET /stats</c>: the edge's own counts and the host's, as one object of numbers.</summary>
internal sealed partial class StatsCall(IGameHost host, EdgeCounters counters, ConnectionTable connections, ILogger<StatsCall> log)
{
    public async Task<IResult> GetAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        Dictionary<string, double> all = new(counters.All()) { ["draining"] = connections.Draining ? 1 : 0, ["host_ready"] = host.Ready ? 1 : 0 };
        try
        {
            foreach (var (name, value) in await host.StatsAsync(context.RequestAborted))
                all[name] = double.IsFinite(value) ? value : 0;
            if (host.Rules.Modes.Values.Any(mode => mode.BattleServers))
            {
                var registry = await host.AskAsync(
                    new(ActorKind.BattleServerRegistry, host.Rules.Region), new GetServers(), context.RequestAborted);
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

        return Results.Json(all, HttpJson.Default.DictionaryStringDouble);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The host did not answer /stats: {Why}")]
    private static partial void LogUnavailable(ILogger log, string why);
}
