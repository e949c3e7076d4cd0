using System.Text;
using System.Text.Json;
using GameServer.Tickets;

namespace GameServer.Behaviour;

/// <summary>A mode with battle servers, from registration to drain. The server's side is played by the test, over HTTP.</summary>
public abstract class BattleServerTests(RunningGame game) : BehaviourTest(game)
{
    private const string ServerId = "battle-1";
    private long epoch;

    [ServerFact]
    public async Task Both_players_get_the_same_server_and_get_it_again_after_a_drop()
    {
        var allocated = (await Server.CallAsync("GET", "/stats")).Json.GetProperty("server_allocated").GetDouble();
        await RegisterAsync(1);
        var (alice, bob) = await BattleAsync(mode: "served");
        var place = await AssertSamePlaceAsync(alice, bob);
        // How often, however long each took: a whole number. A cluster adds up now and then, so those of other tests may come late.
        await Server.UntilStatAsync("server_allocated", count => count > allocated && count == Math.Floor(count));
        Assert.Equal(["dns", "ips", "port", "protocol", "ticket"], place.EnumerateObject().Select(field => field.Name));
        Assert.Equal("tcp", place.GetProperty("protocol").GetString());

        alice.Drop();
        await Server.UntilConnectedAsync(1);
        await alice.ReconnectAsync();
        var again = await alice.UntilAsync("battle_server");
        Assert.Equal(place.GetProperty("port").GetInt32(), again.GetProperty("port").GetInt32());
        Assert.Equal(BattleOf(place, alice), BattleOf(again, alice));

        // The battle server is told which battle it has, and is rid of it when the battle is settled.
        Assert.Equal([BattleOf(place, alice)], await HeartbeatAsync("serve"));
        await SettleAsync(alice, bob);
        await UntilBattlesAsync();
        await DrainAsync();
    }

    [ServerFact]
    public async Task Without_a_free_server_players_are_matched_told_unavailable_once_and_served_as_soon_as_one_is_free()
    {
        var (alice, bob) = await BattleAsync(mode: "served");
        foreach (var player in new[] { alice, bob })
        {
            Assert.Equal("error unavailable null", await player.SeesAsync());
            await player.SeesNothingMoreAsync();
        }

        // The battle itself goes on meanwhile.
        await alice.SendAsync("""{"action":"syncscore","score":3}""");
        Assert.Equal("player_syncscore 3", await bob.SeesAsync());
        await RegisterAsync(1);
        var first = await AssertSamePlaceAsync(alice, bob);

        // One port is one battle at a time: the next waits until it is finished.
        var (carol, dave) = await BattleAsync(mode: "served");
        Assert.Equal("error unavailable null", await carol.SeesAsync());
        Assert.Equal("error unavailable null", await dave.SeesAsync());
        var finished = await FinishAsync(BattleOf(first, alice));
        Assert.Equal(200, finished.Status);
        var second = await AssertSamePlaceAsync(carol, dave);
        Assert.Equal(first.GetProperty("port").GetInt32(), second.GetProperty("port").GetInt32());
        Assert.NotEqual(BattleOf(first, alice), BattleOf(second, carol));
        // That a battle is over is not yet a result: without one the room settles by its own rules.
        await SettleAsync(alice, bob);
        await SettleAsync(carol, dave);
        await DrainAsync();
    }

    [ServerFact]
    public async Task A_draining_server_gets_no_new_battle_and_is_gone_when_the_last_one_ends()
    {
        await RegisterAsync(2);
        var (alice, bob) = await BattleAsync(mode: "served");
        var place = await AssertSamePlaceAsync(alice, bob);
        Assert.Equal(409, (await CallAsync("DELETE", $"?epoch={epoch - 1}")).Status);
        Assert.Equal(200, (await CallAsync("DELETE", $"?epoch={epoch}")).Status);
        Assert.Equal([BattleOf(place, alice)], await HeartbeatAsync("drain"));
        var (carol, dave) = await BattleAsync(mode: "served");
        Assert.Equal("error unavailable null", await carol.SeesAsync());
        Assert.Equal("error unavailable null", await dave.SeesAsync());
        await SettleAsync(carol, dave);
        await SettleAsync(alice, bob);
        await UntilGoneAsync();
    }

