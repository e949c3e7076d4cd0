using GameServer.Game;
using GameServer.Grains.Abstractions;

namespace GameServer.Grains;

// What gateways of version 0.1 call.
public sealed partial class PlayerGrain
{
    /// <inheritdoc/>
    public ValueTask<bool> JoinRoom(RequestHead head, string? mode) => Take(head, new JoinRoom(mode));

    /// <inheritdoc/>
    public ValueTask<bool> ExitRoom(RequestHead head) => Take(head, new ExitRoom());

    /// <inheritdoc/>
    public ValueTask<bool> DestroyRoom(RequestHead head) => Take(head, new DestroyRoom());

    /// <inheritdoc/>
    public ValueTask<bool> SyncScore(RequestHead head, int score) => Take(head, new SyncScore(score));

    /// <inheritdoc/>
    public ValueTask<bool> Attack(RequestHead head, string? target) => Take(head, new Attack(target));

    /// <inheritdoc/>
    public ValueTask<bool> Die(RequestHead head) => Take(head, new Die());
}
