namespace GameServer.Game;

/// <summary>The kind of an actor; together with a key it is an address.</summary>
public enum ActorKind : byte
{
    /// <summary>One player, by user id.</summary>
    Player = 1,

    /// <summary>The queue of one mode, by the mode's name.</summary>
    Matchmaker = 2,

    /// <summary>One battle, by battle id (never by the room's name: that is used again).</summary>
    Room = 3,

    /// <summary>The battle servers of one region, by the region's name.</summary>
    BattleServerRegistry = 4,
}
