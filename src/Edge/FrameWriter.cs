using System.Buffers;
using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using GameServer.Game;

namespace GameServer.Edge;

/// <summary>Signs a ticket for a player.</summary>
/// <param name="battleId">The battle.</param>
/// <param name="place">Where it is.</param>
/// <param name="userId">The player.</param>
/// <param name="number">The ticket's number: that of the push that carries it, which no earlier ticket of the player reaches.</param>
internal delegate string TicketSigner(string battleId, ServerPlace place, string userId, long number);

/// <summary>What the welcome tells of the server, the same for every connection.</summary>
/// <param name="Heartbeat">Seconds between two pings.</param>
/// <param name="MessagesPerSecond">Messages a player may send a second, twice as many at once; 0: any number.</param>
/// <param name="QueueFrames">Frames that may wait for a socket.</param>
internal readonly record struct WelcomeLimits(double Heartbeat, int MessagesPerSecond, int QueueFrames);

/// <summary>
/// Writes frames as UTF-8 JSON for one connection (protocol, sections 2, 4 and 6). Not for two threads at a time. Each frame is written
/// where it is sent: it carries the player's own number, and in a battle of two nobody else gets the same push anyway.
/// </summary>
internal sealed class FrameWriter(ProtocolVersion version, string userId, WelcomeLimits limits, TicketSigner sign) : IDisposable
{
    private static readonly ImmutableArray<JsonEncodedText> PushNames = [.. PushType.All.Select(type => JsonEncodedText.Encode(type.Name))];

