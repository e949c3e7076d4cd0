using System.Text.Json.Serialization;

namespace GameServer.Ecs;

/// <summary>How it is written.</summary>
[JsonSerializable(typeof(Protection))]
internal sealed partial class ProtectionJson : JsonSerializerContext;
