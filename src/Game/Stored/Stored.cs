using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace GameServer.Game;

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
