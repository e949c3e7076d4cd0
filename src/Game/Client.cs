namespace GameServer.Game;

/// <summary>
/// One WebSocket connection. The number is never used again by its gateway; in a late message it names a connection that is gone, and so
/// the message touches nothing.
/// </summary>
/// <param name="Gateway">The gateway process that holds it; empty in a single process.</param>
/// <param name="Number">Its number there.</param>
public readonly record struct ConnectionId(string Gateway, long Number);

/// <summary>Which generation of the protocol a connection speaks.</summary>
public enum ProtocolVersion : byte
{
    /// <summary>The workshop's: pushes and nothing else.</summary>
    V1 = 1,

    /// <summary>Adds sequence numbers, replies and resume.</summary>
    V2 = 2,
}

/// <summary>
/// A request's id as the client gave it: a JSON string or integer, kept as its JSON text so that it comes back the same.
/// </summary>
/// <param name="Json">The JSON text, such as <c>7</c> or <c>"seven"</c>; at most 128 bytes.</param>
public readonly record struct RequestId(string Json);

/// <summary>What goes to one connection.</summary>
public abstract record ClientFrame;

/// <summary>Version 2's first frame.</summary>
/// <param name="UserId">Who the player is (a guest learns the name here).</param>
/// <param name="ResumeToken">What to connect with to go on with this session; a new one for each connection.</param>
/// <param name="Resumed">The session goes on that the client asked for; false: another one has begun.</param>
public sealed record WelcomeFrame(string UserId, string ResumeToken, bool Resumed) : ClientFrame;

/// <summary>A push, with its number in the player's sequence.</summary>
/// <param name="Seq">1, 2, 3 … for each player; version 1 does not show it.</param>
/// <param name="Push">What is pushed.</param>
/// <param name="Confirm">The player wants a <see cref="PushWritten"/> once the frame went out to the socket.</param>
public sealed record PushFrame(long Seq, Push Push, bool Confirm) : ClientFrame;

/// <summary>The request with this id took effect.</summary>
/// <param name="Id">The request's id.</param>
public sealed record OkFrame(RequestId Id) : ClientFrame;

/// <summary>A request was refused; nothing changed.</summary>
/// <param name="Error">Why.</param>
/// <param name="Request">The action as received, or null.</param>
/// <param name="Id">The request's id, if it had one.</param>
/// <param name="Stands">For a refused score that came with a number: what the gateway, which remembers it, is to remember instead.</param>
public sealed record ErrorFrame(GameError Error, string? Request, RequestId? Id, StandingScore? Stands = null) : ClientFrame;

/// <summary>The score a player has after one was refused.</summary>
/// <param name="Number">The number of the refused request, see <see cref="Game.Request.Number"/>.</param>
/// <param name="Score">The score; null: the player has sent none in this battle, or is in none.</param>
public readonly record struct StandingScore(long Number, int? Score);

/// <summary>Close the connection, after what was sent to it before.</summary>
/// <param name="Code">The WebSocket close code, protocol section 4.</param>
/// <param name="Reason">For a person.</param>
public sealed record CloseFrame(int Code, string Reason) : ClientFrame;

/// <summary>The close codes of the protocol, section 4.</summary>
public static class CloseCodes
{
    /// <summary>This server is draining: reconnect.</summary>
    public const int Draining = 1001;

    /// <summary>A newer connection of the same player took over.</summary>
    public const int Replaced = 4001;

    /// <summary>Not, or no longer, allowed to be this player.</summary>
    public const int Unauthorized = 4002;

    /// <summary>Too many messages.</summary>
    public const int RateLimited = 4003;

    /// <summary>The client reads too slowly; it may resume.</summary>
    public const int TooSlow = 4004;
}
