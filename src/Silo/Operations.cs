using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using GameServer.Grains;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace GameServer.Silo;

/// <summary>What an operator and a load balancer ask a silo.</summary>
internal static class Operations
{
    private const string Ready = "ready";

    public static void AddHealth(this IServiceCollection services) =>
        services.AddHealthChecks().AddCheck<Readiness>("silo", tags: [Ready]);

    /// <summary>
    /// Live: this process alone, nothing remote. Ready: an active member of the cluster that can save what players do, reaches directory and
    /// storage, and is not about to stop. Neither asks anything when it is called.
    /// </summary>
    public static void MapHealth(this WebApplication app)
    {
        app.MapHealthChecks("/health/live", new() { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new() { Predicate = check => check.Tags.Contains(Ready) });
    }

    /// <summary>Asks for the user <c>operator</c> and this password (HTTP basic authentication: put TLS in front).</summary>
    public static void RequirePassword(this RouteGroupBuilder group, string password)
    {
        var expected = SHA256.HashData(Encoding.UTF8.GetBytes($"operator:{password}"));
        ((IEndpointConventionBuilder)group).Add(endpoint =>
        {
            var inner = endpoint.RequestDelegate;
            endpoint.RequestDelegate = context =>
            {
                if (Matches(context.Request.Headers.Authorization, expected))
                    return inner!(context);
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                context.Response.Headers.WWWAuthenticate = "Basic realm=\"dashboard\", charset=\"UTF-8\"";
                return Task.CompletedTask;
            };
        });
    }

    private static bool Matches(string? header, byte[] expected)
    {
        if (!AuthenticationHeaderValue.TryParse(header, out var given) || !given.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase))
            return false;
        var credentials = new byte[(given.Parameter ?? "").Length];
        return Convert.TryFromBase64String(given.Parameter ?? "", credentials, out var length)
            && CryptographicOperations.FixedTimeEquals(SHA256.HashData(credentials.AsSpan(0, length)), expected);
    }

    private sealed class Readiness(
        ISiloStatusOracle silo, SiloHealth health, FailingActors failing, IHostApplicationLifetime lifetime) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(
            lifetime.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("stopping")
            : silo.CurrentStatus != SiloStatus.Active ? HealthCheckResult.Unhealthy(silo.CurrentStatus.ToString())
            : failing.Problem is { } problem ? HealthCheckResult.Unhealthy(problem)
            : health.Serves ? HealthCheckResult.Healthy("active")
            : HealthCheckResult.Unhealthy("directory or storage do not answer"));
    }
}
