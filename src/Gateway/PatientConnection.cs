namespace GameServer.Gateway;

/// <summary>A gateway that comes up before its silos waits for them, as long as it takes, and says so now and then.</summary>
internal sealed partial class PatientConnection(ILogger<PatientConnection> logger, TimeProvider time) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    /// <summary>Between two lines in the log: often enough for whoever looks, and no flood in a night.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);

    private long? told;

    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        if (told is not { } last || time.GetElapsedTime(last) >= Silence)
        {
            told = time.GetTimestamp();
            LogWaiting(logger, exception.Message);
        }

        await Task.Delay(Delay, time, cancellationToken);
        return true;
    }

    [LoggerMessage(1, LogLevel.Warning, "No silo answers yet; waiting for one. ({Reason})")]
    private static partial void LogWaiting(ILogger logger, string reason);
}
