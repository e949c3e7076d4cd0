using System.Text.Json;
using System.Text.Json.Serialization;

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
