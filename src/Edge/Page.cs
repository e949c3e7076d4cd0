using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace GameServer.Edge;

/// <summary>
/// The game in the browser: the files of <c>wwwroot</c>, part of the assembly. A browser asks each time whether its copy is still good
/// (<c>ETag</c>), and so never mixes the files of two versions.
/// </summary>
internal static class Page
{
    private const string Folder = "wwwroot/";

    // Nothing but the page's own files runs, loads or is spoken to ('self' is also the WebSocket of the same origin), and no other page may
    // frame it, to have its buttons pressed by someone who sees something else.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; media-src 'self'; "
        + "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Serves every file in the assembly's <c>wwwroot</c>, except the index.</summary>
    /// <returns>What answers <c>/</c>: the index, or 404 if there is none.</returns>
    public static RequestDelegate Map(IEndpointRouteBuilder endpoints, Assembly assembly)
    {
        RequestDelegate index = static context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        };
        FileExtensionContentTypeProvider types = new();
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)))
        {
            var path = resource[Folder.Length..];
            if (!types.TryGetContentType(path, out var type))
                type = "application/octet-stream";
            if (type.StartsWith("text/", StringComparison.Ordinal))
                type += "; charset=utf-8";
            var serve = Serve(Read(assembly, resource), type);
            if (path == "index.html")
                index = serve;
            else
                endpoints.MapMethods("/" + path, [HttpMethods.Get, HttpMethods.Head], serve);
        }

        return index;
    }

    private static byte[] Read(Assembly assembly, string resource)
    {
        using var stream = assembly.GetManifestResourceStream(resource)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static RequestDelegate Serve(byte[] content, string type)
    {
        EntityTagHeaderValue tag = new($"\"{Convert.ToHexStringLower(SHA256.HashData(content)[..16])}\"");
        return context =>
        {
            var headers = context.Response.Headers;
            headers.CacheControl = "no-cache";
            headers.XContentTypeOptions = "nosniff";
            headers.ContentSecurityPolicy = ContentSecurityPolicy;
            headers.XFrameOptions = "DENY";
            headers["Referrer-Policy"] = "no-referrer";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
            return Results.Bytes(content, type, entityTag: tag).ExecuteAsync(context);
        };
    }
}
