namespace GameServer.Game;

/// <summary>
/// Puts frames that overtook each other in order again. Each has a number: which attachment of its connection it belongs to in the upper
/// half, 1, 2, 3 … in the lower. One that is too early waits for those before it.
/// </summary>
/// <typeparam name="TFrame">What has an order.</typeparam>
public sealed class FrameReorderBuffer<TFrame>
{
    /// <summary>
    /// Frames that wait for one they overtook. When there are more they all pass, and what is missing is noticed by the number of its push.
    /// </summary>
    public const int MostWaiting = 64;

    private readonly SortedDictionary<long, TFrame> early = [];
    private long expected;

    /// <summary>Which attachment is the newest: 1, 2, 3 …; 0: there was none.</summary>
    public int Attachment { get; private set; }

    /// <summary>Whether a frame waits for one that it overtook.</summary>
    public bool Waits => early.Count > 0;

    /// <summary>A new attachment, whose frames are numbered from 1. Nothing may wait, see <see cref="PassAll"/>.</summary>
    public void Attach()
    {
        if (Waits)
            throw new InvalidOperationException("Frames of the attachment before still wait.");
        expected = ((long)++Attachment << 32) + 1;
    }

    /// <summary>Passes the frame and all that waited for it, or lets it wait.</summary>
    /// <param name="order">Its number; one of an older attachment, or 0, waits for nothing.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="passed">Takes what passes, in order.</param>
    public void Take(long order, TFrame frame, ICollection<TFrame> passed)
    {
        if (order > expected && order >> 32 == Attachment)
        {
            early[order] = frame;
            if (early.Count > MostWaiting)
                PassAll(passed);
            return;
        }

        passed.Add(frame);
        if (order != expected)
            return;
        expected++;
        while (early.Remove(expected, out var next))
        {
            passed.Add(next);
            expected++;
        }
    }

    /// <summary>What was waited for does not come any more.</summary>
    /// <param name="passed">Takes what passes, in order.</param>
    public void PassAll(ICollection<TFrame> passed)
    {
        foreach (var (order, frame) in early)
        {
            passed.Add(frame);
            expected = order + 1;
        }

        early.Clear();
    }
}
