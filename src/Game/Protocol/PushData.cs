namespace GameServer.Game;

/// <summary>What a push's <c>data</c> is on the wire.</summary>
public enum PushData : byte
{
    /// <summary><see cref="Push.Text"/>.</summary>
    Text,

    /// <summary><see cref="Push.Number"/>.</summary>
    Number,

    /// <summary><see cref="Push.Text"/> and <see cref="Push.Until"/>, as <c>user_id</c> and <c>until</c>.</summary>
    Presence,

    /// <summary><see cref="Push.Server"/>.</summary>
    Server,

    /// <summary><see cref="Push.Snapshot"/>.</summary>
    Snapshot,

    /// <summary><see cref="Push.Error"/>.</summary>
    Error,
}
