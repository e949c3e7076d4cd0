using System.Text.Json.Nodes;

namespace GameServer.Deploy.Tests;

/// <summary><c>deploy/compose.yaml</c>.</summary>
internal static class Compose
{
    public static JsonObject Body { get; } = Yaml.Read("deploy/compose.yaml");

    public static JsonObject Services => Body["services"]!.AsObject();

    /// <summary>What a service is told, with secrets where its caller has to give some.</summary>
    public static Dictionary<string, string> Environment(string service) => Services[service]!["environment"]!.AsObject().ToDictionary(
        variable => variable.Key,
        variable => ((string)variable.Value!).Replace("${API_KEY:?}", "tY6mKw3Xq9RzLf2BsVh8NcJp5DgEa7Qu", StringComparison.Ordinal)
            .Replace("${TICKET_KEY:?}", "Hj4sPz8WkQm2XvLr9TfBn6YcGd3EaRu5", StringComparison.Ordinal));
}
