using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GameServer.Edge;

/// <summary>What the edge does when the program starts and before it stops.</summary>
internal sealed partial class EdgeLifetime(
    ConnectionTable connections, EdgeOptions options, TimeProvider time, ILogger<EdgeLifetime> log) : IHostedLifecycleService
{
    /// <summary>
    /// Drains: reports not ready and takes no new connections, waits for the load balancer to see it, closes all connections with
    /// 1001, and waits until the players' actors know. This comes before any service stops, so the host still answers.
    /// </summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        connections.StopTaking();
        LogDraining(log, connections.Count);
        try
        {
            await Task.Delay(options.DrainDelay, time, cancellationToken);
            await connections.DrainAsync().WaitAsync(2 * options.CloseTimeout, time, cancellationToken);
        }
        catch (Exception e) when (e is OperationCanceledException or TimeoutException)
        {
            LogNotDrained(log, connections.Count);
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(Level = LogLevel.Information, Message = "Draining {Count} connections")]
    private static partial void LogDraining(ILogger log, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} connections were not gone in time")]
    private static partial void LogNotDrained(ILogger log, int count);
}

/// <summary>Whether this process should be sent players.</summary>
internal sealed class Readiness(IGameHost host, ConnectionTable connections) : IHealthCheck
{
    /// <summary>The tag of the checks that <c>/health/ready</c> asks.</summary>
    public const string Tag = "ready";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        connections.Draining ? HealthCheckResult.Unhealthy("draining")
        : host.Ready ? HealthCheckResult.Healthy("ready")
        : HealthCheckResult.Unhealthy("the game cannot be reached"));
}
