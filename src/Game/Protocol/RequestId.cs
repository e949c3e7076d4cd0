namespace GameServer.Game;

/// <summary>
/// A request's id as the client gave it: a JSON string or integer, kept as its JSON text so that it comes back the same.
/// </summary>
/// <param name="Json">The JSON text, such as <c>7</c> or <c>"seven"</c>; at most 128 bytes.</param>
public readonly record struct RequestId(string Json);
