using FsCheck;
using FsCheck.Fluent;

namespace GameServer.Game.Tests;

/// <summary>Frames that overtake each other between the network and their handler.</summary>
public sealed class FrameReorderBufferTests
{
    private readonly List<string> passed = [];
    private readonly FrameReorderBuffer<string> frames = new();

    [Fact]
    public void In_whatever_order_the_frames_of_an_attachment_come_they_pass_in_theirs() => Prop.ForAll(
        Gen.Shuffle(Enumerable.Range(1, FrameReorderBuffer<string>.MostWaiting)).ToArbitrary(),
        order =>
        {
            List<int> seen = [];
            var buffer = new FrameReorderBuffer<int>();
            buffer.Attach();
            foreach (var number in order)
                buffer.Take((1L << 32) + number, number, seen);
            return seen.SequenceEqual(Enumerable.Range(1, order.Length));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_frame_whose_predecessor_is_lost_waits_until_it_is_let_pass()
    {
        var attachment = Attach();
        Take(attachment + 1, "first");
        Assert.False(frames.Waits);
        Take(attachment + 3, "third");
        Assert.True(frames.Waits);
        Assert.Equal(["first"], passed);
        frames.PassAll(passed);
        Take(attachment + 4, "fourth");
        Take(attachment + 2, "second, late");
        Assert.Equal(["first", "third", "fourth", "second, late"], passed);
    }

    [Fact]
    public void A_new_attachment_counts_from_1_again_once_nothing_of_the_one_before_waits()
    {
        var first = Attach();
        Take(first + 2, "of the first");
        Assert.Throws<InvalidOperationException>(frames.Attach);
        frames.PassAll(passed);
        var second = Attach();
        Take(second + 2, "later");
        Take(first + 3, "late, of the first");
        Take(0, "of an older connection");
        Take(second + 1, "now");
        Assert.Equal(["of the first", "late, of the first", "of an older connection", "now", "later"], passed);
    }

    [Fact]
    public void No_more_than_a_bounded_number_waits()
    {
        var attachment = Attach();
        for (var number = 2; number <= FrameReorderBuffer<string>.MostWaiting + 1; number++)
            Take(attachment + number, $"{number}");
        Assert.Empty(passed);
        Take(attachment + FrameReorderBuffer<string>.MostWaiting + 2, "one too many");
        Assert.Equal(FrameReorderBuffer<string>.MostWaiting + 1, passed.Count);
    }

    private long Attach()
    {
        frames.Attach();
        return (long)frames.Attachment << 32;
    }

    private void Take(long order, string frame) => frames.Take(order, frame, passed);
}
