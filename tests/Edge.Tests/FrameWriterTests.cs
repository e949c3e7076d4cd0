using System.Buffers;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using GameServer.Game;

namespace GameServer.Edge.Tests;

public sealed class FrameWriterTests
{
    private static readonly WelcomeLimits Limits = new(15, 200, 256);
    private static readonly DateTimeOffset Until = new(2026, 3, 4, 5, 6, 7, TimeSpan.FromHours(2));
    private static readonly BattleServerEndpoint Server = new("b-1", "x.example.org", ["192.0.2.1", "192.0.2.2"], 10010, "tcp") { Place = new("s-1", 8080, 3) };

    public static TheoryData<Push, string, string> Pushes => new()
    {
        { new(PushKind.JoinRoom) { Text = "a_ROOM" }, """{"action":"joinroom","data":"a_ROOM"}""", """{"action":"joinroom","data":"a_ROOM","seq":9}""" },
        { new(PushKind.PeerPlayerId) { Text = "b" }, """{"action":"peer_player_id","data":"b"}""", """{"action":"peer_player_id","data":"b","seq":9}""" },
        { new(PushKind.ExitRoom) { Text = "a_ROOM" }, """{"action":"exitroom","data":"a_ROOM"}""", """{"action":"exitroom","data":"a_ROOM","seq":9}""" },
        { new(PushKind.DestroyRoom) { Text = "a_ROOM" }, """{"action":"destroyroom","data":"a_ROOM"}""", """{"action":"destroyroom","data":"a_ROOM","seq":9}""" },
        { new(PushKind.PlayerSyncScore) { Number = 20, From = "b" }, """{"action":"player_syncscore","data":20}""", """{"action":"player_syncscore","data":20,"seq":9,"from":"b"}""" },
        { new(PushKind.Attacked) { Text = "FREEZE", From = "b" }, """{"action":"attacked","data":"FREEZE"}""", """{"action":"attacked","data":"FREEZE","seq":9,"from":"b"}""" },
        { new(PushKind.PlayerDied) { Text = "all" }, """{"action":"player_died","data":"all"}""", """{"action":"player_died","data":"all","seq":9}""" },
        { new(PushKind.BattleSettlement) { Text = "WIN" }, """{"action":"battle_settlement","data":"WIN"}""", """{"action":"battle_settlement","data":"WIN","seq":9}""" },
        {
            new(PushKind.BattleServer) { Server = Server },
            """{"action":"battle_server","data":{"dns":"x.example.org","ips":["192.0.2.1","192.0.2.2"],"port":10010,"protocol":"tcp","ticket":"b-1/alice"}}""",
            """{"action":"battle_server","data":{"dns":"x.example.org","ips":["192.0.2.1","192.0.2.2"],"port":10010,"protocol":"tcp","ticket":"b-1/alice"},"seq":9}"""
        },
        {
            new(PushKind.Error) { Error = new(ErrorCode.Unavailable, "Wait.") },
            """{"action":"error","data":{"code":"unavailable","message":"Wait.","request":null}}""",
            """{"action":"error","data":{"code":"unavailable","message":"Wait.","request":null},"seq":9}"""
        },
    };

    [Theory]
    [MemberData(nameof(Pushes))]
    public void A_push_is_written_as_the_protocol_says(Push push, string v1, string v2)
    {
        Assert.Equal(v1, Written(new PushFrame(9, push, false), ProtocolVersion.V1));
        Assert.Equal(v2, Written(new PushFrame(9, push, false), ProtocolVersion.V2));
    }

    [Fact]
    public void Presence_says_whom_and_until_when_in_UTC()
    {
        Assert.Equal(
            """{"action":"peer_disconnected","data":{"user_id":"b","until":"2026-03-04T03:06:07Z"},"seq":1}""",
            Written(new PushFrame(1, new(PushKind.PeerDisconnected) { Text = "b", Until = Until }, false)));
        Assert.Equal(
            """{"action":"peer_reconnected","data":{"user_id":"b","until":null},"seq":2}""",
            Written(new PushFrame(2, new(PushKind.PeerReconnected) { Text = "b" }, false)));
    }

    [Fact]
    public void A_snapshot_has_the_whole_state_and_an_own_ticket()
    {
        Snapshot snapshot = new()
        {
            UserId = "alice",
            State = "battle",
            Room = "b_ROOM",
            Mode = "default",
            You = new("alice", 7, true, true, null, Attacks: 2),
            Peers = [new("b", 8, false, false, Until)],
            BattleServer = Server,
            Record = new() { Wins = 1, Losses = 2, Draws = 3, Last = new("b-0", BattleResult.Lose, 5, Until) },
        };

        Assert.Equal(
            """{"action":"snapshot","data":{"user_id":"alice","state":"battle","room":"b_ROOM","mode":"default","""
            + """ "you":{"user_id":"alice","score":7,"alive":true,"connected":true,"until":null,"attacks":2,"left":false},""".TrimStart()
            + """ "peers":[{"user_id":"b","score":8,"alive":false,"connected":false,"until":"2026-03-04T03:06:07Z","attacks":0,"left":false}],""".TrimStart()
            + """ "battle_server":{"dns":"x.example.org","ips":["192.0.2.1","192.0.2.2"],"port":10010,"protocol":"tcp","ticket":"b-1/alice"},""".TrimStart()
            + """ "record":{"wins":1,"losses":2,"draws":3,"last":{"battle_id":"b-0","result":"LOSE","score":5,"at":"2026-03-04T03:06:07Z"}}},"seq":300}""".TrimStart(),
            Written(new PushFrame(300, new(PushKind.Snapshot) { Snapshot = snapshot }, false)));
    }

