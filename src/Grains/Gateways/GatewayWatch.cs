using GameServer.Game;
using GameServer.Grains.Abstractions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GameServer.Grains;

/// <summary>
/// Tells the players on this silo when the gateway that holds their connection is gone: one question for each gateway every two seconds,
/// however many players it has, and each player again until it has taken the news. A player whose client comes back through another gateway
/// first does not notice.
/// </summary>
public sealed partial class GatewayWatch(IGrainFactory grains, TimeProvider time, ILogger<GatewayWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Players told at one time: they all save the news, and a call that waits too long behind the others is dropped and must be made
    /// again.
    /// </summary>
    private const int MostAtOnce = 64;

    private readonly Lock gate = new();

    /// <summary>Whose connections are where, by gateway and the connection's number there.</summary>
    private readonly Dictionary<string, Dictionary<long, string>> gateways = [];

    /// <summary>A player of this silo has this connection.</summary>
    public void Watch(ConnectionId connection, string userId)
    {
        lock (gate)
        {
            if (!gateways.TryGetValue(connection.Gateway, out var there))
                gateways[connection.Gateway] = there = [];
            there[connection.Number] = userId;
        }
    }

    /// <summary>The connection is closed, or its player is not on this silo any more.</summary>
    public void Unwatch(ConnectionId connection)
    {
        lock (gate)
        {
            if (gateways.TryGetValue(connection.Gateway, out var there) && there.Remove(connection.Number) && there.Count == 0)
                gateways.Remove(connection.Gateway);
        }
    }

    /// <summary>The connections that are watched now.</summary>
    internal IReadOnlyCollection<ConnectionId> Watched
    {
        get
        {
            lock (gate)
                return [.. gateways.SelectMany(gateway => gateway.Value.Keys.Select(number => new ConnectionId(gateway.Key, number)))];
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            string[] names;
            lock (gate)
                names = [.. gateways.Keys];
            foreach (var name in names)
            {
                try
                {
                    if (!await grains.GetGrain<IGatewayLeaseGrain>(name).Holds())
                        await TellAsync(name, stoppingToken);
                }
                catch (Exception exception) when (exception is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
                {
                    LogUnknown(logger, name, exception.Message);
                }
            }
        }
    }

    private async Task TellAsync(string gateway, CancellationToken stoppingToken)
    {
        Dictionary<long, string>? there;
        lock (gate)
        {
            if (!gateways.Remove(gateway, out there))
                return;
        }

        LogLost(logger, gateway, there.Count);
        var bounded = new ParallelOptions { MaxDegreeOfParallelism = MostAtOnce, CancellationToken = stoppingToken };
        await Parallel.ForEachAsync(there, bounded, async (player, _) =>
        {
            try
            {
                await grains.GetGrain<IPlayerGrain>(player.Value).GatewayLost(gateway);
            }
            catch (Exception exception)
            {
                LogNotTold(logger, player.Value, gateway, exception.Message);
                Watch(new(gateway, player.Key), player.Value); // For the next round.
            }
        });
    }

    [LoggerMessage(1, LogLevel.Warning, "Gateway {Gateway} is gone; {Connections} connection(s) of players here were there.")]
    private static partial void LogLost(ILogger logger, string gateway, int connections);

    [LoggerMessage(2, LogLevel.Information, "Whether gateway {Gateway} is alive is not known now: {Reason}")]
    private static partial void LogUnknown(ILogger logger, string gateway, string reason);

    [LoggerMessage(3, LogLevel.Information, "Could not notify {Player} that gateway {Gateway} is gone; retrying: {Reason}")]
    private static partial void LogNotTold(ILogger logger, string player, string gateway, string reason);
}
