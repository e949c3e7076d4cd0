namespace GameServer.Game;

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

/// <summary>Close the connection, after what was sent to it before.</summary>
/// <param name="Code">The WebSocket close code, protocol section 4.</param>
/// <param name="Reason">For a person.</param>
public sealed record CloseFrame(int Code, string Reason) : ClientFrame;
