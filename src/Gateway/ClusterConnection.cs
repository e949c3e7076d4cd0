
namespace GameServer.Gateway;

/// <summary>A gateway that comes up before its silos waits for them, as long as it takes, and says so.</summary>
internal sealed partial class PatientConnection(ILogger<PatientConnection> logger, TimeProvider time) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        LogWaiting(logger, exception.Message);
        await Task.Delay(Delay, time, cancellationToken);
        return true;
    }

    [LoggerMessage(1, LogLevel.Warning, "No silo answers yet; waiting for one. ({Reason})")]
    private static partial void LogWaiting(ILogger logger, string reason);
}

/// <summary>Has all sessions looked at when a silo came or went.</summary>
internal sealed class ClusterChanges(IServiceProvider services) : IClusterConnectionStatusObserver
{
    public void NotifyGatewayCountChanged(int currentNumberOfGateways, int previousNumberOfGateways, bool connectionRecovered) =>
        services.GetRequiredService<GatewayHost>().ClusterChanged();

    public void NotifyClusterConnectionLost() => services.GetRequiredService<GatewayHost>().ClusterChanged();
}
