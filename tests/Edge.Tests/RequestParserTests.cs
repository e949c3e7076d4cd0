using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using GameServer.Game;

namespace GameServer.Edge.Tests;

public sealed class RequestParserTests
{
    private readonly RequestParser parser = new(new FakeHost().Rules);

    public static TheoryData<string, string> Refused => new()
    {
        { "", "bad_json" },
        { " ", "bad_json" },
        { "{", "bad_json" },
        { "{\"action\":\"die\"", "bad_json" },
        { "{\"action\":\"die\"} x", "bad_json" },
        { "{\"action\":\"die\"}{}", "bad_json" },
        { "{\"action\":\"die\",}", "bad_json" },
        { "{action:\"die\"}", "bad_json" },
        { "{'action':'die'}", "bad_json" },
        { "// die", "bad_json" },
        { "[1,", "bad_json" },
        { "{\"action\":\"die\",\"x\":" + new string('[', 100) + new string(']', 100) + "}", "bad_json" },
        { "{\"action\":\"\\ud800\"}", "bad_json" },
        { "{\"action\":\"attack\",\"user_id\":\"\\ud800\"}", "bad_json" },
        { "{\"action\":\"die\",\"id\":\"\\ud800\"}", "bad_json" },
        { "{\"\\ud800\":1,\"action\":\"die\",\"\\udc00ction\":1", "bad_json" },
        { "null", "bad_message" },
        { "7", "bad_message" },
        { "\"die\"", "bad_message" },
        { "[]", "bad_message" },
        { "[{\"action\":\"die\"}]", "bad_message" },
        { "{}", "bad_message" },
        { "{\"Action\":\"die\"}", "bad_message" },
        { "{\"action\":7}", "bad_message" },
        { "{\"action\":null}", "bad_message" },
        { "{\"action\":{\"action\":\"die\"}}", "bad_message" },
        { "{\"action\":\"die\",\"action\":\"die\"}", "bad_message" },
        { "{\"action\":\"syncscore\",\"score\":1,\"score\":2}", "bad_message" },
        { "{\"action\":\"die\",\"id\":null}", "bad_message" },
        { "{\"action\":\"die\",\"id\":1.0}", "bad_message" },
        { "{\"action\":\"die\",\"id\":1e3}", "bad_message" },
        { "{\"action\":\"die\",\"id\":-1E3}", "bad_message" },
        { "{\"action\":\"die\",\"id\":true}", "bad_message" },
        { "{\"action\":\"die\",\"id\":[1]}", "bad_message" },
        { "{\"action\":\"die\",\"id\":\"" + new string('x', 127) + "\"}", "bad_message" },
        { "{\"action\":\"die\",\"id\":" + new string('9', 129) + "}", "bad_message" },
        { "{\"action\":\"joinroom\",\"mode\":7}", "bad_message" },
        { "{\"action\":\"joinroom\",\"mode\":{}}", "bad_message" },
        { "{\"action\":\"joinroom\",\"mode\":\"nosuch\"}", "unknown_mode" },
        { "{\"action\":\"joinroom\",\"mode\":\"\"}", "unknown_mode" },
        { "{\"action\":\"joinroom\",\"mode\":\"Ranked\"}", "unknown_mode" },
        { "{\"action\":\"\"}", "unknown_action" },
        { "{\"action\":\"fly\"}", "unknown_action" },
        { "{\"action\":\"DIE\"}", "unknown_action" },
        { "{\"action\":\"die \"}", "unknown_action" },
        { "{\"action\":\"syncscore\"}", "invalid_score" },
        { "{\"action\":\"syncscore\",\"score\":null}", "invalid_score" },
        { "{\"action\":\"syncscore\",\"score\":\"20\"}", "invalid_score" },
        { "{\"action\":\"syncscore\",\"score\":-1}", "invalid_score" },
        { "{\"action\":\"syncscore\",\"score\":2147483648}", "invalid_score" },
        { "{\"action\":\"syncscore\",\"score\":1.5}", "invalid_score" },
        { "{\"action\":\"syncscore\",\"score\":1e2}", "invalid_score" },
        { "{\"action\":\"syncscore\",\"score\":[20]}", "invalid_score" },
        { "{\"action\":\"syncscore\",\"score\":{\"score\":20}}", "invalid_score" },
        { "{\"action\":\"attack\",\"user_id\":7}", "invalid_target" },
        { "{\"action\":\"attack\",\"user_id\":\"\"}", "invalid_target" },
        { "{\"action\":\"attack\",\"user_id\":[]}", "invalid_target" },
        { "{\"action\":\"attack\",\"user_id\":\"a\\u0000b\"}", "invalid_target" },
        { "{\"action\":\"attack\",\"user_id\":\"" + new string('x', 65) + "\"}", "invalid_target" },
    };

