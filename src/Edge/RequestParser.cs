using System.Text;
using System.Text.Json;
using GameServer.Game;

namespace GameServer.Edge;

/// <summary>What a client's message says.</summary>
/// <param name="Action">What is asked for; null if there is an error.</param>
/// <param name="Id">The request's id; null in version 1, where there is none, or if it has none.</param>
/// <param name="Name">The action as received; null if there is none.</param>
/// <param name="Error">What is wrong with the message's form; null if nothing is.</param>
/// <param name="Ping">It asks for nothing but an answer; there is no action and no error.</param>
public readonly record struct ParsedRequest(ClientAction? Action, RequestId? Id, string? Name, GameError? Error, bool Ping = false);

/// <summary>
/// Reads requests straight from the bytes received (protocol, section 2). It judges only their form: whether the action is possible now is
/// the actor's to say. Fields that the action does not have are passed over, so that a newer client can talk to an older server; a field
/// that the action does have must be right, and be there once. Safe for use by many threads; never throws, whatever the bytes are.
/// </summary>
public sealed class RequestParser(GameRules rules)
{
    private const int MaxIdBytes = 128;

    private static readonly JoinRoom JoinDefault = new(Mode: null);
    private static readonly ExitRoom Exit = new();
    private static readonly DestroyRoom Destroy = new();
    private static readonly Attack AttackOpponent = new(Target: null);
    private static readonly Die Dead = new();

    private static readonly GameError NotObject =
        new(ErrorCode.BadMessage, "A request is one JSON object, such as {\"action\":\"joinroom\"}.");

    private static readonly GameError NoAction =
        new(
            ErrorCode.BadMessage,
            "action is missing or not a string; allowed are: joinroom, exitroom, destroyroom, syncscore, attack, die.");

    private static readonly GameError UnknownAction =
        new(ErrorCode.UnknownAction, "There is no such action; allowed are: joinroom, exitroom, destroyroom, syncscore, attack, die.");

    private static readonly GameError BadId =
        new(
            ErrorCode.BadMessage,
            $"id must be a string, or an integer without fraction and exponent, of at most {MaxIdBytes} bytes of JSON.");

    private static readonly GameError BadMode = new(ErrorCode.BadMessage, "mode must be a string, the name of a mode.");

    private static readonly GameError BadScore =
        new(ErrorCode.InvalidScore, "score must be an integer from 0 to 2147483647, without fraction and exponent.");

    private static readonly GameError BadTarget =
        new(
            ErrorCode.InvalidTarget,
            "user_id, the target of an attack, must be a user id: a string of 1 to 64 UTF-16 units, at most 128 bytes as UTF-8.");

    private static readonly GameError NotText =
        new(ErrorCode.BadJson, "The message holds a string that is not valid Unicode: half of a surrogate pair.");

    private readonly (string Name, byte[] Utf8, JoinRoom Action)[] modes =
        [.. rules.Modes.Keys.Order(StringComparer.Ordinal).Select(mode => (mode, Encoding.UTF8.GetBytes(mode), new JoinRoom(mode)))];

    private readonly GameError unknownMode =
        new(
            ErrorCode.UnknownMode,
            $"There is no such mode; allowed are: {string.Join(", ", rules.Modes.Keys.Order(StringComparer.Ordinal))}.");

    [Flags]
    private enum Field : byte
    {
        Other = 0,
        Action = 1,
        Id = 2,
        Mode = 4,
        Score = 8,
        Target = 16,
    }

    /// <summary>Reads one message.</summary>
    /// <param name="utf8">The whole message.</param>
    /// <param name="version">Which generation the connection speaks.</param>
    public ParsedRequest Parse(ReadOnlySpan<byte> utf8, ProtocolVersion version)
    {
        Fields fields = default;
        try
        {
            Utf8JsonReader reader = new(utf8);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                while (reader.Read())
                {
                    // To the end: what is not JSON at all gets the other error.
                }

                return new(null, null, null, NotObject);
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                ReadField(ref reader, utf8, version, ref fields);
            reader.Read(); // Throws if anything follows the object.
        }
        catch (JsonException e)
        {
            return new(null, null, null, new(ErrorCode.BadJson, $"The message is not JSON: wrong in line {e.LineNumber + 1}, "
                + $"byte {e.BytePositionInLine + 1}; allowed is one JSON object, nested at most 64 deep."));
        }
        catch (InvalidOperationException)
        {
            // The reader's way to say that an escape such as \ud800 stands for no character.
            return new(null, null, null, NotText);
        }

        return fields.Error is { } error
            ? new(null, fields.Id, fields.Name, error)
            : Judge(fields);
    }

    private static Field Known(ref Utf8JsonReader reader, ProtocolVersion version)
    {
        if (reader.ValueTextEquals("action"u8))
            return Field.Action;
        if (reader.ValueTextEquals("id"u8))
            return version == ProtocolVersion.V1 ? Field.Other : Field.Id;
        if (reader.ValueTextEquals("score"u8))
            return Field.Score;
        if (reader.ValueTextEquals("user_id"u8))
            return Field.Target;
        return reader.ValueTextEquals("mode"u8) ? Field.Mode : Field.Other;
    }

