namespace GameServer.Gateway;

/// <summary>
/// Puts frames that overtook each other in order again. Each has a number: which attachment of its connection it belongs to in the upper
/// half, 1, 2, 3 … in the lower. One that is too early waits for those before it. Not safe for use by many threads.
/// </summary>
/// <typeparam name="TFrame">What has an order.</typeparam>
/// <param name="pass">Takes a frame whose turn it is.</param>
internal sealed class Overtaking<TFrame>(Action<TFrame> pass)
{
    /// <summary>
    /// Frames that wait for one they overtook. When there are more they all pass, and what is missing is noticed by the number of its push.
    /// </summary>
    public const int MostWaiting = 64;

    private readonly SortedDictionary<long, TFrame> early = [];
    private int attachment;
    private long expected;

    /// <summary>Whether a frame waits for one that it overtook.</summary>
    public bool Waits => early.Count > 0;

    /// <summary>A new attachment, whose frames are numbered from 1. What still waits passes.</summary>
    /// <returns>Which attachment it is: 1, 2, 3 …</returns>
    public int Attach()
    {
        PassAll();
        expected = ((long)++attachment << 32) + 1;
        return attachment;
    }

    /// <summary>Passes the frame and all that waited for it, or lets it wait.</summary>
    /// <param name="order">Its number; one of an older attachment, or 0, waits for nothing.</param>
    /// <param name="frame">The frame.</param>
    public void Take(long order, TFrame frame)
    {
        if (order > expected && order >> 32 == attachment)
        {
            early[order] = frame;
            if (early.Count > MostWaiting)
                PassAll();
            return;
        }

        pass(frame);
        if (order != expected)
            return;
        expected++;
        while (early.Remove(expected, out var next))
        {
            pass(next);
            expected++;
        }
    }

    /// <summary>What was waited for does not come any more.</summary>
    public void PassAll()
    {
        foreach (var (order, frame) in early)
        {
            pass(frame);
            expected = order + 1;
        }

        early.Clear();
    }
}
