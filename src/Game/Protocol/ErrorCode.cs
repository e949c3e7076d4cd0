namespace GameServer.Game;

/// <summary>Why a request was refused. The names on the wire are those of the protocol, section 2; the numbers are stored and never change.</summary>
public enum ErrorCode : byte
{
    /// <summary>Not an error.</summary>
    None = 0,

    /// <summary>The frame is not JSON.</summary>
    BadJson = 1,

    /// <summary>JSON, but not a request: not an object, no action, a field of the wrong type.</summary>
    BadMessage = 2,

    /// <summary>No such action.</summary>
    UnknownAction = 3,

    /// <summary>No such mode.</summary>
    UnknownMode = 4,

    /// <summary>The score is missing or no integer from 0 to 2147483647.</summary>
    InvalidScore = 5,

    /// <summary>The target of an attack is missing, oneself, or nobody in this battle.</summary>
    InvalidTarget = 6,

    /// <summary>The player is in no room.</summary>
    NotInRoom = 7,

    /// <summary>The player still waits for an opponent.</summary>
    NoOpponent = 8,

    /// <summary>The player is dead in this battle.</summary>
    Dead = 9,

    /// <summary>The player is frozen by an attack.</summary>
    Frozen = 10,

    /// <summary>The player's score is too low to attack in this mode.</summary>
    AttackNotReady = 11,

    /// <summary>Only the owner may destroy the waiting room.</summary>
    NotRoomOwner = 12,

    /// <summary>Not possible while the battle goes on.</summary>
    BattleInProgress = 13,

    /// <summary>Too many requests.</summary>
    RateLimited = 14,

    /// <summary>The player may not do this.</summary>
    Unauthorized = 15,

    /// <summary>Not possible now; try again.</summary>
    Unavailable = 16,
}
