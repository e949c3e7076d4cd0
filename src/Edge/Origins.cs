using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace GameServer.Edge;

/// <summary>
/// Which web pages may call and connect. Browsers say of which origin a page is, and a page cannot lie about it; other programs say
/// nothing, and are not what this is about.
/// </summary>
internal sealed class Origins(EdgeOptions options)
{
    /// <summary>Why a page is refused.</summary>
    public const string NotAllowed = "pages of this origin may not call here";

    private readonly IReadOnlyList<string>? allowed = options.CorsOrigins;

    /// <summary>Whether the request comes from a page that may not make it.</summary>
    public bool Refuses(HttpRequest request) =>
        allowed is not null && request.Headers.Origin is { Count: > 0 } origin && !allowed.Contains(origin.ToString(), StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// CORS by hand, because the workshop's clients get these headers on every answer, and an OPTIONS is answered also where it is no
    /// preflight. A page that is refused is allowed to read that, and nothing else: or it would try again for ever.
    /// </summary>
    public void Allow(HttpContext context)
    {
        var headers = context.Response.Headers;
        if (allowed is null)
        {
            headers.AccessControlAllowOrigin = "*";
        }
        else
        {
            headers.Vary = StringValues.Concat(headers.Vary, "Origin");
            if (Refuses(context.Request) && HttpMethods.IsOptions(context.Request.Method))
                return;
            headers.AccessControlAllowOrigin = context.Request.Headers.Origin;
        }

        headers.AccessControlAllowMethods = "POST,OPTIONS";
        headers.AccessControlAllowHeaders = "Content-Type,Authorization";
    }
}
