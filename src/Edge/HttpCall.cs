using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace GameServer.Edge;

/// <summary>The answer to most calls: <c>{"msg": …}</c>, as in the workshop.</summary>
/// <param name="Msg">What happened, or what was wrong and what is allowed.</param>
/// <param name="Token">The new user's token, where tokens are on.</param>
internal sealed record Answer(string Msg, string? Token = null);

/// <summary>
/// A call that is refused: thrown where it is found out, answered in one place, <see cref="HttpCall.AnswerRefusalsAsync"/>.
/// </summary>
internal sealed class CallRefusedException(int status, string message) : Exception(message)
{
    public int Status => status;
}

/// <summary>What the HTTP calls share: reading a body, and turning refusals into answers.</summary>
internal static partial class HttpCall
{
    /// <summary>The longest body, in bytes.</summary>
    public const int MaxBodyBytes = 4 * 1024;

    private static readonly JsonDocumentOptions Strictly = new() { AllowDuplicateProperties = false };

    /// <summary>An answer with a message.</summary>
    public static IResult Message(int status, string message) =>
        Results.Json(new Answer(message), HttpJson.Default.Answer, statusCode: status);

    /// <summary>Reads the body, a JSON object of at most 4 KB.</summary>
    /// <remarks>
    /// It must say that it is JSON: that a page of another origin can say only if it is allowed to, while a form can send any text.
    /// </remarks>
    /// <exception cref="CallRefusedException">It says that it is something else (415), is longer (413), not JSON or no object (400).</exception>
    public static async ValueTask<JsonDocument> ReadObjectAsync(HttpRequest request)
    {
        if (!request.HasJsonContentType())
            throw new CallRefusedException(StatusCodes.Status415UnsupportedMediaType, "the body must have the Content-Type application/json");
        var buffer = new byte[MaxBodyBytes + 1];
        var length = await request.Body.ReadAtLeastAsync(
            buffer, buffer.Length, throwOnEndOfStream: false, request.HttpContext.RequestAborted);
        if (length > MaxBodyBytes)
            throw new CallRefusedException(StatusCodes.Status413PayloadTooLarge, $"the body is too long; allowed are {MaxBodyBytes} bytes");
        JsonDocument? document = null;
        try
        {
            document = JsonDocument.Parse(buffer.AsMemory(0, length), Strictly);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second is the reader's way to say that an escape such as \ud800 stands for no character.
            throw new CallRefusedException(
                StatusCodes.Status400BadRequest, "the body is not JSON, or has a field twice; allowed is one JSON object");
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object)
            return document;
        document.Dispose();
        throw new CallRefusedException(StatusCodes.Status400BadRequest, "the body must be a JSON object");
    }

    /// <summary>The text of a field; null if it is missing or null.</summary>
    /// <exception cref="CallRefusedException">It is no string, or not valid Unicode.</exception>
    public static string? Text(JsonElement body, string name)
    {
        if (!body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        if (value.ValueKind != JsonValueKind.String)
            throw new CallRefusedException(StatusCodes.Status400BadRequest, $"{name} must be a string");
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            throw new CallRefusedException(StatusCodes.Status400BadRequest, $"{name} is not valid Unicode");
        }
    }

    /// <summary>The filter around every call: the rate limit before, and what is thrown turned into an answer.</summary>
    public static async ValueTask<object?> AnswerRefusalsAsync(
        EndpointFilterInvocationContext invocation, EndpointFilterDelegate next, RateLimits limits, ILogger log)
    {
        var context = invocation.HttpContext;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (!limits.TryCall(context.Connection.RemoteIpAddress))
        {
            context.Response.Headers.RetryAfter = "1";
            return Message(StatusCodes.Status429TooManyRequests, "too many calls from this address; try again");
        }

        try
        {
            return await next(invocation);
        }
        catch (CallRefusedException e)
        {
            if (e.Status == StatusCodes.Status401Unauthorized)
                context.Response.Headers.WWWAuthenticate = "Bearer";
            return Message(e.Status, e.Message);
        }
        catch (HostUnavailableException e)
        {
            LogUnavailable(log, context.Request.Path, e.Message);
            context.Response.Headers.RetryAfter = "1";
            return Message(StatusCodes.Status503ServiceUnavailable, "not possible now; try again");
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The host did not answer {Path}: {Why}")]
    private static partial void LogUnavailable(ILogger log, string path, string why);
}
