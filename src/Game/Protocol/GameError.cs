namespace GameServer.Game;

/// <summary>A refusal, as told to the client.</summary>
/// <param name="Code">Which.</param>
/// <param name="Message">What was wrong and what is allowed, for a person.</param>
public sealed record GameError(ErrorCode Code, string Message)
{
    /// <summary>The code's name on the wire, such as <c>not_in_room</c>.</summary>
    public static string NameOf(ErrorCode code) => code switch
    {
        ErrorCode.None => "none",
        ErrorCode.BadJson => "bad_json",
        ErrorCode.BadMessage => "bad_message",
        ErrorCode.UnknownAction => "unknown_action",
        ErrorCode.UnknownMode => "unknown_mode",
        ErrorCode.InvalidScore => "invalid_score",
        ErrorCode.InvalidTarget => "invalid_target",
        ErrorCode.NotInRoom => "not_in_room",
        ErrorCode.NoOpponent => "no_opponent",
        ErrorCode.Dead => "dead",
        ErrorCode.Frozen => "frozen",
        ErrorCode.AttackNotReady => "attack_not_ready",
        ErrorCode.NotRoomOwner => "not_room_owner",
        ErrorCode.BattleInProgress => "battle_in_progress",
        ErrorCode.RateLimited => "rate_limited",
        ErrorCode.Unauthorized => "unauthorized",
        ErrorCode.Unavailable => "unavailable",
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, "There is no such error."),
    };
}
