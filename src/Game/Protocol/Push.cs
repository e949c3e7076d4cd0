namespace GameServer.Game;

/// <summary>
/// One push. Flat on purpose: it is kept in the player's log, sent between processes, and written to sockets, and most have one field.
/// </summary>
public sealed record Push(PushKind Kind)
{
    /// <summary>The data, where it is a string.</summary>
    public string? Text { get; init; }

    /// <summary>The data, where it is a number.</summary>
    public int Number { get; init; }

    /// <summary>The player it is about, where the data does not say so. Version 2 shows it beside the data, as <c>from</c>.</summary>
    public string? From { get; init; }

    /// <summary>Until when, for presence.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The battle server.</summary>
    public BattleServerEndpoint? Server { get; init; }

    /// <summary>The whole state.</summary>
    public Snapshot? Snapshot { get; init; }

    /// <summary>The error.</summary>
    public GameError? Error { get; init; }
}
