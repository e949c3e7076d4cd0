using System.ComponentModel.DataAnnotations;

namespace GameServer.Game;

/// <summary>
/// The rules of one mode. A battle keeps the rules it began with, so they are part of its state and a changed setting touches only
/// battles that start later.
/// </summary>
public sealed record ModeRules
{
    /// <summary>The most players of one battle.</summary>
    public const int MaxRoomSize = 16;

    /// <summary>Players in a battle.</summary>
    [Range(2, MaxRoomSize)]
    public int RoomSize { get; init; } = 2;

    /// <summary>How long a player who dropped keeps the place in line.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan QueueGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a player who dropped may come back to the battle.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan BattleGrace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After this long a battle is settled by score.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan BattleLimit { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The score an attack needs.</summary>
    [Range(0, int.MaxValue)]
    public int AttackThreshold { get; init; }

    /// <summary>What an attack takes off the attacker's score. An attack needs at least as much, whatever the threshold.</summary>
    [Range(0, int.MaxValue)]
    public int AttackCost { get; init; }

    /// <summary>
    /// The points that each attack uses up without taking them off the score: the n-th attack of a player needs a score of n times this.
    /// 0: attacks use up nothing.
    /// </summary>
    [Range(0, int.MaxValue)]
    public int AttackCharge { get; init; }

    /// <summary>How long the server holds the victim of an attack frozen; 0: the client alone shows it.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan FreezeTime { get; init; }

    /// <summary>Whether the battles of this mode are fought on battle servers.</summary>
    public bool BattleServers { get; init; }

    /// <summary>The rules of its battles, by the name under which the program has them. Not set: <c>freeze</c>, the workshop's.</summary>
    /// <remarks>One of <see cref="GameRules.BattleRules"/>; null: <see cref="GameRules.DefaultBattleRules"/>.</remarks>
    public string? Battle { get; init; }

    /// <summary>The score a player needs for the next attack.</summary>
    /// <param name="attacks">How many attacks the player has made in this battle.</param>
    internal long ScoreForAttack(int attacks) =>
        Math.Max(Math.Max(AttackThreshold, AttackCost), AttackCharge * (attacks + 1L));
}

/// <summary>The rules of the game; the same for all silos and gateways.</summary>
public sealed record GameRules
{
    /// <summary>The names that modes and regions may have.</summary>
    public const string NamePattern = "^[a-z0-9_-]{1,32}$";

    /// <summary>The same, to be read.</summary>
    public const string NamesAllowed = "allowed are 1 to 32 of a-z 0-9 _ -";

    /// <summary>
    /// The modes that are there without any setting: <c>default</c> by the workshop's rules, and <c>climb</c>, the game of the page, in which
    /// an attack has to be earned. A setting for one of them changes only what it names.
    /// </summary>
    public static IReadOnlyDictionary<string, ModeRules> ShippedModes { get; } = new Dictionary<string, ModeRules>
    {
        ["default"] = new(),
        ["climb"] = new() { AttackCharge = 10, FreezeTime = TimeSpan.FromSeconds(3) },
    };

    /// <summary>The modes by name; a name is 1 to 32 of <c>a-z 0-9 _ -</c>.</summary>
    public IReadOnlyDictionary<string, ModeRules> Modes { get; init; } = ShippedModes;

    /// <summary>The rules of a battle whose mode names none.</summary>
    public const string DefaultBattleRules = "freeze";

    /// <summary>
    /// The rules that a mode's battles can have, by the name that <see cref="ModeRules.Battle"/> gives: own ones are added here. A battle goes
    /// on by the rules of that name after an upgrade too, so a name is never given to other rules.
    /// </summary>
    public IReadOnlyDictionary<string, IBattleRules> BattleRules { get; init; } =
        new Dictionary<string, IBattleRules> { [DefaultBattleRules] = new FreezeBattle() };

    /// <summary>The mode of a <c>joinroom</c> that names none.</summary>
    public string DefaultMode { get; init; } = "default";

    /// <summary>How long a session can be resumed after its connection dropped; then its log of pushes is forgotten.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan ResumeTime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long a cluster waits for a gateway to attach a session again after the player's silo was lost, before the player counts as dropped.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan ReattachTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a room that was loaded again waits for its players to hand in scores that may be newer than the stored ones. Longer than
    /// <see cref="ReattachTime"/>: a player that was lost as well waits so long for the gateway, which may know its score.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan RecoveryTime { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The registry that serves all modes with battle servers.</summary>
    [RegularExpression(NamePattern, ErrorMessage = NamesAllowed)]
    public string Region { get; init; } = "default";
}
