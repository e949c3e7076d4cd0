using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GameServer.Hosting.Listening;

/// <summary>
/// The server's socket transport with a bound on what is open, kept where connections are accepted. The server's own bound
/// (<c>MaxConcurrentConnections</c>) is looked at later, on the thread pool, when any number of further ones may have been accepted; and a
/// process that is out of descriptors accepts in a loop without a pause and without a word.
/// </summary>
internal sealed class BoundedTransport(
    IOptions<SocketTransportOptions> options, ILoggerFactory loggers, OpenConnections connections, TimeProvider time) : IConnectionListenerFactory
{
    private readonly SocketTransportFactory sockets = new(options, loggers);

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(await sockets.BindAsync(endpoint, cancellationToken), connections, time);

    private sealed class Listener(IConnectionListener inner, OpenConnections connections, TimeProvider time) : IConnectionListener
    {
        /// <summary>
        /// How long a server that stops waits for requests that have begun. It would wait as long as it is allowed to, and who sends half a
        /// request would decide how long a stop takes.
        /// </summary>
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

        private ITimer? end;

        public EndPoint EndPoint => inner.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await inner.AcceptAsync(cancellationToken) is { } accepted)
            {
                if (await connections.AddAsync(accepted) is { } counted)
                    return counted;
                // Before the next is accepted: so never more than one is open beyond the bound.
                accepted.Abort(new ConnectionAbortedException("Too many connections are open."));
                await accepted.DisposeAsync();
            }

            return null;
        }

        /// <summary>The server stops, and takes no more connections from now on.</summary>
        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            end ??= time.CreateTimer(
                _ => connections.Abort("the server stops, and their requests did not end."), null, Patience, Timeout.InfiniteTimeSpan);
            return inner.UnbindAsync(cancellationToken);
        }

        public async ValueTask DisposeAsync()
        {
            if (end is not null)
                await end.DisposeAsync();
            await inner.DisposeAsync();
        }
    }
}
