using System.Text.Json;

namespace GameServer.Game;

/// <summary>Messages as bytes, for a host that stores or sends them.</summary>
public static class MessageJson
{
    /// <summary>The message as UTF-8 JSON.</summary>
    public static byte[] Write(Message message) => JsonSerializer.SerializeToUtf8Bytes(message, GameJson.Messages.Message);

    /// <summary>The message again.</summary>
    /// <exception cref="JsonException">The bytes are no message of this version or an older one.</exception>
    public static Message Read(ReadOnlySpan<byte> utf8) => Stored.Read(utf8, GameJson.Default.Message);
}
