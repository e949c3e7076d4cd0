using System.Collections.Immutable;
using System.Runtime.CompilerServices;
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

    private static readonly GameError NotObject =
        new(ErrorCode.BadMessage, "A request is one JSON object, such as {\"action\":\"joinroom\"}.");

    private static readonly GameError NoAction =
        new(ErrorCode.BadMessage, $"action is missing or not a string; allowed are: {ActionType.Names}.");

    private static readonly GameError BadId =
        new(
            ErrorCode.BadMessage,
            $"id must be a string, or an integer without fraction and exponent, of at most {MaxIdBytes} bytes of JSON.");

    private static readonly GameError NotText =
        new(ErrorCode.BadJson, "The message holds a string that is not valid Unicode: half of a surrogate pair.");

    private static readonly ImmutableArray<(ActionField Field, byte[] Utf8)> ActionFields =
        [.. ActionType.All.Select(type => type.Field).OfType<ActionField>().Distinct().Select(field => (field, Encoding.UTF8.GetBytes(field.Name)))];

    private static readonly ImmutableArray<(ActionType Type, byte[] Utf8, int Field)> Actions =
        [.. ActionType.All.Select(type => (type, Encoding.UTF8.GetBytes(type.Name), IndexOf(type.Field)))];

    private readonly (string Name, byte[] Utf8)[] modes =
        [.. rules.Modes.Keys.Order(StringComparer.Ordinal).Select(mode => (mode, Encoding.UTF8.GetBytes(mode)))];

    private readonly GameError unknownMode =
        new(
            ErrorCode.UnknownMode,
            $"There is no such mode; allowed are: {string.Join(", ", rules.Modes.Keys.Order(StringComparer.Ordinal))}.");

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

        return Judge(ref fields);
    }

    private void ReadField(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, ProtocolVersion version, ref Fields fields)
    {
        if (reader.ValueTextEquals("action"u8))
        {
            fields.Once(Fields.ActionBit, "action");
            reader.Read();
            if (reader.TokenType == JsonTokenType.String)
                ReadAction(ref reader, version, ref fields);
            else
                fields.Error ??= NoAction;
        }
        else if (version != ProtocolVersion.V1 && reader.ValueTextEquals("id"u8))
        {
            fields.Once(Fields.IdBit, "id");
            reader.Read();
            ReadId(ref reader, utf8, ref fields);
        }
        else
        {
            var field = 0;
            while (field < ActionFields.Length && !reader.ValueTextEquals(ActionFields[field].Utf8))
                field++;
            reader.Read();
            if (field < ActionFields.Length)
            {
                fields.Once(1 << field, ActionFields[field].Field.Name);
                ReadValue(ref reader, ActionFields[field].Field.Form, ref fields.Values[field]);
            }
        }

        reader.Skip(); // What was not read; nothing after a value that is no object or array.
    }

    private static void ReadAction(ref Utf8JsonReader reader, ProtocolVersion version, ref Fields fields)
    {
        foreach (var (type, utf8, field) in Actions)
        {
            if (reader.ValueTextEquals(utf8))
            {
                (fields.Action, fields.Name, fields.Field) = (type, type.Name, field);
                return;
            }
        }

        fields.IsPing = version != ProtocolVersion.V1 && reader.ValueTextEquals("ping"u8);
        fields.Name = reader.GetString();
    }

    private void ReadValue(ref Utf8JsonReader reader, ActionFieldForm form, ref Value value)
    {
        value.State = reader.TokenType == JsonTokenType.Null ? ValueState.Missing : ValueState.Wrong;
        switch (form)
        {
            case ActionFieldForm.Number:
                if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out value.Number) && value.Number >= 0)
                    value.State = ValueState.Right;
                break;
            case ActionFieldForm.Mode when reader.TokenType == JsonTokenType.String:
                value.State = ValueState.Unknown;
                foreach (var (name, utf8) in modes)
                {
                    if (reader.ValueTextEquals(utf8))
                        (value.State, value.Text) = (ValueState.Right, name);
                }

                break;
            case ActionFieldForm.UserId when reader.TokenType == JsonTokenType.String:
                (value.State, value.Text) = (ValueState.Right, reader.GetString());
                break;
        }
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
    }

    private ParsedRequest Judge(ref Fields fields)
    {
        if (fields.Error is { } error)
            return fields.Refused(error);
        if (fields.IsPing)
            return new(null, fields.Id, fields.Name, null, Ping: true);
        if (fields.Action is not { } type)
            return fields.Refused(fields.Name is null ? NoAction : Refusal.UnknownAction);
        if (type.Field is not { } field)
            return fields.Accepted(type.Create(0, null));

        ref var value = ref fields.Values[fields.Field];
        var text = value.Text;
        return value.State switch
        {
            ValueState.Unknown => fields.Refused(unknownMode),
            ValueState.Missing when !field.Required => fields.Accepted(type.Create(0, null)),
            ValueState.Right when field.Form != ActionFieldForm.UserId || (text = UserIds.Read(text!, out _)) is not null =>
                fields.Accepted(type.Create(value.Number, text)),
            _ => fields.Refused(field.Problem),
        };
    }

    private static int IndexOf(ActionField? field)
    {
        for (var index = 0; index < ActionFields.Length; index++)
        {
            if (ActionFields[index].Field == field)
                return index;
        }

        return -1;
    }

    private enum ValueState : byte
    {
        Missing,
        Right,
        Wrong,
        Unknown,
    }

    private struct Value
    {
        public ValueState State;
        public int Number;
        public string? Text;
    }

    /// <summary>One for each of <see cref="ActionFields"/>, with room for more.</summary>
    [InlineArray(8)]
    private struct Values
    {
        private Value first;
    }

    private struct Fields
    {
        public const int ActionBit = 1 << 30;
        public const int IdBit = 1 << 29;

        private int seen;
        public ActionType? Action;
        public int Field;
        public bool IsPing;
        public string? Name;
        public RequestId? Id;
        public Values Values;
        public GameError? Error;

        public void Once(int bit, string name)
        {
            if ((seen & bit) != 0)
                Error ??= new(ErrorCode.BadMessage, $"The field {name} appears twice; allowed is once.");
            seen |= bit;
        }

        public readonly ParsedRequest Accepted(ClientAction action) => new(action, Id, Name, null);

        public readonly ParsedRequest Refused(GameError error) => new(null, Id, Name, error);
    }
}
