using System.Globalization;
using System.Net.WebSockets;
using System.Text;

namespace GameServer.Behaviour;

/// <summary>What a user id may be: the same on every host and at every way in.</summary>
public abstract class NameTests(RunningGame game) : BehaviourTest(game)
{
    // Letters of several scripts, marks, digits, punctuation and symbols, all of them assigned, visible and of any Unicode version in use.
    private static readonly (int From, int To)[] Visible =
    [
        (0x21, 0x7e), (0xc0, 0xff), (0x391, 0x3a1), (0x430, 0x44f), (0x5d0, 0x5ea), (0x905, 0x914), (0x995, 0x9a8), (0x3041, 0x3096),
        (0x4e00, 0x9fa5), (0xac00, 0xd7a3), (0x1f300, 0x1f320), (0x1f600, 0x1f64f),
    ];

    public static TheoryData<string> Legal =>
    [
        "O'Neill \"the\\slash\" {}[]<>&;", "😀🌈 żółć 日本", "a/b?c=d&e#f%20+", "x", "ALL", "தமிழ்",
        // The longest, by each measure.
        new string('n', 60), string.Concat(Enumerable.Repeat("😀", 30)), string.Concat(Enumerable.Repeat("é", 60)),
    ];

    [ServerTheory]
    [MemberData(nameof(Legal))]
    public async Task Any_legal_name_registers_plays_is_attacked_and_has_a_record(string name)
    {
        name = $"{name}{Game.NextPlayer()}";
        await AssertPlaysAsync(name, name);
    }

    [ServerFact]
    public async Task Any_legal_name_at_all_does_the_same()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("NAME_SEED"), CultureInfo.InvariantCulture, out var given)
            ? given
            : Random.Shared.Next();
        var random = new Random(seed);
        for (var i = 0; i < 20; i++)
        {
            var name = Make(random);
            try
            {
                await AssertPlaysAsync(name, name);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"NAME_SEED={seed}, name {i}: '{name}'", e);
            }
        }
    }

    [ServerFact]
    public async Task Two_spellings_of_one_name_are_one_player()
    {
        var number = Game.NextPlayer();
        await AssertPlaysAsync($"Zoe\u0308 {number}", $"Zo\u00eb {number}");
    }

    [ServerTheory]
    [InlineData(" ")]
    [InlineData("   ")]
    [InlineData("\t")]
    [InlineData("\u00a0")]
    [InlineData("\u3164")]
    [InlineData(" alice")]
    [InlineData("alice ")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    [InlineData("a\u007fb")]
    [InlineData("\u0085")]
    [InlineData("a\u2028b")]
    [InlineData("\u202eecila")]
    [InlineData("ali\u200bce")]
    [InlineData("\ufeffalice")]
    [InlineData("\ue000")]
    [InlineData("all")]
    [InlineData("nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn")] // 65
    [InlineData("😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀")] // 33, 132 bytes
    public async Task A_name_that_is_none_is_refused_with_400_wherever_it_is_given(string name)
    {
        var (alice, bob) = await BattleAsync();
        var escaped = Uri.EscapeDataString(name);
        foreach (var gateway in Server.Gateways)
        {
            var refused = await Assert.ThrowsAsync<WebSocketException>(() => GameClient.ConnectAsync(() => gateway, name));
            Assert.Contains("400", refused.Message, StringComparison.Ordinal);
            foreach (var path in new[] { "/ws", "/dev" })
            {
                var answer = await Server.CallAsync("GET", $"{path}?user_id={escaped}", gateway: gateway);
                Assert.Equal((400, "bad_message"), (answer.Status, answer.Json.GetProperty("code").GetString()));
            }

            Assert.Equal(400, (await Server.CallAsync("GET", $"/players/{escaped}", gateway: gateway)).Status);
            foreach (var path in new[] { "/create_user", "/delete_user" })
            {
                var answer = await Server.CallAsync("POST", path, JsonOf(name), gateway: gateway);
                Assert.Equal(400, answer.Status);
                Assert.StartsWith("user_id ", answer.Json.GetProperty("msg").GetString(), StringComparison.Ordinal);
            }
        }

        await alice.SendAsync($$"""{"action":"attack","user_id":{{Quoted(name)}}}""");
        Assert.Equal("error invalid_target attack", await alice.SeesAsync());
        await bob.SendAsync("""{"action":"syncscore","score":1}""");
        Assert.Equal("player_syncscore 1", await alice.SeesAsync());
    }

    /// <summary>A legal name of a random length, in the form that the server gives it.</summary>
    private static string Make(Random random)
    {
        var wanted = random.Next(1, 65);
        var name = new StringBuilder();
        while (name.Length < wanted)
        {
            var (from, to) = Visible[random.Next(Visible.Length)];
            var next = new Rune(random.Next(from, to + 1)).ToString();
            if (name.Length > 0 && random.Next(8) == 0)
                next = " " + next;
            if (name.Length + next.Length > 64 || Encoding.UTF8.GetByteCount($"{name}{next}") > 128)
                break;
            name.Append(next);
        }

        return name.ToString().Normalize();
    }

    private static string JsonOf(string name) => $$"""{"user_id":{{Quoted(name)}}}""";

    private static string Quoted(string name) => System.Text.Json.JsonSerializer.Serialize(name);

    private async Task AssertPlaysAsync(string given, string name)
    {
        Assert.Equal(200, (await Server.CallAsync("POST", "/create_user", JsonOf(given))).Status);
        var alice = await ConnectAsAsync(given);
        var bob = await ConnectAsync("bob");
        await alice.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal($"joinroom {name}_ROOM", await alice.SeesAsync());
        await bob.SendAsync("""{"action":"joinroom"}""");
        Assert.Equal($"joinroom {name}_ROOM", await bob.SeesAsync());
        Assert.Equal($"peer_player_id {name}", await bob.SeesAsync());
        Assert.Equal($"peer_player_id {bob.UserId}", await alice.SeesAsync());
        await bob.SendAsync($$"""{"action":"attack","user_id":{{Quoted(given)}}}""");
        Assert.Equal("attacked FREEZE", await alice.SeesAsync());
        await alice.SendAsync("""{"action":"die"}""");
        Assert.Equal($"player_died {name}", await bob.SeesAsync());
        await bob.SendAsync("""{"action":"die"}""");
        Assert.Equal("battle_settlement DRAW", await bob.SeesAsync());
        Assert.Equal("player_died all", await alice.SeesAsync());
        Assert.Equal("battle_settlement DRAW", await alice.SeesAsync());
        Assert.Equal(new(0, 0, 1), await Server.RecordAsync(given));
        Assert.Equal(400, (await Server.CallAsync("POST", "/create_user", JsonOf(name))).Status);
        Assert.Equal(200, (await Server.CallAsync("POST", "/delete_user", JsonOf(given))).Status);
        Assert.Equal(4002, await alice.CloseCodeAsync());
    }
}
