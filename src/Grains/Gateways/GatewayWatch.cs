using System.Collections.Concurrent;
using GameServer.Grains.Abstractions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GameServer.Grains;

/// <summary>
/// Tells the players on this silo when the gateway that holds their connection is gone: one question for each gateway every two seconds, however many
/// players it has. A player whose client comes back through another gateway first does not notice.
/// </summary>
public sealed partial class GatewayWatch(IGrainFactory grains, TimeProvider time, ILogger<GatewayWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, bool>> players = [];

    /// <summary>A player of this silo has its connection there.</summary>
    public void Watch(string gateway, string userId) => players.GetOrAdd(gateway, _ => [])[userId] = true;

    /// <summary>The connection is closed.</summary>
    public void Unwatch(string gateway, string userId)
    {
        if (players.TryGetValue(gateway, out var there))
            there.TryRemove(userId, out _);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var (gateway, there) in players)
            {
                try
                {
                    if (there.IsEmpty || await grains.GetGrain<IGatewayLeaseGrain>(gateway).Holds())
                        continue;
                    LogLost(logger, gateway, there.Count);
                    players.TryRemove(gateway, out _);
                    foreach (var userId in there.Keys)
                        grains.GetGrain<IPlayerGrain>(userId).GatewayLost(gateway).AsTask().Ignore();
                }
                catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
                {
                    LogUnknown(logger, gateway, exception.Message);
                }
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Gateway {Gateway} is gone; {Players} player(s) here had their connection there.")]
    private static partial void LogLost(ILogger logger, string gateway, int players);

    [LoggerMessage(2, LogLevel.Information, "Whether gateway {Gateway} is alive is not known now: {Reason}")]
    private static partial void LogUnknown(ILogger logger, string gateway, string reason);
}
