using System.Text.Json.Nodes;

namespace GameServer.Deploy.Tests;

/// <summary>What the containers are told by their environment.</summary>
internal static class Settings
{
    /// <summary>
    /// Variables that are no settings of the programs: of the framework, the runtime, and AWS's SDK, each with what it does.
    /// </summary>
    public static IReadOnlySet<string> Foreign { get; } = new HashSet<string>
    {
        "ASPNETCORE_URLS", // Where the web server listens.
        "DOTNET_EnableDiagnostics", // Nothing is written for debuggers.
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", // What the SDK signs with.
    };

    /// <summary>
    /// A container's variables and secrets, with the values that a stack in us-east-2 with the defaults would give them, as far as a program
    /// looks at the value.
    /// </summary>
    public static Dictionary<string, string> Given(Template template, string task)
    {
        var container = template.Containers().Single(c => c.Task == task).Container;
        return Template.Walk(container["Environment"]).OfType<JsonObject>().Where(node => node.ContainsKey("Name"))
            .ToDictionary(variable => (string)variable["Name"]!, variable => Value(template, variable["Value"]!))
            .Concat((container["Secrets"]?.AsArray() ?? []).Select(secret =>
                KeyValuePair.Create((string)secret!["Name"]!, SecretOf((string)secret["ValueFrom"]!["Fn::ImportValue"]!["Fn::Sub"]!))))
            .ToDictionary();
    }

    private static string Value(Template template, JsonNode value) => value switch
    {
        JsonValue => (string)value!,
        JsonObject when value["Ref"] is { } reference => (string)reference! switch
        {
            "AWS::Region" => "us-east-2",
            var name when (string?)template.Parameters[name]?["Default"] is { } set => set,
            var name => throw new InvalidOperationException($"There is no value for {name} here."),
        },
        JsonObject when value["Fn::Sub"] is { } text => ((string)text!).Replace("${Domain}", "game.example.com", StringComparison.Ordinal),
        JsonObject when value["Fn::ImportValue"] is { } import => (string)import["Fn::Sub"]! switch
        {
            "${Game}-Table" => "game-data-Table-1ABCDEF",
            "${Game}-EndpointGroupArn" => "arn:aws:globalaccelerator::123456789012:accelerator/a/listener/l/endpoint-group/g",
            "${Game}-PublicNetworkA" => "10.20.0.0/24",
            "${Game}-PublicNetworkB" => "10.20.1.0/24",
            "${Game}-BattleSubnetA" => "subnet-0123456789abcdef0",
            "${Game}-BattleSubnetB" => "subnet-0123456789abcdef1",
            "${Game}-BattlePortList" => (string)Template.Of("network").Body["Mappings"]!["Ports"]!["4"]!["List"]!,
            "${Game}-Registry" => "http://gateway.game.internal:8080",
            var name => throw new InvalidOperationException($"There is no value for {name} here."),
        },
        _ => throw new InvalidOperationException($"{value.ToJsonString()} is not read here."),
    };

    private static string SecretOf(string export) => export switch
    {
        "${Game}-RedisConnection" => "clustercfg.game.abcdef.memorydb.us-east-2.amazonaws.com:6379,user=game,password=9fKq2LzXw7RbTn4v,ssl=true",
        "${Game}-AuthKey" => "b7Qk3ZrWm9XtLs2VfHc8NpJd5GyEa4Ru",
        "${Game}-ApiKey" => "tY6mKw3Xq9RzLf2BsVh8NcJp5DgEa7Qu",
        "${Game}-TicketKey" => "Hj4sPz8WkQm2XvLr9TfBn6YcGd3EaRu5",
        _ => throw new InvalidOperationException($"There is no value for {export} here."),
    };
}
