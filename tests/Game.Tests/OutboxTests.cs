namespace GameServer.Game.Tests;

/// <summary>What an actor has told others, until they have confirmed it.</summary>
public sealed class OutboxTests
{
    private static readonly ActorId Room = new(ActorKind.Room, "r");
    private static readonly ActorId Player = new(ActorKind.Player, "p");

    private readonly Outbox<string> outbox = new(message => message.Length);

    [Fact]
    public void To_each_receiver_goes_one_call_at_a_time_with_all_that_has_piled_up()
    {
        Assert.True(Send(Room, "one"));
        Assert.False(Send(Room, "two"));
        Assert.True(Send(Player, "other"));
        Assert.Equal(["one", "two"], outbox.Next(Room));
        Assert.False(Send(Room, "three")); // While the call is under way.
        outbox.Took(Room);
        Assert.Equal(["other", "three"], outbox.Unconfirmed);
        Assert.Equal(["three"], outbox.Next(Room));
        outbox.Took(Room);
        Assert.Empty(outbox.Next(Room));
        Assert.True(Send(Room, "four")); // Nobody is sending to it any more.
    }

    [Fact]
    public void A_call_that_failed_goes_again_as_it_was()
    {
        Send(Room, "one");
        Send(Room, "two");
        outbox.Next(Room);
        outbox.WaitAfterFailure(Room, TimeSpan.Zero);
        Assert.Equal(["one", "two"], outbox.Next(Room));
        Assert.Equal(["one", "two"], outbox.Unconfirmed);
    }

    [Fact]
    public void What_was_taken_of_a_refused_call_does_not_go_again()
    {
        foreach (var message in new[] { "one", "two", "three" })
            Send(Room, message);
        outbox.Next(Room);
        Assert.Null(outbox.Refused(Room, taken: 2, failed: -1));
        Assert.Equal(["three"], outbox.Unconfirmed);
        Assert.Equal(["three"], outbox.Next(Room));
    }

    [Fact]
    public void A_message_that_cannot_be_handled_is_set_aside_in_the_end_and_those_behind_it_get_through()
    {
        foreach (var message in new[] { "one", "bad", "three" })
            Send(Room, message);
        Assert.Equal(3, outbox.Next(Room).Count);
        Assert.Null(outbox.Refused(Room, taken: 0, failed: 1));
        Assert.Equal(["one"], outbox.Next(Room)); // First those before it, alone.
        outbox.Took(Room);
        Assert.Equal(["bad", "three"], outbox.Next(Room));
        for (var tries = 2; tries < Outbox<string>.MostTries; tries++)
        {
            Assert.Null(outbox.Refused(Room, taken: 0, failed: 0));
            Assert.Equal(["bad"], outbox.Next(Room));
        }

        Assert.Equal("bad", outbox.Refused(Room, taken: 0, failed: 0));
        Assert.Equal(["three"], outbox.Unconfirmed);
        Assert.Equal(["three"], outbox.Next(Room));
    }

    [Fact]
    public void Of_too_many_volatile_messages_the_oldest_are_dropped_and_no_durable_one()
    {
        outbox.Post(Room, "first", durable: false);
        Send(Room, "durable");
        for (var i = 2; i < Outbox<string>.MostVolatile + 10; i++)
            outbox.Post(Room, $"{i}", durable: false);
        var left = new List<string>();
        while (outbox.Next(Room) is { Count: > 0 } sent)
        {
            left.AddRange(sent);
            outbox.Took(Room);
        }

        Assert.Equal(Outbox<string>.MostVolatile, left.Count);
        Assert.Equal(["first", "durable", "12"], left.Take(3));
        Assert.Empty(outbox.Unconfirmed);
    }

    [Fact]
    public void A_message_that_is_dropped_while_it_is_sent_is_neither_sent_again_nor_missed()
    {
        outbox.Post(Room, "first", durable: false);
        outbox.Post(Room, "dropped", durable: false);
        outbox.Next(Room);
        for (var i = 2; i <= Outbox<string>.MostVolatile; i++)
            outbox.Post(Room, $"{i}", durable: false);
        outbox.Took(Room);
        Assert.Equal("2", outbox.Next(Room)[0]);
    }

    [Fact]
    public void It_weighs_what_was_decided_until_that_is_confirmed()
    {
        outbox.Decide("12345");
        Assert.Equal(5, outbox.Weight);
        Assert.Empty(outbox.Unconfirmed); // Not stored yet.
        outbox.Stored(["12345"]);
        outbox.Post(Room, "12345", durable: true);
        outbox.Post(Room, "volatile", durable: false);
        Assert.Equal(5, outbox.Weight);
        outbox.Next(Room);
        outbox.Took(Room);
        Assert.Equal(0, outbox.Weight);
    }

    [Fact]
    public void Once_closed_nothing_is_sent_and_no_answer_counts()
    {
        Send(Room, "one");
        outbox.Next(Room);
        outbox.Close();
        outbox.Took(Room);
        Assert.Equal(["one"], outbox.Unconfirmed); // The next activation sends it.
        Assert.False(Send(Player, "two"));
        Assert.Empty(outbox.Next(Room));
    }

    [Fact]
    public void The_wait_grows_with_the_time_that_it_fails_and_begins_anew_with_success()
    {
        Send(Room, "one");
        outbox.Next(Room);
        Assert.Equal(0.05, Wait(100));
        Assert.Equal(1, Wait(104));
        Assert.Equal(10, Wait(1000));
        outbox.Took(Room);
        Send(Room, "two");
        outbox.Next(Room);
        Assert.Equal(0.05, Wait(1001));

        double Wait(double now) => outbox.WaitAfterFailure(Room, TimeSpan.FromSeconds(now)).TotalSeconds;
    }

    private bool Send(ActorId to, string message)
    {
        outbox.Decide(message);
        outbox.Stored([message]);
        return outbox.Post(to, message, durable: true);
    }
}
