namespace GameServer.Game;

/// <summary>A battle, as its rules see it.</summary>
public interface IBattle
{
    /// <summary>The settings of its mode.</summary>
    ModeRules Rules { get; }

    /// <summary>The time.</summary>
    DateTimeOffset Now { get; }

    /// <summary>All who take part, in the order in which they joined; 2 to <see cref="ModeRules.MaxRoomSize"/>.</summary>
    IReadOnlyList<IFighter> Fighters { get; }

    /// <summary>
    /// Whether the fighter's score is the last one that was shown. For some seconds after a crash it may be an older one: then nothing must
    /// be refused, or paid, because of it.
    /// </summary>
    bool KnowsScoreOf(IFighter fighter);

    /// <summary>Pushes something to a fighter's client. <see cref="PushType"/> says how safe it is.</summary>
    void Show(IFighter to, Push push);

    /// <summary>Shows a fighter's score to all others.</summary>
    void ShowScore(IFighter of);
}
