using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace GameServer.Deploy.Tests;

/// <summary>A CloudFormation template.</summary>
internal sealed partial class Template
{
    private Template(string name)
    {
        Name = name;
        Body = Yaml.Read($"{Folder}/{name}.yaml");
        Part = int.Parse(PartNumber().Match((string)Body["Description"]!).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
    }

    public const string Folder = "deploy/cloudformation";

    /// <summary>All templates, in the order in which their stacks are made.</summary>
    public static IReadOnlyList<Template> All { get; } =
    [
        .. Directory.EnumerateFiles(Repository.PathOf(Folder), "*.yaml").Select(file => new Template(Path.GetFileNameWithoutExtension(file)))
            .OrderBy(template => template.Part),
    ];

    public string Name { get; }

    /// <summary>Which of the stacks it is, from 1.</summary>
    public int Part { get; }

    public JsonObject Body { get; }

    public JsonObject Parameters => Body[nameof(Parameters)]!.AsObject();

    public JsonObject Resources => Body[nameof(Resources)]!.AsObject();

    public JsonObject Outputs => Body[nameof(Outputs)]!.AsObject();

    public static Template Of(string name) => All.Single(template => template.Name == name);

    /// <summary>A resource's properties.</summary>
    public JsonObject Properties(string resource) => Resources[resource]!["Properties"]!.AsObject();

    /// <summary>The properties of all resources of a type, by their names.</summary>
    public IEnumerable<(string Name, JsonObject Properties)> OfType(string type) =>
        Resources.Where(resource => (string)resource.Value!["Type"]! == type)
            .Select(resource => (resource.Key, resource.Value!["Properties"]!.AsObject()));

    /// <summary>Every container of every task, with the task's name.</summary>
    public IEnumerable<(string Task, JsonObject Container)> Containers() => OfType("AWS::ECS::TaskDefinition")
        .SelectMany(task => task.Properties["ContainerDefinitions"]!.AsArray().Select(container => (task.Name, container!.AsObject())));

    /// <summary>Every use of a function such as <c>Ref</c>, with what it is given.</summary>
    public IEnumerable<JsonNode> Uses(string function) => Walk(Body).OfType<JsonObject>().Where(node => node.Count == 1 && node.ContainsKey(function))
        .Select(node => node[function]!);

    /// <summary>Every node.</summary>
    public static IEnumerable<JsonNode> Walk(JsonNode? node)
    {
        if (node is null)
            return [];
        var children = node switch
        {
            JsonObject mapping => mapping.Select(child => child.Value),
            JsonArray sequence => sequence,
            _ => [],
        };
        return [node, .. children.SelectMany(Walk)];
    }

    public override string ToString() => Name;

    [GeneratedRegex("^Game server, ([0-9]) of 6 - ")]
    private static partial Regex PartNumber();
}
