using System.Buffers;
using System.Text.Json;
using GameServer.Game;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace GameServer.Edge;

/// <summary>The calls about users (protocol, section 5).</summary>
internal sealed class UserCalls(IGameHost host, PlayerTokens tokens)
{
    /// <summary>Why a token is refused that we have signed, and that has not expired.</summary>
    public const string VoidToken = "the token is void: its user was deleted, or it was renewed";

    /// <summary><c>POST /create_user</c>.</summary>
    public async Task<IResult> CreateAsync(HttpContext context)
    {
        var userId = await ReadUserIdAsync(context.Request);
        var registration = PlayerTokens.NewRegistration();
        if (!await host.AskAsync(new(ActorKind.Player, userId), new CreateUser(registration), context.RequestAborted))
            return HttpCall.Message(StatusCodes.Status400BadRequest, "user_id exists");
        return Results.Json(
            new Answer("create user success", tokens.On ? tokens.Issue(userId, registration) : null), HttpJson.Default.Answer);
    }

    /// <summary>
    /// <c>POST /renew_token</c>, where tokens are on: a new token for the one shown, which may have expired. The old one is void.
    /// </summary>
    public async Task<IResult> RenewAsync(HttpContext context)
    {
        if (!tokens.On)
            return HttpCall.Message(StatusCodes.Status400BadRequest, "there are no tokens here (Auth:Mode=open)");
        if (tokens.Check(TokenOf(context.Request), out var problem, renewing: true) is not { } holder)
            return Unauthorized(context, problem);
        var next = PlayerTokens.NewRegistration();
        return await host.AskAsync(new(ActorKind.Player, holder.UserId), new RenewRegistration(holder.Registration, next), context.RequestAborted)
            ? Results.Json(new Answer("renew token success", tokens.Issue(holder.UserId, next)), HttpJson.Default.Answer)
            : Unauthorized(context, VoidToken);
    }

    /// <summary><c>POST /delete_user</c>. Where tokens are on it needs that user's.</summary>
    public async Task<IResult> DeleteAsync(HttpContext context)
    {
        var userId = await ReadUserIdAsync(context.Request);
        PlayerTokens.Holder? holder = null;
        if (tokens.On)
        {
            holder = tokens.Check(TokenOf(context.Request), out var problem);
            if (holder is null)
                return Unauthorized(context, problem);
            if (holder.UserId != userId)
                return Unauthorized(context, "the token is another user's");
        }

        if (await host.AskAsync(new(ActorKind.Player, userId), new DeleteUser(holder?.Registration), context.RequestAborted))
            return HttpCall.Message(StatusCodes.Status200OK, "delete user success");
        return holder is null ? HttpCall.Message(StatusCodes.Status400BadRequest, "user_id not exists") : Unauthorized(context, VoidToken);
    }

    /// <summary><c>GET /players/{user_id}</c>.</summary>
    public async Task<IResult> RecordAsync(HttpContext context)
    {
        // From the address as it was sent: the framework leaves %2F as it is, and so could not tell it from %252F.
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.AsSpan();
        const string before = "/players/";
        var start = target.IndexOf(before, StringComparison.OrdinalIgnoreCase) + before.Length;
        var end = target.IndexOf('?');
        if (start < before.Length || Handshake.Decode(target[start..(end < 0 ? target.Length : end)], plusIsSpace: false) is not { } text)
            return HttpCall.Message(StatusCodes.Status400BadRequest, "user_id is not percent-encoded UTF-8");
        if (UserIds.Read(text, out var problem) is not { } userId)
            return HttpCall.Message(StatusCodes.Status400BadRequest, problem);
        var player = await host.AskAsync(new(ActorKind.Player, userId), new GetRecord(), context.RequestAborted);
        if (!player.Known)
            return HttpCall.Message(StatusCodes.Status404NotFound, "user_id not exists");

        ArrayBufferWriter<byte> bytes = new(256);
        using (Utf8JsonWriter json = new(bytes))
        {
            json.WriteStartObject();
            json.WriteString("user_id"u8, userId);
            json.WriteBoolean("registered"u8, player.Registered);
            FrameWriter.WriteRecord(json, player.Record);
            json.WriteEndObject();
        }

        return Results.Bytes(bytes.WrittenMemory, "application/json; charset=utf-8");
    }

    private static string? TokenOf(HttpRequest request) => Handshake.BearerOf(request) ?? request.Query["token"];

    private static IResult Unauthorized(HttpContext context, string problem)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return HttpCall.Message(StatusCodes.Status401Unauthorized, problem);
    }

    private static async ValueTask<string> ReadUserIdAsync(HttpRequest request)
    {
        using var body = await HttpCall.ReadObjectAsync(request);
        var text = HttpCall.Text(body.RootElement, "user_id");
        if (string.IsNullOrEmpty(text))
            throw new CallRefusedException(StatusCodes.Status400BadRequest, "empty user_id");
        return UserIds.Read(text, out var problem) ?? throw new CallRefusedException(StatusCodes.Status400BadRequest, problem);
    }
}