    [Fact]
    public void An_idle_snapshot_has_nulls_and_no_peers() => Assert.Equal(
        """{"action":"snapshot","data":{"user_id":"alice","state":"idle","room":null,"mode":null,"you":null,"peers":[],"battle_server":null,"record":{"wins":0,"losses":0,"draws":0,"last":null}},"seq":1}""",
        Written(new PushFrame(1, new(PushKind.Snapshot) { Snapshot = new() { UserId = "alice", State = "idle", Record = new() } }, false)));

    [Fact]
    public void The_welcome_tells_who_one_is_and_what_is_allowed() => Assert.Equal(
        """{"action":"welcome","data":{"user_id":"alice","resume":"T","resumed":false,"heartbeat":15,"limits":{"message_bytes":32768,"messages_per_second":200,"messages_at_once":400,"queue_frames":256}}}""",
        Written(new WelcomeFrame("alice", "T", Resumed: false)));

    [Theory]
    [InlineData("7")]
    [InlineData("\"a\\\"b\"")]
    public void An_answer_gives_the_id_back_as_it_came(string id)
    {
        Assert.Equal($$"""{"action":"ok","id":{{id}}}""", Written(new OkFrame(new(id))));
        ErrorFrame error = new(new(ErrorCode.Dead, "Dead."), "syncscore", new(id));
        Assert.Equal($$"""{"action":"error","data":{"code":"dead","message":"Dead.","request":"syncscore"},"id":{{id}}}""", Written(error));
        Assert.Equal(
            """{"action":"error","data":{"code":"dead","message":"Dead.","request":"syncscore"}}""", Written(error, ProtocolVersion.V1));
    }

    [Fact]
    public void A_push_says_how_many_before_it_were_replaced() => Assert.Equal(
        """{"action":"player_syncscore","data":1,"seq":12,"skipped":2,"from":"b"}""",
        Written(new PushFrame(12, new(PushKind.PlayerSyncScore) { Number = 1, From = "b" }, false), skipped: 2));

    [Fact]
    public void Version_1_does_not_know_the_frames_of_version_2()
    {
        ClientFrame[] frames =
        [
            new WelcomeFrame("a", "T", Resumed: false), new OkFrame(new("1")), new PushFrame(1, new(PushKind.PeerDisconnected), false),
            new PushFrame(1, new(PushKind.PeerReconnected), false), new PushFrame(1, new(PushKind.Snapshot), false),
        ];
        foreach (var frame in frames)
        {
            Assert.False(FrameWriter.Knows(ProtocolVersion.V1, frame));
            Assert.True(FrameWriter.Knows(ProtocolVersion.V2, frame));
        }

        Assert.True(FrameWriter.Knows(ProtocolVersion.V1, new PushFrame(1, new(PushKind.Attacked), false)));
        Assert.True(FrameWriter.Knows(ProtocolVersion.V1, new CloseFrame(4001, "")));
    }

    [Fact]
    public void Any_text_comes_out_as_it_went_in() => Prop.ForAll(Text(), Text(), (text, from) =>
    {
        var read = JsonDocument.Parse(Written(new PushFrame(1, new(PushKind.JoinRoom) { Text = text, From = from }, false))).RootElement;
        var error = JsonDocument.Parse(Written(new ErrorFrame(new(ErrorCode.Dead, text), from, null))).RootElement.GetProperty("data");
        return read.GetProperty("data").GetString() == text && read.GetProperty("from").GetString() == from
            && error.GetProperty("message").GetString() == text && error.GetProperty("request").GetString() == from;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void The_estimate_of_a_frame_is_not_below_its_size() => Prop.ForAll(Text(), Text(), (text, from) =>
    {
        ClientFrame[] frames =
        [
            new PushFrame(long.MaxValue, new(PushKind.Attacked) { Text = text, From = from }, false),
            new ErrorFrame(new(ErrorCode.AttackNotReady, text), from, new("\"12345678\"")),
        ];

        // Control characters and quotes are escaped and so grow; a message of a client can hold no more than 32 KB of them.
        return frames.All(frame => Encoding.UTF8.GetByteCount(Written(frame)) <= 2 * FrameWriter.Estimate(frame));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    /// <summary>Text of all that Unicode has: quotes, controls, letters, emoji.</summary>
    internal static Arbitrary<string> Text() => Gen.ListOf(Gen.OneOf(
        Gen.Elements("\"", "\\", "/", "\u0000", "\u001f", "\u007f", "\u0085", "\u2028", "<", "&", "'", "\ufeff", "\uffff"),
        Gen.Choose(0x20, 0x7e).Select(code => ((char)code).ToString()),
        Gen.Choose(0xa0, 0xd7ff).Select(char.ConvertFromUtf32),
        Gen.Choose(0x10000, 0x10ffff).Select(char.ConvertFromUtf32))).Select(string.Concat).ToArbitrary();

    private static string Written(ClientFrame frame, ProtocolVersion version = ProtocolVersion.V2, int skipped = 0)
    {
        ArrayBufferWriter<byte> bytes = new();
        using FrameWriter writer = new(version, "alice", Limits, (battle, _, user, _) => $"{battle}/{user}");
        writer.Write(frame, skipped, bytes);
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}
