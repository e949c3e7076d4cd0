using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace GameServer.Edge;

/// <summary>
/// Puts the framework's reading of forwarded headers before all else, for the peers in <see cref="EdgeOptions.TrustedProxies"/> and no other.
/// </summary>
internal sealed class TrustedProxies(EdgeOptions options) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        if (options.TrustedProxies is { Count: > 0 } proxies)
            app.UseForwardedHeaders(Believing(proxies));
        next(app);
    };

    private static ForwardedHeadersOptions Believing(IReadOnlyList<IPNetwork> proxies)
    {
        ForwardedHeadersOptions believed = new()
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            ForwardLimit = null, // As far as trusted proxies go, and one further.
        };
        believed.KnownProxies.Clear();
        believed.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
            believed.KnownIPNetworks.Add(proxy);
        return believed;
    }
}
