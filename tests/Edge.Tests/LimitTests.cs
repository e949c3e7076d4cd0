using GameServer.Game;

namespace GameServer.Edge.Tests;

/// <summary>Limits that are each right and must be right together.</summary>
public sealed class LimitTests
{
    private static readonly EdgeOptions Defaults = new();

    [Fact]
    public void The_queue_has_room_for_what_a_client_asks_for_beside_what_others_do()
    {
        // Half of it waits when the last requests are handed over.
        const int Most = (EdgeOptions.MinQueueFrames / 2) + (Connection.MostHandedOver * Player.MostFramesOfRequest) + OutgoingQueue.MostOfOthers;
        Assert.InRange(Most, 1, EdgeOptions.MinQueueFrames);
        Assert.InRange(Defaults.QueueFrames, EdgeOptions.MinQueueFrames, int.MaxValue);
    }

    [Fact]
    public void The_queue_has_room_for_as_many_bytes()
    {
        var name = new string('x', 64);
        var peer = FrameWriter.Estimate(new PushFrame(1, new(PushKind.PlayerSyncScore) { Text = name, From = name }, false));
        var players = Enumerable.Repeat(new BattlePlayer(name, 0, true, true, null), ModeRules.MaxRoomSize - 1);
        var snapshot = FrameWriter.Estimate(new PushFrame(1, new(PushKind.Snapshot)
        {
            Snapshot = new() { UserId = name, State = "battle", Peers = [.. players], Record = new() },
        }, false));
        var view = snapshot + (Player.MostFramesOfRequest * peer);
        Assert.InRange(
            (EdgeOptions.MinQueueBytes / 2) + (Connection.MostHandedOver * view) + (OutgoingQueue.MostOfOthers * peer), 1, EdgeOptions.MinQueueBytes);
        Assert.InRange(Defaults.QueueBytes, EdgeOptions.MinQueueBytes, int.MaxValue);
    }

    [Fact]
    public void As_many_answers_are_remembered_as_a_player_may_ask_for_at_once()
    {
        Assert.InRange((2 * Defaults.MessagesPerSecondPerPlayer) + Connection.MostHandedOver, 1, Player.MostReplies);
        Assert.InRange((2 * EdgeOptions.MaxMessagesPerSecondPerPlayer) + Connection.MostHandedOver, 1, Player.MostReplies);
        Assert.InRange((2 * Defaults.MessagesPerSecondPerPlayer) + Connection.MostHandedOver, 1, Player.MostWaiting);
    }

    [Fact]
    public void A_player_can_use_up_a_limit_of_its_own_before_the_one_of_its_address() =>
        Assert.InRange(Defaults.MessagesPerSecondPerPlayer, 1, Defaults.MessagesPerSecondPerAddress);
}
