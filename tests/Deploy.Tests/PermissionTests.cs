using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace GameServer.Deploy.Tests;

/// <summary>What the roles may do is what the code behind them calls, and nothing else.</summary>
public sealed partial class PermissionTests
{
    [Fact]
    public void A_silo_may_make_the_calls_to_Global_Accelerator_that_its_adapter_makes() => Assert.Equal(
        SdkCall().Matches(Repository.SourceOf("src/GlobalAccelerator")).Select(call => $"globalaccelerator:{call.Groups[1].Value}").Distinct()
            .Order(StringComparer.Ordinal),
        Actions("services", "SiloRole").Where(action => action.StartsWith("globalaccelerator:", StringComparison.Ordinal)));

    /// <remarks>
    /// These four are what Orleans' storage calls for one item; it asks about the table itself only where it may make or change it.
    /// </remarks>
    [Fact]
    public void A_silo_may_read_and_write_items_of_its_table_and_nothing_else_of_DynamoDB()
    {
        Assert.Equal(
            ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
            Actions("services", "SiloRole").Where(action => !action.StartsWith("globalaccelerator:", StringComparison.Ordinal)));
        Assert.DoesNotContain("DynamoDB__CreateTable", Settings.Given(Template.Of("services"), "SiloTask").Keys);
        Assert.Contains("UpdateIfExists = false", Repository.SourceOf("src/DynamoDbStorage"));
    }

    [Fact]
    public void The_table_has_the_keys_that_Orleans_looks_items_up_by()
    {
        var table = Template.Of("data").Properties("Table");
        Assert.Equal(
            [("GrainReference", "HASH"), ("GrainType", "RANGE")],
            table["KeySchema"]!.AsArray().Select(key => ((string)key!["AttributeName"]!, (string)key["KeyType"]!)));
        Assert.All(table["AttributeDefinitions"]!.AsArray(), attribute => Assert.Equal("S", (string)attribute!["AttributeType"]!));
        Assert.Equal("true", (string)table["PointInTimeRecoverySpecification"]!["PointInTimeRecoveryEnabled"]!);
    }

    [Fact]
    public void A_battle_server_may_ask_not_to_be_stopped_and_a_gateway_nothing()
    {
        Assert.Contains("task-protection/v1/state", Repository.SourceOf("src/Ecs"));
        Assert.Equal(["ecs:UpdateTaskProtection"], Actions("battle", "BattleServerRole"));
        Assert.Null(Template.Of("services").Properties("GatewayTask")["TaskRoleArn"]);
        Assert.DoesNotContain("Amazon.", Repository.SourceOf("src/Gateway") + Repository.SourceOf("src/Edge"));
    }

    [Fact]
    public void The_accelerators_function_may_make_the_calls_it_makes()
    {
        string[] itself = ["iam:CreateServiceLinkedRole", "logs:CreateLogStream", "logs:PutLogEvents"]; // By the service for it, and by Lambda.
        Assert.Equal(
            PythonCall().Matches(AcceleratorFunction.Code).Select(call => $"globalaccelerator:{Pascal(call.Groups[1].Value)}").Distinct()
                .Concat(itself).Order(StringComparer.Ordinal),
            Actions("accelerator", "Role"));
    }

    [Fact]
    public void Tasks_are_started_with_the_secrets_they_are_given_and_no_others()
    {
        var given = Template.All.SelectMany(template => template.Containers()).SelectMany(task => task.Container["Secrets"]!.AsArray())
            .Select(secret => (string)secret!["ValueFrom"]!["Fn::ImportValue"]!["Fn::Sub"]!).Distinct().Order(StringComparer.Ordinal);
        var statement = Assert.Single(Statements("services", "ExecutionRole"));
        Assert.Equal("secretsmanager:GetSecretValue", (string)statement["Action"]!);
        Assert.Equal(
            given,
            statement["Resource"]!.AsArray().Select(secret => (string)secret!["Fn::ImportValue"]!["Fn::Sub"]!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_may_be_done_to_everything_cannot_be_bound_to_something()
    {
        // Lists by destination know no resource, an accelerator has no name before it is there, and the role is the service's own.
        var statements = Template.All
            .SelectMany(template => template.OfType("AWS::IAM::Role").SelectMany(role => Statements(template.Name, role.Name))).ToList();
        var everything = statements.Where(statement => statement["Resource"] is JsonValue all && (string)all! == "*").SelectMany(Actions);
        Assert.All(everything, action => Assert.True(
            action is "globalaccelerator:ListCustomRoutingPortMappingsByDestination" or "iam:CreateServiceLinkedRole"
            || Actions("accelerator", "Role").Contains(action), action));
        Assert.DoesNotContain(statements.SelectMany(Actions), action => action.Contains('*', StringComparison.Ordinal));
    }

    private static IEnumerable<string> Actions(string template, string role) =>
        Statements(template, role).SelectMany(Actions).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Actions(JsonObject statement) =>
        statement["Action"] is JsonArray list ? list.Select(action => (string)action!) : [(string)statement["Action"]!];

    private static IEnumerable<JsonObject> Statements(string template, string role) =>
        Template.Walk(Template.Of(template).Properties(role)["Policies"]).OfType<JsonObject>().Where(node => node.ContainsKey("Effect"));

    private static string Pascal(string name) => string.Concat(name.Split('_').Select(part => char.ToUpperInvariant(part[0]) + part[1..]));

    [GeneratedRegex(@"client\.(\w+)Async\(")]
    private static partial Regex SdkCall();

    [GeneratedRegex(@"\bapi\.([a-z_]+)\(")]
    private static partial Regex PythonCall();
}
