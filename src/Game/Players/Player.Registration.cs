namespace GameServer.Game;

// Who holds the name. A name may have many owners one after the other, so what proves ownership is never the name: it is a registration, a
// random id that the host makes up for each registration and each renewal.
public sealed partial class Player
{
    private void Create(CreateUser create, Effects effects)
    {
        var created = !state.Registered || state.Registration == create.Registration; // The second: the question came twice.
        effects.Reply(created);
        if (!created || state.Registered)
            return;
        state.Registered = true;
        state.Registration = create.Registration;
        state.RenewedFrom = null;
        state.Guest = false;
        effects.Save(Durability.BeforeEffects);
    }

    /// <summary>
    /// The registration renewed is void at once, but for renewing again, until the new one is first used: the answer may have been lost, and
    /// would have locked the player out.
    /// </summary>
    private void Renew(RenewRegistration renew, Effects effects)
    {
        var held = state.Registered
            && (Holds(renew.Registration) || renew.Registration == state.RenewedFrom || state.Registration == renew.Next);
        effects.Reply(held);
        if (!held || state.Registration == renew.Next)
            return;
        state.RenewedFrom = renew.Registration;
        state.Registration = renew.Next;
        effects.Save(Durability.BeforeEffects);
    }

    /// <summary>
    /// Whether the connection may be the player's. It was judged before, but the user may have been deleted since, and the name may have
    /// another owner by now.
    /// </summary>
    private bool Admits(Connect connect, Effects effects)
    {
        if (connect.Registration is not { } registration)
            return true; // Names are believed here.
        // A connection that was there before a renewal stays until the new token is used: that one takes over.
        var held = Holds(registration) || (connect.Again && registration == state.RenewedFrom);
        if (!state.Registered || !held)
        {
            effects.Deliver(connect.Connection, new CloseFrame(CloseCodes.Unauthorized, "The token is void: its user was deleted or it was renewed."));
            return false;
        }

        if (state.RenewedFrom is not null && Holds(registration))
        {
            state.RenewedFrom = null;
            effects.Save(Durability.BeforeEffects);
        }

        return true;
    }

    /// <remarks>Users of a version without registrations have none, which is written as an empty one.</remarks>
    private bool Holds(string registration) => registration == (state.Registration ?? "");
}
