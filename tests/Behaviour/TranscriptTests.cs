namespace GameServer.Behaviour;

/// <summary>The workshop's own transcript, as its two terminals show it.</summary>
public abstract class TranscriptTests(RunningGame game) : BehaviourTest(game)
{
    [ServerFact]
    public async Task The_workshops_transcript_comes_out_word_for_word()
    {
        var user1 = await ConnectAsAsync("user1");
        var user2 = await ConnectAsAsync("user2");

        await user1.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal("joinroom user1_ROOM", await user1.SeesAsync());
        await user2.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal("joinroom user1_ROOM", await user2.SeesAsync());
        Assert.Equal("peer_player_id user1", await user2.SeesAsync());
        Assert.Equal("peer_player_id user2", await user1.SeesAsync());
        await user2.SendAsync("""{"action":"attack"}""");
        Assert.Equal("attacked FREEZE", await user1.SeesAsync());
        await user1.SendAsync("""{"action":"attack"}""");
        Assert.Equal("attacked FREEZE", await user2.SeesAsync());
        await user1.SendAsync("""{"action":"syncscore","score":20}""");
        Assert.Equal("player_syncscore 20", await user2.SeesAsync());
        await user2.SendAsync("""{"action":"syncscore","score":25}""");
        Assert.Equal("player_syncscore 25", await user1.SeesAsync());
        await user2.SendAsync("""{"action":"die"}""");
        Assert.Equal("player_died user2", await user1.SeesAsync());
        await user1.SendAsync("""{"action":"die"}""");
        Assert.Equal("player_died all", await user2.SeesAsync());
        Assert.Equal("battle_settlement LOSE", await user1.SeesAsync());
        Assert.Equal("battle_settlement WIN", await user2.SeesAsync());

        await user1.SeesNothingMoreAsync();
        await user2.SeesNothingMoreAsync();
        Assert.Equal(new(Wins: 0, Losses: 1, Draws: 0), await Server.RecordAsync("user1"));
        Assert.Equal(new(Wins: 1, Losses: 0, Draws: 0), await Server.RecordAsync("user2"));
    }

    [ServerFact]
    public async Task A_frame_is_an_object_of_action_and_data_and_nothing_else()
    {
        var (alice, bob) = await BattleAsync();
        await alice.SendAsync("""{"action":"syncscore","score":2147483647}""");
        Assert.Equal("""{"action":"player_syncscore","data":2147483647}""", (await bob.NextAsync()).GetRawText());
        await alice.SendAsync("""{"action":"attack"}""");
        Assert.Equal("""{"action":"attacked","data":"FREEZE"}""", (await bob.NextAsync()).GetRawText());
        await alice.SendAsync("""{"action":"die"}""");
        Assert.Equal($$"""{"action":"player_died","data":"{{alice.UserId}}"}""", (await bob.NextAsync()).GetRawText());
        await bob.SendAsync("""{"action":"die"}""");
        Assert.Equal("""{"action":"battle_settlement","data":"LOSE"}""", (await bob.NextAsync()).GetRawText());
        Assert.Equal("""{"action":"player_died","data":"all"}""", (await alice.NextAsync()).GetRawText());
        Assert.Equal("""{"action":"battle_settlement","data":"WIN"}""", (await alice.NextAsync()).GetRawText());
    }
}
