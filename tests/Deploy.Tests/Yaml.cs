using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;

namespace GameServer.Deploy.Tests;

/// <summary>
/// Reads YAML as JSON: anchors and merges resolved, CloudFormation's short forms written out (<c>!Ref X</c> is <c>{"Ref":"X"}</c>), every scalar
/// a text.
/// </summary>
internal static class Yaml
{
    public static JsonObject Read(string path)
    {
        var stream = new YamlStream();
        using var reader = new StringReader(Repository.Read(path));
        stream.Load(reader);
        return Node(stream.Documents[0].RootNode)!.AsObject();
    }

    private static JsonNode? Node(YamlNode node)
    {
        JsonNode? value = node switch
        {
            YamlScalarNode scalar => JsonValue.Create(scalar.Value ?? ""),
            YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(Node)]),
            YamlMappingNode mapping => Mapping(mapping),
            _ => throw new InvalidOperationException($"A node of kind {node.NodeType} is not read here."),
        };
        var tag = node.Tag.IsEmpty ? "" : node.Tag.Value;
        return tag.StartsWith('!') && tag.Length > 1
            ? new JsonObject { [tag is "!Ref" or "!Condition" ? tag[1..] : $"Fn::{tag[1..]}"] = value }
            : value;
    }

    private static JsonObject Mapping(YamlMappingNode mapping)
    {
        var read = new JsonObject();
        foreach (var (key, value) in mapping.Children)
        {
            var name = ((YamlScalarNode)key).Value!;
            if (name != "<<")
                read[name] = Node(value);
        }

        foreach (var (key, value) in mapping.Children)
        {
            if (((YamlScalarNode)key).Value != "<<")
                continue;
            foreach (var (merged, node) in Mapping((YamlMappingNode)value).ToList())
            {
                if (!read.ContainsKey(merged))
                    read[merged] = node?.DeepClone();
            }
        }

        return read;
    }
}