    public static TheoryData<string, ClientAction> Accepted => new()
    {
        { "{\"action\":\"joinroom\"}", new JoinRoom(null) },
        { "{\"action\":\"joinroom\",\"mode\":null}", new JoinRoom(null) },
        { "{\"mode\":\"ranked\",\"action\":\"joinroom\"}", new JoinRoom("ranked") },
        { "{\"action\":\"join\\u0072oom\",\"mode\":\"r\\u0061nked\"}", new JoinRoom("ranked") },
        { " {\"action\" : \"exitroom\"}\r\n", new ExitRoom() },
        { "{\"action\":\"destroyroom\"}", new DestroyRoom() },
        { "{\"action\":\"syncscore\",\"score\":0}", new SyncScore(0) },
        { "{\"score\":2147483647,\"action\":\"syncscore\"}", new SyncScore(int.MaxValue) },
        { "{\"action\":\"attack\"}", new Attack(null) },
        { "{\"action\":\"attack\",\"user_id\":null}", new Attack(null) },
        { "{\"action\":\"attack\",\"user_id\":\"\\\"q\\\" 😀\"}", new Attack("\"q\" 😀") },
        { "{\"action\":\"die\"}", new Die() },
        { "{\"action\":\"die\",\"score\":\"no\",\"mode\":7,\"user_id\":8}", new Die() },
        { "{\"x\":[{\"action\":\"fly\"}],\"action\":\"die\",\"data\":{\"id\":{}}}", new Die() },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_message_of_a_wrong_form_is_refused_with_its_code(string message, string code)
    {
        var request = parser.Parse(Encoding.UTF8.GetBytes(message), ProtocolVersion.V2);

        Assert.Null(request.Action);
        Assert.Equal(code, GameError.NameOf(request.Error!.Code));
        Assert.NotEmpty(request.Error.Message);
    }

    [Theory]
    [MemberData(nameof(Accepted))]
    public void A_well_formed_message_becomes_its_action(string message, ClientAction action)
    {
        foreach (var version in new[] { ProtocolVersion.V1, ProtocolVersion.V2 })
        {
            var request = parser.Parse(Encoding.UTF8.GetBytes(message), version);

            Assert.Null(request.Error);
            Assert.Equal(action, request.Action);
            Assert.Equal(action.Name, request.Name);
        }
    }

    [Theory]
    [InlineData("7")]
    [InlineData("-9007199254740993")]
    [InlineData("123456789012345678901234567890")]
    [InlineData("\"\"")]
    [InlineData("\"a\\\"b\\u00e9 😀\"")]
    public void An_id_is_kept_as_its_JSON_text(string id)
    {
        var request = parser.Parse(Encoding.UTF8.GetBytes($"{{\"id\" : {id} ,\"action\":\"die\"}}"), ProtocolVersion.V2);

        Assert.Equal(new RequestId(id), request.Id);
        Assert.IsType<Die>(request.Action);
    }

    [Fact]
    public void An_id_of_128_bytes_is_the_longest()
    {
        var id = '"' + new string('x', 126) + '"';

        Assert.Equal(id, parser.Parse(Encoding.UTF8.GetBytes($"{{\"action\":\"die\",\"id\":{id}}}"), ProtocolVersion.V2).Id?.Json);
    }

    [Fact]
    public void Version_1_has_no_id_and_does_not_look_at_one()
    {
        var request = parser.Parse("{\"action\":\"die\",\"id\":{}}"u8, ProtocolVersion.V1);

        Assert.Null(request.Id);
        Assert.IsType<Die>(request.Action);
    }

    [Fact]
    public void A_refusal_carries_the_id_and_the_action_as_received()
    {
        var request = parser.Parse("{\"action\":\"fly \\u00e9\",\"id\":3}"u8, ProtocolVersion.V2);

        Assert.Equal("fly é", request.Name);
        Assert.Equal("3", request.Id?.Json);
    }

    [Fact]
    public void The_refusal_of_a_mode_names_those_there_are() =>
        Assert.Contains("default, ranked", parser.Parse("{\"action\":\"joinroom\",\"mode\":\"x\"}"u8, ProtocolVersion.V2).Error!.Message);

    [Fact]
    public void Bytes_that_are_not_UTF8_are_bad_json()
    {
        foreach (var bytes in new byte[][] { [0xff], [.. "{\"action\":\""u8, 0xc3, 0x28, .. "\"}"u8], [.. "{\"action\":\""u8, 0xed, 0xa0, 0x80, .. "\"}"u8] })
            Assert.Equal(ErrorCode.BadJson, parser.Parse(bytes, ProtocolVersion.V2).Error?.Code);
    }

    [Fact]
    public void A_message_without_a_value_to_keep_costs_no_memory_and_another_one_only_its_own()
    {
        byte[][] messages = ["{\"action\":\"attack\"}"u8.ToArray(), "{\"action\":\"joinroom\"}"u8.ToArray(), "{\"action\":\"die\"}"u8.ToArray()];
        var join = "{\"action\":\"joinroom\",\"mode\":\"ranked\"}"u8.ToArray();
        var score = "{\"action\":\"syncscore\",\"score\":20}"u8.ToArray();
        long Cost(byte[] message)
        {
            parser.Parse(message, ProtocolVersion.V2);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
                parser.Parse(message, ProtocolVersion.V2);
            return (GC.GetAllocatedBytesForCurrentThread() - before) / 100;
        }

        Assert.All(messages, message => Assert.Equal(0, Cost(message)));
        Assert.InRange(Cost(join), 1, 40);
        Assert.InRange(Cost(score), 1, 40);
    }

    [Fact]
    public void Whatever_the_bytes_are_the_parser_does_not_throw() => Prop.ForAll<byte[]>(bytes => Judged(bytes)).Check(Runs(5000));

    [Fact]
    public void Whatever_a_message_is_broken_into_the_parser_does_not_throw()
    {
        var texts = Gen.Elements(Refused.Select(row => (string)row[0]).Concat(Accepted.Select(row => (string)row[0])));
        var broken =
            from text in texts
            from other in texts
            from cut in Gen.Choose(0, text.Length)
            from resume in Gen.Choose(0, other.Length)
            from noise in Gen.Elements("", "\\", "\"", "\\ud83d", "\\ude00", "\u0000", "{", "}", "😀", ":", ",", "null")
            select Encoding.UTF8.GetBytes(text[..cut] + noise + other[resume..]);

        Prop.ForAll(broken.ToArbitrary(), Judged).Check(Runs(20000));
    }

    private static Config Runs(int count) => Config.QuickThrowOnFailure.WithMaxTest(count);

    /// <summary>Either an action or an error, and an id that is JSON.</summary>
    private bool Judged(byte[] bytes)
    {
        foreach (var version in new[] { ProtocolVersion.V1, ProtocolVersion.V2 })
        {
            var request = parser.Parse(bytes, version);
            if (request.Action is null == request.Error is null)
                return false;
            if (request.Id is { } id)
                JsonDocument.Parse(id.Json).Dispose();
        }

        return true;
    }
}
