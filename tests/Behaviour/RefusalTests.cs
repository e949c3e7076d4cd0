namespace GameServer.Behaviour;

/// <summary>
/// Every refusal of the protocol: the code, the action as received (or null), in version 2 the id; the connection stays, and nothing has
/// changed for anybody. What a mode refuses is in <see cref="ModeTests"/>, tokens are in <see cref="TokenTests"/>, too many messages in
/// <see cref="RubbishTests"/>.
/// </summary>
public abstract class RefusalTests(RunningGame game) : BehaviourTest(game)
{
    /// <summary>A frame, the code it is refused with, and the action it had.</summary>
    public static TheoryData<string, string, string?> Malformed => new()
    {
        { "", "bad_json", null },
        { "{", "bad_json", null },
        { "hello", "bad_json", null },
        { """{"action":"die"} and more""", "bad_json", null },
        { """{"action":"\ud800"}""", "bad_json", null },
        { "[]", "bad_message", null },
        { "null", "bad_message", null },
        { "7", "bad_message", null },
        { "\"die\"", "bad_message", null },
        { "{}", "bad_message", null },
        { """{"score":1}""", "bad_message", null },
        { """{"action":7}""", "bad_message", null },
        { """{"action":null}""", "bad_message", null },
        { """{"action":"die","action":"die"}""", "bad_message", "die" },
        { """{"action":"joinroom","mode":7}""", "bad_message", "joinroom" },
        { """{"action":"fly"}""", "unknown_action", "fly" },
        { """{"action":"DIE"}""", "unknown_action", "DIE" },
        { """{"action":""}""", "unknown_action", "" },
        { """{"action":"joinroom","mode":"no such mode"}""", "unknown_mode", "joinroom" },
        { """{"action":"syncscore"}""", "invalid_score", "syncscore" },
        { """{"action":"syncscore","score":-1}""", "invalid_score", "syncscore" },
        { """{"action":"syncscore","score":1.5}""", "invalid_score", "syncscore" },
        { """{"action":"syncscore","score":"x"}""", "invalid_score", "syncscore" },
        { """{"action":"syncscore","score":null}""", "invalid_score", "syncscore" },
        { """{"action":"syncscore","score":2147483648}""", "invalid_score", "syncscore" },
        { """{"action":"syncscore","score":99999999999}""", "invalid_score", "syncscore" },
        { """{"action":"attack","user_id":7}""", "invalid_target", "attack" },
        { """{"action":"attack","user_id":""}""", "invalid_target", "attack" },
    };

    /// <summary>Where the player is, what it asks for, and the code it is refused with.</summary>
    public static TheoryData<string, string, string> Impossible => new()
    {
        { "in no room", "syncscore", "not_in_room" },
        { "in no room", "attack", "not_in_room" },
        { "in no room", "die", "not_in_room" },
        { "in no room", "exitroom", "not_in_room" },
        { "in no room", "destroyroom", "not_in_room" },
        { "waiting", "syncscore", "no_opponent" },
        { "waiting", "attack", "no_opponent" },
        { "waiting", "die", "no_opponent" },
        { "in a battle", "destroyroom", "battle_in_progress" },
        { "dead", "syncscore", "dead" },
        { "dead", "attack", "dead" },
        { "dead", "die", "dead" },
        { "dead", "destroyroom", "battle_in_progress" },
        { "settled", "syncscore", "not_in_room" },
        { "settled", "attack", "not_in_room" },
        { "settled", "die", "not_in_room" },
        { "settled", "exitroom", "not_in_room" },
        { "settled", "destroyroom", "not_in_room" },
    };

    [ServerTheory]
    [MemberData(nameof(Malformed))]
    public async Task What_has_the_wrong_form_is_refused_wherever_the_player_is(string message, string code, string? request)
    {
        foreach (var version in new[] { Protocol.V1, Protocol.V2 })
        {
            var idle = await ConnectAsync("idle", version);
            var (alice, bob) = await BattleAsync(version);
            foreach (var player in new[] { idle, alice })
            {
                await player.SendAsync(message);
                await AssertRefusedAsync(player, code, request);
            }

            await bob.SeesNothingMoreAsync();
        }
    }

    [ServerTheory]
    [MemberData(nameof(Impossible))]
    public async Task What_is_not_possible_now_is_refused_and_changes_nothing(string where, string action, string code)
    {
        foreach (var version in new[] { Protocol.V1, Protocol.V2 })
        {
            var (player, other) = await ArriveAsync(where, version);
            await player.SendAsync($$"""{"action":"{{action}}","score":5}""");
            await AssertRefusedAsync(player, code, action);
            if (version == Protocol.V2)
            {
                await player.SendAsync($$"""{"action":"{{action}}","score":5,"id":"a \"b\""}""");
                Assert.Equal($"""error {code} {action} a "b" """.TrimEnd(), await player.SeesAsync());
            }

            await player.SeesNothingMoreAsync();
            if (other is not null)
                await other.SeesNothingMoreAsync();
        }
    }

