using System.Collections.Immutable;

namespace GameServer.Game;

/// <summary>
/// What is fixed for each action: the one place from which requests are read, written between processes, and named in errors. An action that
/// is not here cannot be asked for.
/// </summary>
/// <param name="Name">Its name on the wire, which gateways and silos of neighbouring versions share: it must stay.</param>
/// <param name="Field">The field it has; null: none.</param>
/// <param name="Create">Makes it of what its field says, as a number or a text; 0 and null if there is no field.</param>
public sealed record ActionType(string Name, ActionField? Field, Func<int, string?, ClientAction> Create)
{
    private static readonly ExitRoom Exit = new();
    private static readonly DestroyRoom Destroy = new();
    private static readonly Die Dead = new();
    private static readonly JoinRoom JoinDefault = new(Mode: null);
    private static readonly Attack AttackOnlyOpponent = new(Target: null);

    /// <summary>All actions, in the order in which errors name them.</summary>
    public static ImmutableArray<ActionType> All { get; } =
    [
        new("joinroom", new("mode", ActionFieldForm.Mode, Required: false,
            new(ErrorCode.BadMessage, "mode must be a string, the name of a mode.")), (_, mode) => mode is null ? JoinDefault : new JoinRoom(mode)),
        new("exitroom", null, (_, _) => Exit),
        new("destroyroom", null, (_, _) => Destroy),
        new("syncscore", new("score", ActionFieldForm.Number, Required: true,
            new(ErrorCode.InvalidScore, "score must be an integer from 0 to 2147483647, without fraction and exponent.")),
            (score, _) => new SyncScore(score)),
        new("attack", new("user_id", ActionFieldForm.UserId, Required: false,
            new(ErrorCode.InvalidTarget,
                "user_id, the target of an attack, must be a user id: a string of 1 to 64 UTF-16 units, at most 128 bytes as UTF-8.")),
            (_, target) => target is null ? AttackOnlyOpponent : new Attack(target)),
        new("die", null, (_, _) => Dead),
    ];

    /// <summary>The names of all, for errors.</summary>
    public static string Names { get; } = string.Join(", ", All.Select(type => type.Name));

    /// <summary>The action of this name; an <see cref="UnknownAction"/> if there is none.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="number">See <see cref="ClientAction.Number"/>.</param>
    /// <param name="text">See <see cref="ClientAction.Text"/>.</param>
    public static ClientAction Make(string name, int number, string? text)
    {
        foreach (var type in All)
        {
            if (type.Name == name)
                return type.Create(number, text);
        }

        return new UnknownAction(name);
    }
}