    [ServerFact]
    public async Task A_registration_that_is_wrong_is_refused_with_what_is_allowed()
    {
        foreach (var (path, body) in new[]
        {
            ("/battle-servers/x", "{}"),
            ("/battle-servers/x", """{"subnet_id":"subnet-local","address":"localhost","ports":[1]}"""),
            ("/battle-servers/x", """{"subnet_id":"subnet-local","address":"127.0.0.4","ports":[]}"""),
            ("/battle-servers/x", """{"subnet_id":"subnet-local","address":"127.0.0.4","ports":[0]}"""),
            ("/battle-servers/b%20d", """{"subnet_id":"subnet-local","address":"127.0.0.4","ports":[1]}"""),
        })
        {
            var answer = await Server.CallAsync("PUT", path, body, RunningGame.ApiKey);
            Assert.Equal(400, answer.Status);
            Assert.Contains("must be", answer.Json.GetProperty("msg").GetString()!, StringComparison.Ordinal);
        }

        Assert.Equal(
            404, (await Server.CallAsync("POST", "/battle-servers/unknown/heartbeat", """{"epoch":1,"connections":{}}""", RunningGame.ApiKey)).Status);
    }

    [ServerFact]
    public async Task What_the_battle_server_reports_is_the_result_exactly_once_and_the_port_is_free_again()
    {
        await RegisterAsync(1);
        var (alice, bob) = await BattleAsync(mode: "served");
        var battle = BattleOf(await AssertSamePlaceAsync(alice, bob), alice);
        await bob.SendAsync("""{"action":"syncscore","score":30}""");
        Assert.Equal("player_syncscore 30", await alice.SeesAsync());
        string Result(string one, string other)
        {
            var result = JsonSerializer.Serialize(new Dictionary<string, string> { [alice.UserId] = one, [bob.UserId] = other });
            return $$"""{"epoch":{{epoch}},"result":{{result}}}""";
        }

        // Only in its own registration, only for its players, only what can be a result.
        foreach (var (status, says, body) in new[]
        {
            (409, "not that server's to end", Result("WIN", "LOSE").Replace($"\"epoch\":{epoch}", $"\"epoch\":{epoch + 1}", StringComparison.Ordinal)),
            (400, "result must name the players", Result("WIN", "LOSE").Replace(alice.UserId, "mallory", StringComparison.Ordinal)),
            (400, "one WIN", Result("WIN", "WIN")),
        })
        {
            var refused = await FinishAsync(battle, body);
            Assert.Equal(status, refused.Status);
            Assert.Contains(says, refused.Json.GetProperty("msg").GetString()!, StringComparison.Ordinal);
        }

        Assert.Equal(200, (await FinishAsync(battle, Result("WIN", "LOSE"))).Status);

        Assert.Equal("player_died all", await alice.SeesAsync());
        Assert.Equal("battle_settlement WIN", await alice.SeesAsync());
        Assert.Equal("player_died all", await bob.SeesAsync());
        Assert.Equal("battle_settlement LOSE", await bob.SeesAsync());
        await UntilBattlesAsync();

        // Again, as after an answer that was lost: confirmed, and nothing more; another result is as late as any.
        Assert.Equal(200, (await FinishAsync(battle, Result("WIN", "LOSE"))).Status);
        await FinishAsync(battle, Result("LOSE", "WIN"));
        await Server.BecomesAsync(alice.UserId, new(1, 0, 0));
        await Server.BecomesAsync(bob.UserId, new(0, 1, 0));
        await alice.SeesNothingMoreAsync();
        await bob.SeesNothingMoreAsync();

        // The port is the next battle's.
        var (carol, dave) = await BattleAsync(mode: "served");
        var next = BattleOf(await AssertSamePlaceAsync(carol, dave), carol);
        Assert.NotEqual(battle, next);
        await SettleAsync(carol, dave);
        await DrainAsync();
    }

    [ServerFact]
    public async Task Who_resumes_gets_the_server_again_with_a_newer_ticket()
    {
        await RegisterAsync(1);
        var (alice, bob) = await BattleAsync(Protocol.V2, mode: "served");
        var first = TicketOf(await AssertSamePlaceAsync(alice, bob), alice);
        Assert.Equal((ServerId, Server.BattlePort, epoch), (first.ServerId, first.Port, first.Epoch));

        alice.Drop();
        await Server.UntilConnectedAsync(1);
        await alice.ReconnectAsync();
        var again = TicketOf(await alice.UntilAsync("battle_server"), alice);
        Assert.Equal(first with { Number = again.Number }, again);
        Assert.True(again.Number > first.Number, $"{again.Number} is not above {first.Number}.");

        // Who only lost the battle server asks by joining again.
        await alice.SendAsync("""{"action":"joinroom"}""");
        var asked = TicketOf(await alice.UntilAsync("battle_server"), alice);
        Assert.True(asked.Number > again.Number, $"{asked.Number} is not above {again.Number}.");
        await SettleAsync(alice, bob);
        await DrainAsync();
    }

