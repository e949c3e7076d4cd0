using System.Text.Json.Serialization;

namespace GameServer.Ecs;

/// <summary>What the agent is told.</summary>
internal sealed record Protection(bool ProtectionEnabled, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? ExpiresInMinutes);