    [ServerFact]
    public async Task A_malformed_request_of_version_2_is_refused_with_its_id()
    {
        var alice = await ConnectAsync("alice", Protocol.V2);
        await alice.SendAsync("""{"id":7,"action":"fly"}""");
        Assert.Equal("error unknown_action fly 7", await alice.SeesAsync());
        await alice.SendAsync("""{"action":"syncscore","score":-1,"id":"seven"}""");
        Assert.Equal("error invalid_score syncscore seven", await alice.SeesAsync());
        await alice.SendAsync("""{"action":"joinroom","mode":"x","id":8}""");
        Assert.Equal("error unknown_mode joinroom 8", await alice.SeesAsync());
        await alice.SendAsync("""{"action":"joinroom","id":1.5}""");
        Assert.Equal("error bad_message joinroom", await alice.SeesAsync());
        // Version 1 knows no id: there it is a field like any other.
        var bob = await ConnectAsync("bob");
        await bob.SendAsync("""{"id":7,"action":"die"}""");
        Assert.Equal("error not_in_room die", await bob.SeesAsync());
    }

    [ServerFact]
    public async Task An_attack_needs_a_living_or_dead_opponent_of_this_battle()
    {
        var (alice, bob) = await BattleAsync();
        var stranger = await ConnectAsync("stranger");
        foreach (var target in new[] { stranger.UserId, alice.UserId, "nobody" })
        {
            await alice.SendAsync($$"""{"action":"attack","user_id":"{{target}}"}""");
            await AssertRefusedAsync(alice, "invalid_target", "attack");
        }

        await bob.SeesNothingMoreAsync();
        await stranger.SeesNothingMoreAsync();
        await alice.SendAsync($$"""{"action":"attack","user_id":"{{bob.UserId}}"}""");
        Assert.Equal("attacked FREEZE", await bob.SeesAsync());
    }

    [ServerFact]
    public async Task Only_the_owner_destroys_a_waiting_room()
    {
        var owner = await ConnectAsync("owner");
        var other = await ConnectAsync("other");
        await owner.SendAsync("""{"action":"joinroom","mode":"trio"}""");
        Assert.Equal($"joinroom {owner.UserId}_ROOM", await owner.SeesAsync());
        await other.SendAsync("""{"action":"joinroom","mode":"trio"}""");
        Assert.Equal($"joinroom {owner.UserId}_ROOM", await other.SeesAsync());
        await other.SendAsync("""{"action":"destroyroom"}""");
        await AssertRefusedAsync(other, "not_room_owner", "destroyroom");
        await owner.SeesNothingMoreAsync();
        await LeaveAsync(other);
        await LeaveAsync(owner);
    }

    private static async Task LeaveAsync(GameClient player)
    {
        await player.SendAsync("""{"action":"exitroom"}""");
        await player.UntilAsync("exitroom");
    }

    private static async Task AssertRefusedAsync(GameClient player, string code, string? request)
    {
        var frame = await player.NextAsync();
        Assert.Equal("error", frame.GetProperty("action").GetString());
        var data = frame.GetProperty("data");
        Assert.Equal(["code", "message", "request"], data.EnumerateObject().Select(field => field.Name));
        Assert.Equal(code, data.GetProperty("code").GetString());
        Assert.NotEmpty(data.GetProperty("message").GetString()!);
        Assert.Equal(request, data.GetProperty("request").GetString());
    }

    private async Task<(GameClient Player, GameClient? Other)> ArriveAsync(string where, Protocol version)
    {
        switch (where)
        {
            case "in no room":
                return (await ConnectAsync("alice", version), null);
            case "waiting":
                var waiting = await ConnectAsync("alice", version);
                await waiting.SendAsync("""{"action":"joinroom","mode":"five"}""");
                await waiting.UntilAsync("joinroom");
                if (version == Protocol.V2)
                    await waiting.UntilAsync("waiting");
                return (waiting, null);
            default:
                var (alice, bob) = await BattleAsync(version);
                if (where == "in a battle")
                    return (alice, bob);
                await alice.SendAsync("""{"action":"die"}""");
                await bob.UntilAsync("player_died");
                if (where == "dead")
                    return (alice, bob);
                await bob.SendAsync("""{"action":"die"}""");
                await alice.UntilAsync("battle_settlement");
                await bob.UntilAsync("battle_settlement");
                return (alice, bob);
        }
    }
}