    [ServerFact]
    public async Task A_second_server_with_the_same_id_is_refused_while_the_first_lives()
    {
        await RegisterAsync(1);
        var (alice, bob) = await BattleAsync(mode: "served");
        var battle = BattleOf(await AssertSamePlaceAsync(alice, bob), alice);
        for (var i = 0; i < 3; i++)
        {
            var refused = await CallAsync("PUT", "", $$"""{"subnet_id":"subnet-local","address":"127.0.0.5","ports":[{{Server.BattlePort}}]}""");
            Assert.Equal(409, refused.Status);
            Assert.Contains($"belongs to the server at 127.0.0.4:{Server.BattlePort}", refused.Json.GetProperty("msg").GetString()!, StringComparison.Ordinal);
            Assert.Equal([battle], await HeartbeatAsync("serve"));
        }

        await alice.SeesNothingMoreAsync();
        await bob.SeesNothingMoreAsync();
        await SettleAsync(alice, bob);
        await DrainAsync();
    }

    [ServerFact]
    public async Task Without_the_key_nobody_may_call_also_from_this_machine()
    {
        foreach (var key in new[] { null, "another key than the right one" })
        {
            Assert.Equal(401, (await Server.CallAsync("GET", "/battle-servers", bearer: key)).Status);
            Assert.Equal(401, (await Server.CallAsync("DELETE", $"/battle-servers/{ServerId}", bearer: key)).Status);
        }
    }

    private Task<HttpAnswer> CallAsync(string method, string path, string? json = null) =>
        Server.CallAsync(method, $"/battle-servers/{ServerId}{path}", json, RunningGame.ApiKey);

    private Task<HttpAnswer> FinishAsync(string battle, string? json = null) => CallAsync("POST", $"/battles/{battle}/finished", json);

    private async Task RegisterAsync(int ports)
    {
        var list = string.Join(',', Enumerable.Range(Server.BattlePort, ports));
        var answer = await CallAsync(
            "PUT", "", $$"""{"subnet_id":"subnet-local","address":"127.0.0.4","ports":[{{list}}]}""");
        Assert.Equal(200, answer.Status);
        Assert.True(answer.Json.GetProperty("lease_seconds").GetInt32() > 0);
        epoch = answer.Json.GetProperty("epoch").GetInt64();
        // It can be chosen once its ports are mapped.
        await Server.UntilStatAsync("servers_live", 1);
    }

    /// <summary>Sends a heartbeat, which is answered with this command, and gives the battles that are on the server.</summary>
    private async Task<string[]> HeartbeatAsync(string command)
    {
        var answer = await CallAsync(
            "POST", "/heartbeat", $$$"""{"epoch":{{{epoch}}},"connections":{}}""");
        Assert.Equal((200, command), (answer.Status, answer.Json.GetProperty("command").GetString()));
        return [.. answer.Json.GetProperty("battles").EnumerateObject().Select(battle => battle.Value.GetString()!)];
    }

    private async Task UntilBattlesAsync(params string[] expected)
    {
        using var patience = new CancellationTokenSource(GameServerUnderTest.Patience);
        while (!(await HeartbeatAsync("serve")).SequenceEqual(expected) && !patience.IsCancellationRequested)
            await Task.Delay(20);
        Assert.Equal(expected, await HeartbeatAsync("serve"));
    }

    private async Task DrainAsync()
    {
        Assert.Equal(200, (await CallAsync("DELETE", "")).Status);
        await UntilGoneAsync();
    }

    private Task UntilGoneAsync() => Server.UntilStatAsync("servers", 0);

    private static async Task<JsonElement> AssertSamePlaceAsync(GameClient first, GameClient second)
    {
        var (one, other) = (await first.NextAsync(), await second.NextAsync());
        Assert.Equal(("battle_server", "battle_server"), (one.GetProperty("action").GetString(), other.GetProperty("action").GetString()));
        var (place, same) = (one.GetProperty("data"), other.GetProperty("data"));
        foreach (var field in new[] { "dns", "ips", "port", "protocol" })
            Assert.Equal(place.GetProperty(field).GetRawText(), same.GetProperty(field).GetRawText());
        Assert.Equal(BattleOf(place, first), BattleOf(same, second));
        return place;
    }

    /// <summary>The battle that the ticket names; it is this player's, and is checked without asking anyone.</summary>
    private static string BattleOf(JsonElement place, GameClient player) => TicketOf(place, player).BattleId;

    private static BattleTicket TicketOf(JsonElement place, GameClient player)
    {
        var tickets = new BattleTickets(Encoding.UTF8.GetBytes(RunningGame.TicketKey), TimeProvider.System);
        var check = tickets.Verify(place.GetProperty("ticket").GetString()!);
        Assert.True(check.Valid, check.Problem);
        Assert.Equal(player.UserId, check.Ticket.UserId);
        return check.Ticket;
    }

    private static async Task SettleAsync(GameClient first, GameClient second)
    {
        await first.SendAsync("""{"action":"die"}""");
        await second.UntilAsync("player_died");
        await second.SendAsync("""{"action":"die"}""");
        await first.UntilAsync("battle_settlement");
        await second.UntilAsync("battle_settlement");
    }
}
