using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;

namespace GameServer.Hosting.Listening;

/// <summary>Tells <see cref="OpenConnections"/> which connections are in use, before anything else sees a request.</summary>
internal sealed class RequestsUnderWay(OpenConnections connections) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(async (context, rest) =>
        {
            if (OpenConnections.CountedConnection.Of(context.Features.Get<IConnectionItemsFeature>()?.Items) is not { } connection)
            {
                await rest(context);
                return;
            }

            connections.Begin(connection);
            try
            {
                await rest(context);
            }
            finally
            {
                connections.End(connection);
            }
        });
        next(app);
    };
}
