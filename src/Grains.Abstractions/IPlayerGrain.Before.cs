namespace GameServer.Grains.Abstractions;

// What gateways of version 0.1 call: a method for each action. Gone with the next version; see docs/operations.md, upgrades.
public partial interface IPlayerGrain
{
    /// <summary><c>joinroom</c>.</summary>
    [Alias("joinroom")]
    ValueTask<bool> JoinRoom(RequestHead head, string? mode);

    /// <summary><c>exitroom</c>.</summary>
    [Alias("exitroom")]
    ValueTask<bool> ExitRoom(RequestHead head);

    /// <summary><c>destroyroom</c>.</summary>
    [Alias("destroyroom")]
    ValueTask<bool> DestroyRoom(RequestHead head);

    /// <summary><c>syncscore</c>.</summary>
    [Alias("syncscore")]
    ValueTask<bool> SyncScore(RequestHead head, int score);

    /// <summary><c>attack</c>.</summary>
    [Alias("attack")]
    ValueTask<bool> Attack(RequestHead head, string? target);

    /// <summary><c>die</c>.</summary>
    [Alias("die")]
    ValueTask<bool> Die(RequestHead head);
}
