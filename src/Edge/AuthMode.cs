namespace GameServer.Edge;

/// <summary>Who may be whom.</summary>
public enum AuthMode
{
    /// <summary>Anyone may be anyone.</summary>
    Open,

    /// <summary>Only who shows a token of a user is that user.</summary>
    Token,
}
