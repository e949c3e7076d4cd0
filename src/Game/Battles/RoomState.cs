using System.Text.Json.Serialization;

namespace GameServer.Game;

/// <summary>Where a battle is in its life.</summary>
internal enum RoomPhase : byte
{
    /// <summary>There is no battle: not yet, or not any more.</summary>
    None = 0,

    /// <summary>Seats are offered.</summary>
    Forming = 1,

    /// <summary>The battle goes on.</summary>
    Battle = 2,

    /// <summary>The result is fixed; some players may not have it in their record yet.</summary>
    Settled = 3,
}

/// <summary>What a room stores.</summary>
internal sealed class RoomState
{
    public RoomPhase Phase { get; set; }
    public string Mode { get; set; } = "";
    public ModeRules Rules { get; set; } = new();
    public string RoomName { get; set; } = "";

    /// <summary>In order of joining.</summary>
    public List<RoomPlayer> Players { get; set; } = [];

    /// <summary>When the phase ends by itself: forming, the battle's limit, or the next time a settlement is told again.</summary>
    public DateTimeOffset PhaseEnds { get; set; }

    public DateTimeOffset SettledAt { get; set; }

    /// <summary>How often the room was loaded: the upper half of every event's number, so that numbers grow over a crash too.</summary>
    public int Life { get; set; }

    /// <summary>The last allocation seen; an older one is void.</summary>
    public long ServerFence { get; set; }

    public BattleServerEndpoint? Server { get; set; }

    /// <summary>Players were told that no server is free, and none has been allocated since.</summary>
    public bool NoServerTold { get; set; }

    /// <summary>When a room without a server asks for one again; null: it has one, or needs none.</summary>
    public DateTimeOffset? AskServerAt { get; set; }
}

/// <summary>One player in a room.</summary>
internal sealed class RoomPlayer : IFighter
{
    public required string UserId { get; init; }
    public required long JoinId { get; init; }
    public required long Number { get; init; }

    /// <summary>Took the seat.</summary>
    public bool Seated { get; set; }

    public int Score { get; set; }

    /// <summary>The last score the client reported, before attack costs.</summary>
    public int Sent { get; set; }

    /// <summary>How many attacks the player has made.</summary>
    public int Attacks { get; set; }

    /// <summary>The highest tag seen: everything up to it is done.</summary>
    public long LastTag { get; set; }

    /// <summary>The tag of the newest score known, applied or refused.</summary>
    public long ScoreTag { get; set; }

    public bool Dead { get; set; }

    /// <summary>The highest tag seen when the player died: what came later was refused.</summary>
    public long DeadSince { get; set; }

    /// <summary>Dead because the player left, or did not come back in time.</summary>
    public bool GaveUp { get; set; }

    /// <summary>Left the battle: is told nothing more of it, but has a result.</summary>
    public bool Left { get; set; }

    public bool Away { get; set; }

    /// <summary>When a player who is away and alive counts as dead.</summary>
    public DateTimeOffset? AwayUntil { get; set; }

    public DateTimeOffset? FrozenUntil { get; set; }

    [JsonIgnore]
    public bool IsAlive => !Dead;

    public BattleResult Result { get; set; }

    /// <summary>The settlement is in the player's record.</summary>
    public bool Taken { get; set; }
}
