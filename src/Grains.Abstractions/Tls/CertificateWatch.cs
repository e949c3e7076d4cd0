using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GameServer.Grains.Abstractions;

/// <summary>Looks every ten seconds whether the certificate's files were replaced, and says what came of it.</summary>
public sealed partial class CertificateWatch(ClusterCertificates certificates, TimeProvider time, ILogger<CertificateWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        string? told = null;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (certificates.Renew(out var problem))
                LogRenewed(logger, certificates.Own.Subject, certificates.Own.NotAfter.ToUniversalTime());
            else if (problem is not null && problem != told)
                LogNotRenewed(logger, problem);
            told = problem;
        }
    }

    [LoggerMessage(1, LogLevel.Information, "New connections of the cluster show the certificate {Subject}, valid until {End:u}.")]
    private static partial void LogRenewed(ILogger logger, string subject, DateTime end);

    [LoggerMessage(2, LogLevel.Error, "The cluster's certificates could not be read again; those read before stay in use. {Problem}")]
    private static partial void LogNotRenewed(ILogger logger, string problem);
}
