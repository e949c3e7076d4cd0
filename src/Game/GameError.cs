namespace GameServer.Game;

/// <summary>Why a request was refused. The names on the wire are those of the protocol, section 2.</summary>
public enum ErrorCode : byte
{
    /// <summary>Not an error.</summary>
    None = 0,

    /// <summary>The frame is not JSON.</summary>
    BadJson,

    /// <summary>JSON, but not a request: not an object, no action, a field of the wrong type.</summary>
    BadMessage,

    /// <summary>No such action.</summary>
    UnknownAction,

    /// <summary>No such mode.</summary>
    UnknownMode,

    /// <summary>The score is missing or no integer from 0 to 2147483647.</summary>
    InvalidScore,

    /// <summary>The target of an attack is missing, oneself, or nobody in this battle.</summary>
    InvalidTarget,

    /// <summary>The player is in no room.</summary>
    NotInRoom,

    /// <summary>The player still waits for an opponent.</summary>
    NoOpponent,

    /// <summary>The player is dead in this battle.</summary>
    Dead,

    /// <summary>The player is frozen by an attack.</summary>
    Frozen,

    /// <summary>The player's score is too low to attack in this mode.</summary>
    AttackNotReady,

    /// <summary>Only the owner may destroy the waiting room.</summary>
    NotRoomOwner,

    /// <summary>Not possible while the battle goes on.</summary>
    BattleInProgress,

    /// <summary>Too many requests.</summary>
    RateLimited,

    /// <summary>The player may not do this.</summary>
    Unauthorized,

    /// <summary>Not possible now; try again.</summary>
    Unavailable,
}

/// <summary>A refusal, as told to the client.</summary>
/// <param name="Code">Which.</param>
/// <param name="Message">What was wrong and what is allowed, for a person.</param>
public sealed record GameError(ErrorCode Code, string Message)
{
    private static readonly string[] Names =
    [
        "none", "bad_json", "bad_message", "unknown_action", "unknown_mode", "invalid_score", "invalid_target", "not_in_room", "no_opponent",
        "dead", "frozen", "attack_not_ready", "not_room_owner", "battle_in_progress", "rate_limited", "unauthorized", "unavailable",
    ];

    /// <summary>The code's name on the wire, such as <c>not_in_room</c>.</summary>
    public static string NameOf(ErrorCode code) => Names[(int)code];
}
