using FsCheck;
using FsCheck.Fluent;
using GameServer.Gateway;

namespace GameServer.Cluster.Tests;

/// <summary>Frames that overtake each other between the network and their handler.</summary>
public sealed class OvertakingTests
{
    private readonly List<string> passed = [];
    private readonly Overtaking<string> frames;

    public OvertakingTests() => frames = new(passed.Add);

    [Fact]
    public void In_whatever_order_the_frames_of_an_attachment_come_they_pass_in_theirs() => Prop.ForAll(
        Gen.Shuffle(Enumerable.Range(1, Overtaking<string>.MostWaiting)).ToArbitrary(),
        order =>
        {
            List<int> seen = [];
            Overtaking<int> overtaking = new(seen.Add);
            var attachment = (long)overtaking.Attach() << 32;
            foreach (var number in order)
                overtaking.Take(attachment + number, number);
            return seen.SequenceEqual(Enumerable.Range(1, order.Length));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_frame_whose_predecessor_is_lost_waits_until_it_is_let_pass()
    {
        var attachment = (long)frames.Attach() << 32;
        frames.Take(attachment + 1, "first");
        Assert.False(frames.Waits);
        frames.Take(attachment + 3, "third");
        Assert.True(frames.Waits);
        Assert.Equal(["first"], passed);
        frames.PassAll();
        frames.Take(attachment + 4, "fourth");
        frames.Take(attachment + 2, "second, late");
        Assert.Equal(["first", "third", "fourth", "second, late"], passed);
    }

    [Fact]
    public void A_new_attachment_lets_pass_what_still_waits_and_counts_from_1_again()
    {
        var first = (long)frames.Attach() << 32;
        frames.Take(first + 2, "of the first");
        var second = (long)frames.Attach() << 32;
        frames.Take(second + 2, "later");
        frames.Take(first + 3, "late, of the first");
        frames.Take(0, "of an older connection");
        frames.Take(second + 1, "now");
        Assert.Equal(["of the first", "late, of the first", "of an older connection", "now", "later"], passed);
    }

    [Fact]
    public void No_more_than_a_bounded_number_waits()
    {
        var attachment = (long)frames.Attach() << 32;
        for (var number = 2; number <= Overtaking<string>.MostWaiting + 1; number++)
            frames.Take(attachment + number, $"{number}");
        Assert.Empty(passed);
        frames.Take(attachment + Overtaking<string>.MostWaiting + 2, "one too many");
        Assert.Equal(Overtaking<string>.MostWaiting + 1, passed.Count);
    }
}
