using System.Text.Json.Serialization;

namespace GameServer.Edge;

/// <summary>What the edge writes over HTTP.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RefusalBody))]
[JsonSerializable(typeof(Answer))]
[JsonSerializable(typeof(ModeList))]
[JsonSerializable(typeof(AddressList))]
[JsonSerializable(typeof(ServerLease))]
[JsonSerializable(typeof(ServerList))]
internal sealed partial class HttpJson : JsonSerializerContext;
