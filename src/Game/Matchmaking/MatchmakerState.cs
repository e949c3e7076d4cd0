namespace GameServer.Game;

/// <summary>What a matchmaker stores.</summary>
internal sealed class MatchmakerState
{
    public long LastNumber { get; set; }
    public long LastBattle { get; set; }
    public List<Ticket> Queue { get; set; } = [];
}
