using System.Globalization;
using System.Text;
using GameServer.Game;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace GameServer.Edge;

/// <summary>Who wants to connect and how, as read from the request of an upgrade (protocol, sections 1 and 4).</summary>
/// <param name="UserId">The player.</param>
/// <param name="Guest">Whether the name was made up, now or, as the token says, for an earlier connection.</param>
/// <param name="Version">The generation of the protocol asked for.</param>
/// <param name="Resume">The token of the session to resume, or null.</param>
/// <param name="LastSeq">The last push the client has, or null.</param>
/// <param name="Registration">The registration that the token is for; null where names are believed.</param>
internal sealed record Handshake(string UserId, bool Guest, ProtocolVersion Version, string? Resume, long? LastSeq, string? Registration = null)
{
    /// <summary>The WebSocket subprotocol of version 2.</summary>
    public const string V2 = "gameserver.v2";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// Reads and checks the request. On refusal the handshake is null, and the status 400 or 401 with what was wrong and what is allowed.
    /// </summary>
    public static (Handshake? Read, int Status, string Problem) Read(HttpRequest request, PlayerTokens tokens)
    {
        if (Query.Read(request.QueryString.Value, out var problem) is not { } query)
            return (null, StatusCodes.Status400BadRequest, problem);
        string? name = null;
        if (!string.IsNullOrEmpty(query.UserId) && (name = UserIds.Read(query.UserId, out problem)) is null)
            return (null, StatusCodes.Status400BadRequest, problem);

        var version = request.HttpContext.WebSockets.WebSocketRequestedProtocols.Contains(V2) ? ProtocolVersion.V2 : ProtocolVersion.V1;
        if (Resuming(query, version, out var lastSeq) is { } why)
            return (null, StatusCodes.Status400BadRequest, why);

        var (resumedUser, resumedGuest) = ("", false);
        if (query.Resume is not null && !ResumeToken.TryRead(query.Resume, out resumedUser, out resumedGuest))
            return (null, StatusCodes.Status400BadRequest, "resume is not a token that a welcome has given");
        if (query.Resume is not null && (name ??= resumedUser) != resumedUser)
            return (null, StatusCodes.Status400BadRequest, "resume is the token of another user_id");

        if (tokens.On)
        {
            if (tokens.Check(BearerOf(request) ?? query.Token, out problem) is not { } holder)
                return (null, StatusCodes.Status401Unauthorized, problem);
            name ??= holder.UserId;
            return name == holder.UserId
                ? (new(name, Guest: false, version, query.Resume, lastSeq, holder.Registration), 0, "")
                : (null, StatusCodes.Status401Unauthorized, "the token is another user's");
        }

        // A guest that comes back by its token alone says that it is one. The player's actor knows whether to believe it.
        var guest = name is null || (string.IsNullOrEmpty(query.UserId) && resumedGuest);
        return (new(name ?? UserIds.NewGuest(), guest, version, query.Resume, lastSeq), 0, "");
    }

    /// <summary>The token in the header <c>Authorization: Bearer</c>, or null.</summary>
    public static string? BearerOf(HttpRequest request)
    {
        const string scheme = "Bearer ";
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? header[scheme.Length..].Trim() : null;
    }

    /// <summary>Undoes percent-encoding; null if an escape is broken or the bytes are not UTF-8.</summary>
    public static string? Decode(ReadOnlySpan<char> encoded, bool plusIsSpace)
    {
        List<byte> bytes = new(encoded.Length);
        for (var i = 0; i < encoded.Length; i++)
        {
            if (encoded[i] == '%')
            {
                if (i + 2 >= encoded.Length || !byte.TryParse(encoded.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, null, out var value))
                    return null;
                bytes.Add(value);
                i += 2;
            }
            else if (encoded[i] > 127)
            {
                return null; // An address has no such characters unescaped.
            }
            else
            {
                bytes.Add((byte)(plusIsSpace && encoded[i] == '+' ? ' ' : encoded[i]));
            }
        }

        try
        {
            return Strict.GetString([.. bytes]);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static string? Resuming(Query query, ProtocolVersion version, out long? lastSeq)
    {
        lastSeq = null;
        if (query.Resume is null)
            return query.LastSeq is null ? null : "last_seq goes with resume, and there is none";
        if (version == ProtocolVersion.V1)
            return $"resume needs the subprotocol {V2}";
        if (query.LastSeq is null)
            return null;
        if (!long.TryParse(query.LastSeq, NumberStyles.None, CultureInfo.InvariantCulture, out var seq))
            return $"last_seq must be an integer from 0 to {long.MaxValue}";
        lastSeq = seq;
        return null;
    }

    /// <summary>The parameters the edge knows; each at most once, others are passed over.</summary>
    internal sealed record Query(string? UserId, string? Token, string? Resume, string? LastSeq)
    {
        public static Query? Read(string? text, out string problem)
        {
            problem = "";
            Dictionary<string, string> found = new(StringComparer.Ordinal);
            foreach (var pair in new QueryStringEnumerable(text))
            {
                var name = pair.DecodeName().ToString();
                if (name is not ("user_id" or "token" or "resume" or "last_seq"))
                    continue;
                if (Decode(pair.EncodedValue.Span, plusIsSpace: true) is not { } value)
                    problem = $"{name} is not percent-encoded UTF-8";
                else if (!found.TryAdd(name, value))
                    problem = $"{name} appears twice; allowed is once";
                if (problem.Length > 0)
                    return null;
            }

            return new(found.GetValueOrDefault("user_id"), found.GetValueOrDefault("token"), found.GetValueOrDefault("resume"),
                found.GetValueOrDefault("last_seq"));
        }
    }
}
