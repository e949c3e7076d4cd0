namespace GameServer.Game;

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
