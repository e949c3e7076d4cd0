using System.Text.Json;
using GameServer.Game;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace GameServer.Edge;

/// <summary>
/// Where players connect. Refuses before the upgrade, in the form of the protocol's errors: 400 with <c>bad_message</c>, 401
/// and 403 <c>unauthorized</c>, 429 <c>rate_limited</c>, 503 <c>unavailable</c>.
/// </summary>
internal sealed class SocketEndpoint(
    ConnectionSurroundings around, ConnectionTable connections, RateLimits limits, KeptSessions kept, PlayerTokens tokens, Origins origins,
    EdgeOptions options)
{
    /// <summary>
    /// Answers a request to connect. One without an upgrade is judged in the same way and then told that it needs one: browsers do not
    /// show a script why an upgrade was refused, so it can ask again in this way, from a page of any origin.
    /// </summary>
    public async Task ConnectAsync(HttpContext context)
    {
        origins.Allow(context);
        var address = context.Connection.RemoteIpAddress;
        if (origins.Refuses(context.Request))
        {
            await RefuseAsync(context, StatusCodes.Status403Forbidden, ErrorCode.Unauthorized, Origins.NotAllowed);
            return;
        }

        var (who, status, problem) = Handshake.Read(context.Request, tokens);
        if (who is null)
        {
            await RefuseAsync(
                context, status, status == StatusCodes.Status401Unauthorized ? ErrorCode.Unauthorized : ErrorCode.BadMessage, problem);
            return;
        }

        if (connections.Draining || !around.Host.Ready)
        {
            await RefuseAsync(
                context, StatusCodes.Status503ServiceUnavailable, ErrorCode.Unavailable, "this server is starting or draining; try again");
            return;
        }

        if (who.Registration is not null && await WhyVoidAsync(who.UserId, who.Registration, context.RequestAborted) is { } refusal)
        {
            await RefuseAsync(context, refusal.Status, refusal.Code, refusal.Problem);
            return;
        }

        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.Headers.Upgrade = "websocket";
            context.Response.Headers.SecWebSocketVersion = "13";
            await RefuseAsync(context, StatusCodes.Status426UpgradeRequired, ErrorCode.BadMessage, "connect here with a WebSocket");
            return;
        }

        using var admission = limits.TryConnect(address, who.UserId);
        if (admission is null)
        {
            await RefuseAsync(context, StatusCodes.Status429TooManyRequests, ErrorCode.RateLimited,
                $"too many connections from this address; allowed are {options.ConnectionsPerAddress}");
            return;
        }

        await RunAsync(context, who, admission);
    }

    /// <summary>Answers in the form of the protocol's errors.</summary>
    public static async Task RefuseAsync(HttpContext context, int status, ErrorCode code, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (status == StatusCodes.Status401Unauthorized)
            context.Response.Headers.WWWAuthenticate = "Bearer";
        if (status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
            context.Response.Headers.RetryAfter = "1";
        await context.Response.Body.WriteAsync(
            JsonSerializer.SerializeToUtf8Bytes(new RefusalBody(GameError.NameOf(code), message), HttpJson.Default.RefusalBody), context.RequestAborted);
    }

    private async Task RunAsync(HttpContext context, Handshake who, RateLimits.Admission admission)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext
        {
            SubProtocol = who.Version == ProtocolVersion.V2 ? Handshake.V2 : null,
            KeepAliveInterval = options.KeepAliveInterval,
            KeepAliveTimeout = options.KeepAliveTimeout,
        });
        Connect connect = new(
            connections.NextId(), who.Version, ResumeToken.New(who.UserId, who.Guest), who.Resume, who.LastSeq, LastScore: null, who.Guest,
            Registration: who.Registration);
        Connection connection = new(who.UserId, connect, admission, around);
        var transport = context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>();
        CancellationTokenSource cut = new(); // Holds nothing to dispose of, and may be cancelled late.
        connections.Add(connection);
        kept.Connected(who.UserId);
        around.Counters.Opened();
        try
        {
            await connection.RunAsync(socket, context.Features.Get<CorkedUpgrade>()?.Stream, Cut, cut.Token);
        }
        finally
        {
            around.Counters.Closed(connection.Outgoing.Superseded);
            connections.Remove(connection);
        }

        if (who.Version == ProtocolVersion.V2)
            await kept.ClosedAsync(who.UserId, connection.Id, context.Connection.RemoteIpAddress);

        void Cut()
        {
            cut.Cancel();
            transport.Abort();
        }
    }

    // A token outlives its registration: who was deleted may not come back with it, least of all when the name is another's by now.
    private async ValueTask<(int Status, ErrorCode Code, string Problem)?> WhyVoidAsync(
        string userId, string registration, CancellationToken cancellationToken)
    {
        try
        {
            var player = await around.Host.AskAsync(new(ActorKind.Player, userId), new GetRecord(), cancellationToken);
            return player.Registered && (player.Registration ?? "") == registration
                ? null
                : (StatusCodes.Status401Unauthorized, ErrorCode.Unauthorized, UserCalls.VoidToken);
        }
        catch (HostUnavailableException)
        {
            return (StatusCodes.Status503ServiceUnavailable, ErrorCode.Unavailable, "not possible now; try again");
        }
    }
}

/// <summary>Why a connect was refused: the data of the protocol's <c>error</c>.</summary>
internal sealed record RefusalBody(string Code, string Message);