    // Names may hold any character; only what JSON itself needs is escaped. Frames never stand inside HTML.
    private readonly Utf8JsonWriter json = new(
        Stream.Null, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });

    /// <summary>Whether a connection of this version gets such a frame at all.</summary>
    public static bool Knows(ProtocolVersion version, ClientFrame frame) => version != ProtocolVersion.V1 || frame switch
    {
        WelcomeFrame or OkFrame => false,
        PushFrame { Push.Kind: var kind } => PushType.Of(kind).Since == ProtocolVersion.V1,
        _ => true,
    };

    /// <summary>About how many bytes a frame takes, never much less than it will.</summary>
    public static int Estimate(ClientFrame frame) => frame switch
    {
        PushFrame { Push: var push } => 128 + 3 * ((push.Text?.Length ?? 0) + (push.From?.Length ?? 0) + (push.Error?.Message.Length ?? 0))
            + (push.Server is null ? 0 : 2048) + (push.Snapshot is { } snapshot ? 4096 + 512 * snapshot.Peers.Count : 0),
        ErrorFrame error => 192 + 3 * (error.Error.Message.Length + (error.Request?.Length ?? 0)),
        WelcomeFrame => 1024,
        _ => 192,
    };

    /// <summary>Writes one frame.</summary>
    /// <param name="frame">The frame; not a <see cref="CloseFrame"/>.</param>
    /// <param name="skipped">How many pushes before this one were replaced by newer ones and will not come; version 2 shows it.</param>
    /// <param name="destination">Where to.</param>
    public void Write(ClientFrame frame, int skipped, IBufferWriter<byte> destination)
    {
        json.Reset(destination);
        json.WriteStartObject();
        switch (frame)
        {
            case PushFrame push:
                WritePush(push, skipped);
                break;
            case OkFrame ok:
                json.WriteString("action"u8, "ok"u8);
                WriteId(ok.Id);
                break;
            case ErrorFrame error:
                json.WriteString("action"u8, "error"u8);
                json.WritePropertyName("data"u8);
                WriteError(error.Error, error.Request);
                if (version != ProtocolVersion.V1 && error.Id is { } id)
                    WriteId(id);
                break;
            case WelcomeFrame welcome:
                WriteWelcome(welcome);
                break;
            default:
                throw new ArgumentException($"{frame.GetType().Name} has no form on the wire.", nameof(frame));
        }

        json.WriteEndObject();
        json.Flush();
    }

    /// <inheritdoc/>
    public void Dispose() => json.Dispose();

    /// <summary>Writes the fields of a record, inside an object.</summary>
    public static void WriteRecord(Utf8JsonWriter json, PlayerRecord record)
    {
        json.WriteNumber("wins"u8, record.Wins);
        json.WriteNumber("losses"u8, record.Losses);
        json.WriteNumber("draws"u8, record.Draws);
        if (record.Last is not { } last)
        {
            json.WriteNull("last"u8);
            return;
        }

        json.WriteStartObject("last"u8);
        json.WriteString("battle_id"u8, last.BattleId);
        json.WriteString("result"u8, last.Result switch { BattleResult.Win => "WIN"u8, BattleResult.Lose => "LOSE"u8, _ => "DRAW"u8 });
        json.WriteNumber("score"u8, last.Score);
        json.WriteString("at"u8, last.At.UtcDateTime);
        json.WriteEndObject();
    }

    private void WritePush(PushFrame frame, int skipped)
    {
        var push = frame.Push;
        var type = PushType.Of(push.Kind);
        json.WriteString("action"u8, PushNames[(int)push.Kind - 1]);
        json.WritePropertyName("data"u8);
        switch (type.Data)
        {
            case PushData.Text:
                json.WriteStringValue(push.Text);
                break;
            case PushData.Number:
                json.WriteNumberValue(push.Number);
                break;
            case PushData.Server:
                WriteServer(push.Server!, frame.Seq);
                break;
            case PushData.Presence:
                json.WriteStartObject();
                json.WriteString("user_id"u8, push.Text);
                WriteTime("until"u8, push.Until);
                json.WriteEndObject();
                break;
            case PushData.Snapshot:
                WriteSnapshot(push.Snapshot!, frame.Seq);
                break;
            case PushData.Error:
                WriteError(push.Error!, request: null);
                break;
            default:
                throw new InvalidOperationException($"{type.Data} has no form on the wire.");
        }

        if (version == ProtocolVersion.V1)
            return;
        json.WriteNumber("seq"u8, frame.Seq);
        if (skipped > 0)
            json.WriteNumber("skipped"u8, skipped);
        if (push.From is { } from)
            json.WriteString("from"u8, from);
        if (push is { Kind: PushKind.PlayerDied, Number: not 0 })
            json.WriteBoolean("left"u8, true);
    }

    private void WriteWelcome(WelcomeFrame welcome)
    {
        json.WriteString("action"u8, "welcome"u8);
        json.WriteStartObject("data"u8);
        json.WriteString("user_id"u8, welcome.UserId);
        json.WriteString("resume"u8, welcome.ResumeToken);
        json.WriteBoolean("resumed"u8, welcome.Resumed);
        json.WriteNumber("heartbeat"u8, limits.Heartbeat);
        json.WriteStartObject("limits"u8);
        json.WriteNumber("message_bytes"u8, EdgeOptions.MaxMessageBytes);
        json.WriteNumber("messages_per_second"u8, limits.MessagesPerSecond);
        json.WriteNumber("messages_at_once"u8, 2L * limits.MessagesPerSecond);
        json.WriteNumber("queue_frames"u8, limits.QueueFrames);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteError(GameError error, string? request)
    {
        json.WriteStartObject();
        json.WriteString("code"u8, GameError.NameOf(error.Code));
        json.WriteString("message"u8, error.Message);
        json.WriteString("request"u8, request);
        json.WriteEndObject();
    }

    private void WriteId(RequestId id)
    {
        json.WritePropertyName("id"u8);
        json.WriteRawValue(id.Json, skipInputValidation: true); // Checked when it was received.
    }

    private void WriteServer(BattleServerEndpoint server, long number)
    {
        json.WriteStartObject();
        json.WriteString("dns"u8, server.Dns);
        json.WriteStartArray("ips"u8);
        foreach (var ip in server.Ips)
            json.WriteStringValue(ip);
        json.WriteEndArray();
        json.WriteNumber("port"u8, server.Port);
        json.WriteString("protocol"u8, server.Protocol);
        json.WriteString("ticket"u8, server.Place is { } place ? sign(server.BattleId, place, userId, number) : "");
        json.WriteEndObject();
    }

    private void WriteSnapshot(Snapshot snapshot, long number)
    {
        json.WriteStartObject();
        json.WriteString("user_id"u8, snapshot.UserId);
        json.WriteString("state"u8, snapshot.State);
        json.WriteString("room"u8, snapshot.Room);
        json.WriteString("mode"u8, snapshot.Mode);
        json.WritePropertyName("you"u8);
        if (snapshot.You is { } you)
            WritePlayer(you);
        else
            json.WriteNullValue();
        json.WriteStartArray("peers"u8);
        foreach (var peer in snapshot.Peers)
            WritePlayer(peer);
        json.WriteEndArray();
        json.WritePropertyName("battle_server"u8);
        if (snapshot.BattleServer is { } server)
            WriteServer(server, number);
        else
            json.WriteNullValue();
        json.WriteStartObject("record"u8);
        WriteRecord(json, snapshot.Record);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WritePlayer(BattlePlayer player)
    {
        json.WriteStartObject();
        json.WriteString("user_id"u8, player.UserId);
        json.WriteNumber("score"u8, player.Score);
        json.WriteBoolean("alive"u8, player.Alive);
        json.WriteBoolean("connected"u8, player.Connected);
        WriteTime("until"u8, player.Until);
        json.WriteNumber("attacks"u8, player.Attacks);
        json.WriteBoolean("left"u8, player.Left);
        json.WriteEndObject();
    }

    private void WriteTime(ReadOnlySpan<byte> name, DateTimeOffset? time)
    {
        if (time is { } at)
            json.WriteString(name, at.UtcDateTime);
        else
            json.WriteNull(name);
    }
}
