namespace GameServer.Edge;

/// <summary>Watches what is read of a transport, and when.</summary>
internal interface IReadMeter
{
    /// <summary>Comes before each read, which waits until this has completed.</summary>
    ValueTask BeforeReadAsync();

    /// <summary>What was read.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="waited">Whether they were not there yet when they were asked for.</param>
    void Took(ReadOnlySpan<byte> bytes, bool waited);
}
