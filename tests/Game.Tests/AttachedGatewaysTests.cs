namespace GameServer.Game.Tests;

/// <summary>Which gateways a player's frames go to.</summary>
public sealed class AttachedGatewaysTests
{
    private static readonly ConnectionId First = new("one", 1);
    private static readonly ConnectionId Second = new("two", 1);
    private static readonly ConnectionId Third = new("three", 1);

    private readonly AttachedGateways<string> gateways = new();

    [Fact]
    public void The_last_two_are_known()
    {
        gateways.Attach(First, "way to one", 1);
        gateways.Attach(Second, "way to two", 1);
        gateways.Attach(Third, "way to three", 1);
        Assert.Null(gateways.Find(First));
        Assert.Equal(["way to two", "way to three"], gateways.All.Select(g => g.Gateway));
    }

    [Fact]
    public void The_frames_of_an_attachment_are_numbered_from_1_and_those_of_an_older_connection_are_not()
    {
        gateways.Attach(First, "way to one", 1);
        gateways.Attach(First with { Number = 2 }, "way to one", 3);
        var gateway = gateways.Find(First)!;
        Assert.Equal(0, gateway.NextOrder(First));
        Assert.Equal((3L << 32) + 1, gateway.NextOrder(First with { Number = 2 }));
        Assert.Equal((3L << 32) + 2, gateway.NextOrder(First with { Number = 2 }));
    }

    [Fact]
    public void An_attachment_that_comes_late_does_not_take_the_place_of_a_newer_one()
    {
        gateways.Attach(First, "way to one", 2);
        gateways.Attach(First, "way to one", 1);
        Assert.Equal((2L << 32) + 1, gateways.Find(First)!.NextOrder(First));
    }
}
