using System.Reflection;
using System.Xml.Linq;

namespace GameServer.Settings;

/// <summary>
/// What the comments in the source say of types and properties: the compiler writes them to a file beside each assembly. So a setting is explained
/// where it is declared, and nowhere a second time.
/// </summary>
internal static class Documentation
{
    /// <summary>The summary of a type's or a property's comment as one line; empty: there is none, or its file is not there.</summary>
    public static string Of(MemberInfo member)
    {
        var type = member as Type ?? member.DeclaringType!;
        var name = member is Type ? $"T:{type.FullName}" : $"P:{type.FullName}.{member.Name}";
        var file = Path.ChangeExtension(type.Assembly.Location, ".xml");
        var comments = File.Exists(file) ? XDocument.Load(file).Descendants("member") : [];
        var text = string.Concat(
            comments.FirstOrDefault(entry => (string?)entry.Attribute("name") == name)?.Element("summary")?.Nodes().Select(Text) ?? []);
        return string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    private static string Text(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" } see => ((string?)see.Attribute("cref") ?? "").Split('.')[^1],
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement element => element.Value,
        _ => "",
    };
}
