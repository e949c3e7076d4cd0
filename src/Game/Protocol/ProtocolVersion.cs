namespace GameServer.Game;

/// <summary>Which generation of the protocol a connection speaks.</summary>
public enum ProtocolVersion : byte
{
    /// <summary>The workshop's: pushes and nothing else.</summary>
    V1 = 1,

    /// <summary>Adds sequence numbers, replies and resume.</summary>
    V2 = 2,
}
