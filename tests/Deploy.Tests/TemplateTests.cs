using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace GameServer.Deploy.Tests;

/// <summary>The templates by themselves: what refers to something, and what an operator is asked for.</summary>
public sealed partial class TemplateTests
{
    public static TheoryData<string> Names { get; } = [.. Template.All.Select(template => template.Name)];

    [Fact]
    public void The_templates_are_numbered_in_the_order_of_their_stacks() =>
        Assert.Equal(["images", "network", "data", "accelerator", "services", "battle"], Template.All.Select(template => template.Name));

    [Theory, MemberData(nameof(Names))]
    public void Every_reference_is_to_something_in_the_template(string name)
    {
        var template = Template.Of(name);
        string[] there = [.. template.Parameters.Select(p => p.Key), .. template.Resources.Select(r => r.Key)];
        foreach (var reference in References(template))
            Assert.True(there.Contains(reference) || reference.StartsWith("AWS::", StringComparison.Ordinal), $"{name}: there is no {reference}.");
        foreach (var attribute in Attributes(template))
            Assert.True(template.Resources.ContainsKey(attribute.Split('.')[0]), $"{name}: there is no resource for {attribute}.");
        foreach (var depends in template.Resources.SelectMany(r => Texts(r.Value!["DependsOn"])))
            Assert.True(template.Resources.ContainsKey(depends), $"{name}: there is no {depends} to depend on.");
    }

    [Theory, MemberData(nameof(Names))]
    public void Every_condition_and_mapping_that_is_named_is_there_and_every_one_that_is_there_is_named(string name)
    {
        var template = Template.Of(name);
        string[] named =
        [
            .. template.Uses("Fn::If").Select(use => (string)use[0]!),
            .. template.Resources.Select(r => (string?)r.Value!["Condition"]).OfType<string>(),
        ];
        Assert.Equal(Keys(template, "Conditions"), named.Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(
            Keys(template, "Mappings"), template.Uses("Fn::FindInMap").Select(use => (string)use[0]!).Distinct().Order(StringComparer.Ordinal));
    }

    [Theory, MemberData(nameof(Names))]
    public void What_a_stack_imports_an_earlier_one_exports(string name)
    {
        var template = Template.Of(name);
        var earlier = Template.All.Where(other => other.Part < template.Part).SelectMany(Exports).ToHashSet();
        foreach (var import in template.Uses("Fn::ImportValue"))
            Assert.Contains((string)import["Fn::Sub"]!, earlier);
    }

    [Fact]
    public void What_a_stack_exports_another_one_imports() => Assert.Equal(
        Template.All.SelectMany(Exports).Order(StringComparer.Ordinal),
        Template.All.SelectMany(template => template.Uses("Fn::ImportValue")).Select(import => (string)import["Fn::Sub"]!).Distinct()
            .Order(StringComparer.Ordinal));

    [Theory, MemberData(nameof(Names))]
    public void Every_parameter_is_described_bounded_and_used(string name)
    {
        var template = Template.Of(name);
        var used = References(template).ToHashSet();
        foreach (var (parameter, about) in template.Parameters)
        {
            Assert.True(((string?)about!["Description"])?.Length > 10, $"{name}: {parameter} has no description.");
            Assert.True(
                about["AllowedValues"] is not null || (about["AllowedPattern"] is not null && about["ConstraintDescription"] is not null)
                || (about["MinValue"] is not null && about["MaxValue"] is not null)
                || ((string)about["Type"]!).StartsWith("AWS::", StringComparison.Ordinal),
                $"{name}: {parameter} is not bounded.");
            Assert.Contains(parameter, used);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Every_output_is_described(string name) =>
        Assert.All(Template.Of(name).Outputs, output => Assert.True(((string?)output.Value!["Description"])?.Length > 10, output.Key));

    [Theory, MemberData(nameof(Names))]
    public void No_secret_is_in_a_template(string name)
    {
        var template = Template.Of(name);
        // Passwords and connection strings are made by Secrets Manager, or put together by CloudFormation when the stack is made.
        var conditions = Keys(template, "Conditions").ToHashSet();
        foreach (var (property, value) in Template.Walk(template.Resources).OfType<JsonObject>().SelectMany(node => node))
        {
            if (SecretName().IsMatch(property))
                Assert.All(Texts(value).Where(text => !conditions.Contains(text)), text => Assert.Contains("{{resolve:secretsmanager:", text));
        }

        foreach (var (_, container) in template.Containers())
            Assert.DoesNotContain(Variables(container["Environment"]), SecretSetting().IsMatch);
    }

    [CfnLintFact]
    public async Task Cfn_lint_finds_nothing()
    {
        var files = Template.All.Select(template => Repository.PathOf($"{Template.Folder}/{template.Name}.yaml"));
        using var lint = Process.Start(new ProcessStartInfo("cfn-lint", files)
        {
            RedirectStandardOutput = true,
        })!;
        var found = await lint.StandardOutput.ReadToEndAsync();
        await lint.WaitForExitAsync();
        Assert.True(lint.ExitCode == 0, found);
    }

    internal static IEnumerable<string> Variables(JsonNode? environment) => Template.Walk(environment).OfType<JsonObject>()
        .Where(node => node.ContainsKey("Name")).Select(node => (string)node["Name"]!);

    private static IEnumerable<string> References(Template template) =>
    [
        .. template.Uses("Ref").Select(use => (string)use!),
        .. Placeholders(template).Where(placeholder => !placeholder.Contains('.', StringComparison.Ordinal)),
    ];

    private static IEnumerable<string> Attributes(Template template) =>
    [
        .. template.Uses("Fn::GetAtt").Select(use => (string)use!),
        .. Placeholders(template).Where(placeholder => placeholder.Contains('.', StringComparison.Ordinal)),
    ];

    /// <summary>What <c>${…}</c> in a <c>Sub</c> stands for, but for its own variables.</summary>
    private static IEnumerable<string> Placeholders(Template template) => template.Uses("Fn::Sub").SelectMany(use =>
        use is JsonArray pair
            ? Placeholder().Matches((string)pair[0]!).Select(match => match.Groups[1].Value).Where(name => !pair[1]!.AsObject().ContainsKey(name))
            : Placeholder().Matches((string)use!).Select(match => match.Groups[1].Value));

    private static IEnumerable<string> Exports(Template template) =>
        template.Outputs.Select(output => (string?)output.Value!["Export"]?["Name"]!["Fn::Sub"]).OfType<string>();

    private static IEnumerable<string> Keys(Template template, string section) =>
        (template.Body[section]?.AsObject().Select(entry => entry.Key) ?? []).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Texts(JsonNode? node) => Template.Walk(node).OfType<JsonValue>().Select(value => (string)value!);

    [GeneratedRegex(@"\$\{([A-Za-z0-9:.]+)\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex("Key$|ConnectionString|Password", RegexOptions.IgnoreCase)]
    private static partial Regex SecretSetting();

    [GeneratedRegex("^(AuthToken|Passwords?|SecretString|MasterUserPassword)$")]
    private static partial Regex SecretName();
}
