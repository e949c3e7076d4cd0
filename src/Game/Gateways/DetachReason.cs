namespace GameServer.Game;

/// <summary>How it is known that a connection has to be attached again.</summary>
public enum DetachReason : byte
{
    /// <summary>A call failed: its process may be lost, and what it had sent as well.</summary>
    CallFailed = 1,

    /// <summary>The player was loaded anew and does not know the connection.</summary>
    NotKnown = 2,

    /// <summary>A frame came before the welcome, which comes first.</summary>
    WelcomeMissing = 3,

    /// <summary>A push came whose predecessor did not, or the player has made pushes that did not come.</summary>
    PushMissing = 4,
}
