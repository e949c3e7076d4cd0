namespace GameServer.Edge;

/// <summary>
/// Weighs what a client sends, frame by frame, as it comes from the transport. The framework's WebSocket answers pings and puts fragments
/// together by itself and tells nobody: whoever counts messages alone does not see a client that sends nothing else. So the frames are
/// counted one layer below it, by their heads (RFC 6455, section 5.2).
/// </summary>
internal struct FrameMeter
{
    private const int OneToken = 1024;

    private byte first;
    private int headLeft; // Bytes of the head after the first that are still to come; -1: not known yet.
    private int lengthLeft; // How many of them are of the length.
    private bool inHead;
    private long length;
    private long payloadLeft;
    private long weighed; // Of this frame, since its last whole KB.

    /// <summary>
    /// What these bytes cost: a token for each frame that ends no message (pings, fragments, empty or not), and one for each whole KB of a
    /// frame's payload. The frame that ends a message costs nothing else here, because the message will.
    /// </summary>
    public int Weigh(ReadOnlySpan<byte> bytes)
    {
        var tokens = 0;
        while (!bytes.IsEmpty)
        {
            if (payloadLeft > 0)
            {
                var part = (int)Math.Min(payloadLeft, bytes.Length);
                payloadLeft -= part;
                weighed += part;
                tokens += (int)(weighed / OneToken);
                weighed %= OneToken;
                bytes = bytes[part..];
                continue;
            }

            if (TakeHead(bytes[0]))
            {
                (payloadLeft, weighed) = (length, 0);
                var endsMessage = (first & 0x80) != 0 && (first & 0x08) == 0;
                tokens += endsMessage ? 0 : 1;
            }

            bytes = bytes[1..];
        }

        return tokens;
    }

    /// <summary>Takes a byte of a head; true if it was the last one.</summary>
    private bool TakeHead(byte next)
    {
        if (!inHead)
        {
            (inHead, first, headLeft, length) = (true, next, -1, 0);
            return false;
        }

        if (headLeft < 0)
        {
            var (mask, shortLength) = ((next & 0x80) != 0 ? 4 : 0, next & 0x7F);
            lengthLeft = shortLength switch { 126 => 2, 127 => 8, _ => 0 };
            length = lengthLeft == 0 ? shortLength : 0;
            headLeft = lengthLeft + mask;
        }
        else
        {
            if (lengthLeft > 0)
            {
                length = ((length << 8) | next) & long.MaxValue;
                lengthLeft--;
            }

            headLeft--;
        }

        inHead = headLeft > 0;
        return !inHead;
    }
}