    private void ReadField(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, ProtocolVersion version, ref Fields fields)
    {
        var field = Known(ref reader, version);
        if ((fields.Seen & field) != 0)
            fields.Error ??= new(ErrorCode.BadMessage, $"The field {NameOf(field)} appears twice; allowed is once.");
        fields.Seen |= field;
        reader.Read();
        var isText = reader.TokenType == JsonTokenType.String;
        switch (field)
        {
            case Field.Action when isText:
                (fields.Action, fields.Name) = ReadAction(ref reader, version);
                break;
            case Field.Action:
                fields.Error ??= NoAction;
                reader.Skip();
                break;
            case Field.Id:
                ReadId(ref reader, utf8, ref fields);
                break;
            case Field.Mode when isText:
                fields.Join = ReadMode(ref reader);
                fields.ModeError = fields.Join is null ? unknownMode : null;
                break;
            case Field.Mode when reader.TokenType != JsonTokenType.Null:
                fields.ModeError = BadMode;
                reader.Skip();
                break;
            case Field.Score:
                fields.HasScore = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out fields.Score) && fields.Score >= 0;
                reader.Skip();
                break;
            case Field.Target when isText:
                fields.Target = reader.GetString();
                break;
            case Field.Target when reader.TokenType != JsonTokenType.Null:
                fields.Target = ""; // As wrong as an empty one.
                reader.Skip();
                break;
            default:
                reader.Skip();
                break;
        }
    }

    private static (ActionKind, string) ReadAction(ref Utf8JsonReader reader, ProtocolVersion version)
    {
        if (reader.ValueTextEquals("syncscore"u8))
            return (ActionKind.SyncScore, "syncscore");
        if (reader.ValueTextEquals("attack"u8))
            return (ActionKind.Attack, AttackOpponent.Name);
        if (reader.ValueTextEquals("joinroom"u8))
            return (ActionKind.JoinRoom, JoinDefault.Name);
        if (reader.ValueTextEquals("die"u8))
            return (ActionKind.Die, Dead.Name);
        if (reader.ValueTextEquals("exitroom"u8))
            return (ActionKind.ExitRoom, Exit.Name);
        if (version != ProtocolVersion.V1 && reader.ValueTextEquals("ping"u8))
            return (ActionKind.Ping, "ping");
        return reader.ValueTextEquals("destroyroom"u8) ? (ActionKind.DestroyRoom, Destroy.Name) : (ActionKind.Unknown, reader.GetString()!);
    }

    private JoinRoom? ReadMode(ref Utf8JsonReader reader)
    {
        foreach (var mode in modes)
        {
            if (reader.ValueTextEquals(mode.Utf8))
                return mode.Action;
        }

        return null;
    }

    private static void ReadId(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, ref Fields fields)
    {
        var start = (int)reader.TokenStartIndex;
        var json = utf8[start..(int)reader.BytesConsumed];
        var allowed = reader.TokenType == JsonTokenType.String
            || (reader.TokenType == JsonTokenType.Number && json.IndexOfAnyExceptInRange((byte)'0', (byte)'9') is -1 or 0
                && json.LastIndexOfAnyExceptInRange((byte)'0', (byte)'9') is -1 or 0);
        if (allowed && reader.ValueIsEscaped)
            _ = reader.GetString(); // Throws if an escape stands for no character: the id could not be sent back.
        if (allowed && json.Length <= MaxIdBytes)
            fields.Id = new(Encoding.UTF8.GetString(json));
        else
            fields.Error ??= BadId;
        reader.Skip();
    }

    private static ParsedRequest Judge(in Fields fields) => fields.Action switch
    {
        ActionKind.None => fields.Refused(NoAction),
        ActionKind.Unknown => fields.Refused(UnknownAction),
        ActionKind.Ping => new(null, fields.Id, fields.Name, null, Ping: true),
        ActionKind.JoinRoom when fields.ModeError is { } error => fields.Refused(error),
        ActionKind.JoinRoom => fields.Accepted(fields.Join ?? JoinDefault),
        ActionKind.SyncScore when !fields.HasScore => fields.Refused(BadScore),
        ActionKind.SyncScore => fields.Accepted(new SyncScore(fields.Score)),
        ActionKind.Attack when fields.Target is null => fields.Accepted(AttackOpponent),
        ActionKind.Attack when UserIds.Read(fields.Target, out _) is { } target => fields.Accepted(new Attack(target)),
        ActionKind.Attack => fields.Refused(BadTarget),
        ActionKind.Die => fields.Accepted(Dead),
        ActionKind.ExitRoom => fields.Accepted(Exit),
        _ => fields.Accepted(Destroy),
    };

    private static string NameOf(Field field) => field switch
    {
        Field.Action => "action",
        Field.Id => "id",
        Field.Mode => "mode",
        Field.Score => "score",
        _ => "user_id",
    };

    private enum ActionKind : byte
    {
        None,
        Unknown,
        JoinRoom,
        ExitRoom,
        DestroyRoom,
        SyncScore,
        Attack,
        Die,
        Ping,
    }

    private struct Fields
    {
        public Field Seen;
        public ActionKind Action;
        public string? Name;
        public RequestId? Id;
        public JoinRoom? Join;
        public GameError? ModeError;
        public bool HasScore;
        public int Score;
        public string? Target;
        public GameError? Error;

        public readonly ParsedRequest Accepted(ClientAction action) => new(action, Id, Name, null);

        public readonly ParsedRequest Refused(GameError error) => new(null, Id, Name, error);
    }
}
