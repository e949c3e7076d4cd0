namespace GameServer.Game;

/// <summary>How safe the new state must be, and when.</summary>
public enum Durability : byte
{
    /// <summary>Nothing changed that matters after a crash.</summary>
    None = 0,

    /// <summary>Save within a second, or together with the next save. The effects need not wait.</summary>
    Soon = 1,

    /// <summary>Save the state, and the durable messages it sends, in one write, before any effect leaves.</summary>
    BeforeEffects = 2,
}
