namespace GameServer.Game;

/// <summary>What may stand in an action's field.</summary>
public enum ActionFieldForm : byte
{
    /// <summary>An integer from 0 to 2147483647, without fraction and exponent.</summary>
    Number,

    /// <summary>The name of a mode that the server has.</summary>
    Mode,

    /// <summary>A user id, see <see cref="UserIds"/>.</summary>
    UserId,
}

/// <summary>The field that an action has beside its name and id.</summary>
/// <param name="Name">Its name on the wire.</param>
/// <param name="Form">What may stand in it.</param>
/// <param name="Required">Whether it must be there; else it may also be null.</param>
/// <param name="Problem">Said when something else stands in it: what is allowed.</param>
public sealed record ActionField(string Name, ActionFieldForm Form, bool Required, GameError Problem);
