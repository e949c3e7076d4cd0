using GameServer.Game;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace GameServer.Edge;

/// <summary>
/// Stands before all that the edge serves, whatever the path: each request costs its address a token, and what goes wrong with a request
/// because of its client is the client's status and a line for who looks for it, never an error of the server. The health checks cost
/// nothing: a load balancer must get its answer, which takes no more than a refusal would.
/// </summary>
internal sealed partial class CallGate(RateLimits limits, ILogger<CallGate> log)
{
    /// <summary>Lets a request pass, or answers it.</summary>
    public async Task PassAsync(HttpContext context, RequestDelegate next)
    {
        var kind = context.GetEndpoint()?.Metadata.GetMetadata<CallKind>();
        if (kind != CallKind.Health && !limits.TryCall(context.Connection.RemoteIpAddress))
        {
            await RefuseAsync(context, kind, StatusCodes.Status429TooManyRequests, "too many calls from this address; try again");
            return;
        }

        try
        {
            await next(context);
        }
        catch (BadHttpRequestException e)
        {
            // A body that is no chunks, ends too early, is too long or comes too slowly.
            LogClientsFault(log, context.Request.Path.Value, e.StatusCode, e.Message);
            if (!context.Response.HasStarted)
                await RefuseAsync(context, kind, e.StatusCode, e.Message);
        }
        catch (IOException e) when (e is not ConnectionResetException && !context.RequestAborted.IsCancellationRequested)
        {
            // The server's own word for a chunk whose length is no number. Nothing else is read from or written to here but the request.
            LogClientsFault(log, context.Request.Path.Value, StatusCodes.Status400BadRequest, e.Message);
            if (!context.Response.HasStarted)
                await RefuseAsync(context, kind, StatusCodes.Status400BadRequest, e.Message);
        }
        catch (Exception e) when (e is ConnectionResetException or ConnectionAbortedException
            || (e is IOException or OperationCanceledException && context.RequestAborted.IsCancellationRequested))
        {
            LogGone(log, context.Request.Path.Value, e.Message); // Nobody is left to answer.
        }
    }

    private static async Task RefuseAsync(HttpContext context, CallKind? kind, int status, string message)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (status == StatusCodes.Status429TooManyRequests)
            context.Response.Headers.RetryAfter = "1";
        if (kind == CallKind.Connect)
            await SocketEndpoint.RefuseAsync(
                context, status, status == StatusCodes.Status429TooManyRequests ? ErrorCode.RateLimited : ErrorCode.BadMessage, message);
        else
            await HttpCall.Message(status, message).ExecuteAsync(context);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "A request to {Path} was broken, answered {Status}: {Why}")]
    private static partial void LogClientsFault(ILogger log, string? path, int status, string why);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The client of a request to {Path} is gone: {Why}")]
    private static partial void LogGone(ILogger log, string? path, string why);
}
