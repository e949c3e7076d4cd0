namespace GameServer.Game;

/// <summary>One player of a battle, as its rules see them.</summary>
public interface IFighter
{
    /// <summary>Who.</summary>
    string UserId { get; }

    /// <summary>Not dead, and has not left.</summary>
    bool IsAlive { get; }

    /// <summary>The score, 0 or more.</summary>
    int Score { get; set; }

    /// <summary>How many attacks the player has made.</summary>
    int Attacks { get; set; }

    /// <summary>Until when the player can do nothing; null or past: not frozen. Forgotten when the player dies.</summary>
    DateTimeOffset? FrozenUntil { get; set; }
}
