namespace GameServer.Behaviour;

/// <summary>All that a player may send at once.</summary>
public abstract class BurstTests(RunningGame game) : BehaviourTest(game)
{
    // 400 are allowed; to match costs some.
    private const int Burst = 390;

    [ServerFact]
    public async Task A_burst_within_the_limits_throws_nobody_out_and_is_done_once_though_it_is_sent_again_after_a_resume()
    {
        // To send so much again takes longer than the limits allow at once, and is refused meanwhile.
        await using var server = await Game.StartSmallAsync("--GameServer:Edge:RefusalsBeforeClose=10000");
        using var attacker = await GameClient.ConnectAsync(server.NextGateway, "attacker", Protocol.V2);
        using var victim = await GameClient.ConnectAsync(server.NextGateway, "victim", Protocol.V2);
        await GameClient.MatchAsync(attacker, victim);

        for (var id = 0; id < Burst; id++)
            await attacker.SendAsync($$"""{"action":"attack","id":{{id}}}""");
        for (var id = 0; id < Burst; id++)
            Assert.Equal($"ok {id}", await attacker.SeesAsync());

        // Within its limits nobody throws out an opponent, and everything arrives at one that reads.
        for (var id = 0; id < Burst; id++)
            Assert.Equal("attacked FREEZE from attacker", await victim.SeesAsync());

        // The answers were on their way, but the attacker never had them.
        attacker.Drop();
        Assert.Equal("peer_disconnected attacker", await victim.SeesAsync());
        await attacker.ReconnectAsync();
        Assert.Equal("peer_reconnected attacker", await victim.SeesAsync());
        for (var id = 0; id < Burst; id++)
        {
            string answer;
            do
            {
                await attacker.SendAsync($$"""{"action":"attack","id":{{id}}}""");
                answer = await attacker.AnswerAsync($"{id}");
            }
            while (answer == $"error rate_limited attack {id}");
            Assert.Equal($"ok {id}", answer);
        }

        await victim.SeesNothingMoreAsync();
    }
}
