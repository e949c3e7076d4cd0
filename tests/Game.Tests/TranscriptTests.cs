namespace GameServer.Game.Tests;

/// <summary>The workshop's transcript (protocol, section 2) against the bare actors.</summary>
public sealed class TranscriptTests
{
    [Fact]
    public void The_workshops_transcript_comes_out_word_for_word()
    {
        var world = new World();
        world.Connect("user1");
        world.Connect("user2");

        Assert.Equal(["user1< joinroom user1_ROOM"], world.Do("user1", new JoinRoom(null)));
        Assert.Equal(
            ["user2< joinroom user1_ROOM", "user2< peer_player_id user1", "user1< peer_player_id user2"],
            world.Do("user2", new JoinRoom(null)));
        Assert.Equal(["user1< attacked FREEZE"], world.Do("user2", new Attack(null)));
        Assert.Equal(["user2< attacked FREEZE"], world.Do("user1", new Attack(null)));
        Assert.Equal(["user2< player_syncscore 20"], world.Do("user1", new SyncScore(20)));
        Assert.Equal(["user1< player_syncscore 25"], world.Do("user2", new SyncScore(25)));
        Assert.Equal(["user1< player_died user2"], world.Do("user2", new Die()));
        Assert.Equal(
            ["user1< battle_settlement LOSE", "user2< player_died all", "user2< battle_settlement WIN"],
            world.Do("user1", new Die()));
        Assert.Equal(1, world.Ask<PlayerInfo>("user2", new GetRecord()).Record.Wins);
        Assert.Equal(1, world.Ask<PlayerInfo>("user1", new GetRecord()).Record.Losses);
        Assert.DoesNotContain(world.Actors.Values, actor => actor is Room);
    }
}
