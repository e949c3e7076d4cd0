using System.Net.WebSockets;

namespace GameServer.Behaviour;

/// <summary>Whatever a client sends, the server stays up and two others who are in the middle of a battle notice nothing.</summary>
public abstract class RubbishTests(RunningGame game) : BehaviourTest(game)
{
    private int score;

    [ServerFact]
    public async Task A_binary_frame_is_closed_with_1003()
    {
        var (alice, bob) = await BattleAsync();
        var vandal = await ConnectAsync("vandal");
        await vandal.SendAsync("""{"action":"joinroom"}"""u8.ToArray(), WebSocketMessageType.Binary);
        Assert.Equal(1003, await vandal.CloseCodeAsync());
        await AssertUndisturbedAsync(alice, bob);
    }

    [ServerFact]
    public async Task A_frame_of_32_KB_is_read_and_a_longer_one_is_closed_with_1009()
    {
        var (alice, bob) = await BattleAsync();
        var vandal = await ConnectAsync("vandal");
        await vandal.SendAsync(Padded(32 * 1024));
        Assert.Equal("error not_in_room die", await vandal.SeesAsync());
        await vandal.SendAsync(Padded(33 * 1024));
        Assert.Equal(1009, await vandal.CloseCodeAsync());
        await AssertUndisturbedAsync(alice, bob);

        static string Padded(int length) => """{"action":"die"}""".PadRight(length);
    }

    [ServerFact]
    public async Task Text_that_is_no_UTF8_closes_only_the_connection_it_came_by()
    {
        var (alice, bob) = await BattleAsync();
        var vandal = await ConnectAsync("vandal");
        await vandal.SendAsync([(byte)'{', 0xC3, 0x28, 0xFF, (byte)'}'], WebSocketMessageType.Text);
        Assert.Contains(await vandal.CloseCodeAsync(), new[] { 1007, 0 });
        await AssertUndisturbedAsync(alice, bob);
    }

    [ServerFact]
    public async Task Deep_nesting_long_names_and_long_numbers_are_refused()
    {
        var (alice, bob) = await BattleAsync();
        var vandal = await ConnectAsync("vandal");
        foreach (var (message, code) in new[]
        {
            (new string('[', 30_000), "bad_json"),
            ($$"""{"action":"{{new string('x', 30_000)}}"}""", "unknown_action"),
            ($$"""{"action":"syncscore","score":{{new string('9', 30_000)}}}""", "invalid_score"),
            ($$"""{"action":"attack","user_id":"{{new string('x', 65)}}"}""", "invalid_target"),
        })
        {
            await vandal.SendAsync(message);
            Assert.StartsWith($"error {code} ", await vandal.SeesAsync(), StringComparison.Ordinal);
        }

        await AssertUndisturbedAsync(alice, bob);
    }

    [ServerFact]
    public async Task Too_many_messages_are_rate_limited_and_too_many_of_those_are_closed_with_4003()
    {
        var (alice, bob) = await BattleAsync();
        var vandal = await ConnectAsync("vandal", Protocol.V2);
        List<string> answers = [];
        try
        {
            // It reads what it gets: it is not too slow, only too much.
            for (var turn = 0; turn < 200; turn++)
            {
                for (var i = 0; i < 50; i++)
                    await vandal.SendAsync("""{"action":"die","id":1}""");
                for (var i = 0; i < 50; i++)
                    answers.Add(await vandal.SeesAsync());
            }
        }
        catch (WebSocketException)
        {
            Assert.Equal(4003, await vandal.CloseCodeAsync());
        }
        catch (ConnectionLostException e)
        {
            Assert.Equal(4003, e.Code);
        }

        Assert.Equal("error not_in_room die 1", answers[0]);
        Assert.Contains("error rate_limited die 1", answers);
        await AssertUndisturbedAsync(alice, bob);
    }

    [ServerFact]
    public async Task Ten_thousand_messages_at_once_are_cut_off()
    {
        var (alice, bob) = await BattleAsync();
        var vandal = await ConnectAsync("vandal");
        var closed = vandal.CloseCodeAsync();
        await FloodAsync(vandal, _ => """{"action":"die"}""");
        // So many answers at once may also be more than the client reads.
        Assert.Contains(await closed, new[] { 4003, 4004 });
        await AssertUndisturbedAsync(alice, bob);
    }

    [ServerFact]
    public async Task An_opponent_who_floods_is_cut_off_and_the_battle_goes_on()
    {
        var (alice, vandal) = await BattleAsync(mode: "hasty");
        var closed = vandal.CloseCodeAsync();
        await FloodAsync(vandal, i => $$"""{"action":"syncscore","score":{{i}}}""");
        Assert.Equal(4003, await closed);
        vandal.Dispose();
        // Who was cut off and does not come back dies of it, and alice has seen nothing but scores that grow.
        await alice.SendAsync("""{"action":"syncscore","score":2147483647}""");
        await alice.SendAsync("""{"action":"die"}""");
        var before = -1;
        while (await alice.NextAsync() is var frame && frame.GetProperty("action").GetString() == "player_syncscore")
        {
            Assert.True(frame.GetProperty("data").GetInt32() > before);
            before = frame.GetProperty("data").GetInt32();
        }

        await Server.BecomesAsync(alice.UserId, new(1, 0, 0));
    }

    [ServerFact]
    public async Task A_socket_that_never_reads_disturbs_nobody_not_even_its_opponent()
    {
        var (alice, bob) = await BattleAsync();
        var (opponent, sleeper) = await BattleAsync(Protocol.V2, "hasty");
        // Each of these is answered with the whole battle, which piles up at a socket that is not read.
        for (var i = 0; i < 100; i++)
            await sleeper.SendAsync("""{"action":"joinroom"}""");
        await opponent.SendAsync("""{"action":"syncscore","score":1,"id":1}""");
        Assert.Equal("ok 1", await opponent.AnswerAsync("1"));
        await opponent.SendAsync("""{"action":"die","id":2}""");
        Assert.Equal("ok 2", await opponent.AnswerAsync("2"));
        await sleeper.SendAsync("""{"action":"die"}""");
        Assert.Equal("WIN", (await opponent.UntilAsync("battle_settlement")).GetString());
        await AssertUndisturbedAsync(alice, bob);
    }

    private static async Task FloodAsync(GameClient vandal, Func<int, string> message)
    {
        try
        {
            for (var i = 0; i < 10_000; i++)
                await vandal.SendAsync(message(i));
        }
        catch (WebSocketException)
        {
            // Closed meanwhile.
        }
    }

    /// <summary>The server is up, and the two go on without having seen anything.</summary>
    private async Task AssertUndisturbedAsync(GameClient alice, GameClient bob)
    {
        await alice.SendAsync($$"""{"action":"syncscore","score":{{++score}}}""");
        Assert.Equal($"player_syncscore {score}", await bob.SeesAsync());
        await bob.SendAsync("""{"action":"attack"}""");
        Assert.Equal("attacked FREEZE", await alice.SeesAsync());
        foreach (var gateway in Server.Gateways)
            Assert.Equal(200, (await Server.CallAsync("GET", "/health/ready", gateway: gateway)).Status);
    }
}
