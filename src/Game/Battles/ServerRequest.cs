namespace GameServer.Game;

/// <summary>A room's port on a battle server: asked for until there is one, and again when the server is lost.</summary>
/// <param name="battleId">The battle.</param>
/// <param name="registry">Whom to ask.</param>
/// <param name="state">Where the room keeps what it knows.</param>
internal sealed class ServerRequest(string battleId, ActorId registry, RoomState state)
{
    /// <summary>When to ask again; null: there is a server, or none is needed.</summary>
    public DateTimeOffset? Due => state.AskServerAt;

    /// <summary>The battle begins, and needs one.</summary>
    public void Begin(DateTimeOffset now, Effects effects)
    {
        state.AskServerAt = now + Room.AskServerTime;
        effects.Send(registry, new AllocateServer(battleId));
    }

    /// <summary>
    /// It is time to ask again: the registry forgets those at the end of too long a line. If the question is lost there is a next one.
    /// </summary>
    public void AskAgain(DateTimeOffset now, Effects effects)
    {
        state.AskServerAt = now + Room.AskServerTime;
        effects.SendVolatile(registry, new AllocateServer(battleId));
    }

    /// <summary>After a restart: what the registry told meanwhile may be lost.</summary>
    public void Recover(DateTimeOffset now, Effects effects)
    {
        if (state.Server is { Place: null })
        {
            // Stored by a version that did not know where inside it is: the registry, asked again, says so under the same fence.
            state.Server = null;
            AskAgain(now, effects);
        }
        else if (state.Rules.BattleServers)
        {
            effects.SendVolatile(registry, new AllocateServer(battleId));
        }
    }

    /// <summary>The port is not needed (any more).</summary>
    public void Release(Effects effects) => effects.Send(registry, new ReleaseServer(battleId));

    /// <summary>The registry gives a port; true if the players are to be told.</summary>
    public bool TryUse(ServerAllocated allocated, Effects effects)
    {
        if (allocated.Fence < state.ServerFence || (allocated.Fence == state.ServerFence && state.Server is not null))
            return false;

        state.ServerFence = allocated.Fence;
        state.Server = allocated.Server;
        state.NoServerTold = false;
        state.AskServerAt = null;
        effects.Save(Durability.BeforeEffects);
        return true;
    }

    /// <summary>The registry has none; the one there was is lost. True if the players are to be told, which they are once.</summary>
    public bool TryLose(NoServerFree none, DateTimeOffset now, Effects effects)
    {
        if (none.Fence <= state.ServerFence)
            return false;
        state.ServerFence = none.Fence;
        state.Server = null;
        state.AskServerAt = now + Room.AskServerTime;
        effects.Save(Durability.BeforeEffects);
        if (state.NoServerTold)
            return false;
        state.NoServerTold = true;
        return true;
    }
}
