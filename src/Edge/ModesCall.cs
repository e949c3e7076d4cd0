using GameServer.Game;
using Microsoft.AspNetCore.Http;

namespace GameServer.Edge;

/// <summary><c>GET /modes</c>: the rules of every mode, so that a client shows the rules that the server enforces and has none of its own.</summary>
internal sealed class ModesCall(IGameHost host)
{
    private readonly ModeList modes = new(host.Rules.DefaultMode, host.Rules.Modes.ToDictionary(mode => mode.Key, mode => Tell(mode.Value)));

    public IResult Get() => Results.Json(modes, HttpJson.Default.ModeList);

    private static ModeAnswer Tell(ModeRules rules) => new(
        rules.RoomSize, rules.AttackThreshold, rules.AttackCost, rules.AttackCharge, rules.FreezeTime.TotalSeconds, rules.QueueGrace.TotalSeconds,
        rules.BattleGrace.TotalSeconds, rules.BattleLimit.TotalSeconds, rules.BattleServers);
}

/// <summary>The modes by name, and the one of a <c>joinroom</c> that names none.</summary>
internal sealed record ModeList(string DefaultMode, IReadOnlyDictionary<string, ModeAnswer> Modes);

/// <summary>The rules of one mode; see <see cref="ModeRules"/>.</summary>
internal sealed record ModeAnswer(
    int RoomSize, int AttackThreshold, int AttackCost, int AttackCharge, double FreezeSeconds, double QueueGraceSeconds, double BattleGraceSeconds,
    double BattleLimitSeconds, bool BattleServers);
