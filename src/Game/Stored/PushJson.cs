using System.Text.Json;

namespace GameServer.Game;

/// <summary>Pushes as bytes, for a host that sends them to another process.</summary>
public static class PushJson
{
    /// <summary>The push as UTF-8 JSON.</summary>
    public static byte[] Write(Push push) => JsonSerializer.SerializeToUtf8Bytes(push, GameJson.Default.Push);

    /// <summary>The push again.</summary>
    /// <exception cref="JsonException">The bytes are no push.</exception>
    public static Push Read(ReadOnlySpan<byte> utf8) => Stored.Read(utf8, GameJson.Default.Push);
}
