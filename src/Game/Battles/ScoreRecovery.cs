namespace GameServer.Game;

/// <summary>
/// After a crash the scores of a room may be older than what was shown. Until the players have handed in theirs, or had the time to, nobody
/// gets a view, and nothing ends.
/// </summary>
internal sealed class ScoreRecovery
{
    private readonly HashSet<string> unheard = [];

    /// <summary>When it ends in any case; null: the scores are known.</summary>
    public DateTimeOffset? Until { get; private set; }

    /// <summary>Whether it goes on.</summary>
    public bool Active => Until is not null;

    /// <summary>Begins to wait for these players.</summary>
    public void Begin(DateTimeOffset until, IEnumerable<string> players)
    {
        Until = until;
        unheard.UnionWith(players);
    }

    /// <summary>Whether the player's score is known.</summary>
    public bool Knows(string userId) => !unheard.Contains(userId);

    /// <summary>The player has said what the score is, or it does not change any more.</summary>
    public void Heard(string userId) => unheard.Remove(userId);

    /// <summary>Ends it if all have been heard or the time is over; true if it ended now.</summary>
    public bool TryEnd(DateTimeOffset now)
    {
        if (Until is null || (now < Until && unheard.Count > 0))
            return false;
        End();
        return true;
    }

    /// <summary>Ends it: the scores are what they are.</summary>
    public void End()
    {
        Until = null;
        unheard.Clear();
    }
}
