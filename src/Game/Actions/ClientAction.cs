using System.Globalization;

namespace GameServer.Game;

/// <summary>
/// What a client asks for, well-formed by the time it gets here. What an action is called, which field it has and how it is made is in
/// <see cref="ActionType"/>.
/// </summary>
/// <param name="Name">Its name on the wire.</param>
public abstract record ClientAction(string Name)
{
    /// <summary>What its field says, where that is a number.</summary>
    public virtual int? Number => null;

    /// <summary>What its field says, where that is a text.</summary>
    public virtual string? Text => null;

    /// <summary>
    /// Tells this request from another one under the same id: equal for the same name and field. Stored, so it must stay what it is.
    /// </summary>
    public long ContentFingerprint() => Fingerprint.Of(
        Number is { } number ? string.Create(CultureInfo.InvariantCulture, $"{Name} {number}") : Text is { } text ? $"{Name} {text}" : Name);
}
