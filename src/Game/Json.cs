using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace GameServer.Game;

/// <summary>
/// How states, log entries and messages are stored: JSON, so that an operator can read it and a newer version can add fields. Absent fields
/// take their defaults; unknown ones are ignored, so that two neighbouring versions can run side by side.
/// </summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(PlayerState))]
[JsonSerializable(typeof(LoggedPush))]
[JsonSerializable(typeof(LoggedReply))]
[JsonSerializable(typeof(MatchmakerState))]
[JsonSerializable(typeof(RoomState))]
[JsonSerializable(typeof(Message))]
[JsonSerializable(typeof(Push))]
internal sealed partial class GameJson : JsonSerializerContext
{
    /// <summary>For messages: names as short as they can be, see <see cref="LeastEscaping"/>.</summary>
    public static GameJson Messages { get; } = new(new JsonSerializerOptions
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Encoder = LeastEscaping.Instance,
    });
}

/// <summary>Writes and reads what is stored.</summary>
internal static class Stored
{
    public static void Write<T>(IBufferWriter<byte> destination, T value, JsonTypeInfo<T> type)
    {
        using var writer = new Utf8JsonWriter(destination);
        JsonSerializer.Serialize(writer, value, type);
    }

    /// <exception cref="JsonException">The bytes are not what was written.</exception>
    public static T Read<T>(ReadOnlySpan<byte> utf8, JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(utf8, type) ?? throw new JsonException($"A stored {typeof(T).Name} is null.");
}

/// <summary>Messages as bytes, for a host that stores or sends them.</summary>
public static class MessageJson
{
    /// <summary>The message as UTF-8 JSON.</summary>
    public static byte[] Write(Message message) => JsonSerializer.SerializeToUtf8Bytes(message, GameJson.Messages.Message);

    /// <summary>The message again.</summary>
    /// <exception cref="JsonException">The bytes are no message of this version or an older one.</exception>
    public static Message Read(ReadOnlySpan<byte> utf8) => Stored.Read(utf8, GameJson.Default.Message);
}

/// <summary>Pushes as bytes, for a host that sends them to another process.</summary>
public static class PushJson
{
    /// <summary>The push as UTF-8 JSON.</summary>
    public static byte[] Write(Push push) => JsonSerializer.SerializeToUtf8Bytes(push, GameJson.Default.Push);

    /// <summary>The push again.</summary>
    /// <exception cref="JsonException">The bytes are no push.</exception>
    public static Push Read(ReadOnlySpan<byte> utf8) => Stored.Read(utf8, GameJson.Default.Push);
}
