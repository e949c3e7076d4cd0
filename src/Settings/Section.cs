namespace GameServer.Settings;

/// <summary>
/// A part of the configuration and the type that it is read into. Each public property of the type that can be set is a setting: its name is the
/// setting's, its value in a new object the default, its attributes what is allowed, the summary of its comment the meaning.
/// </summary>
/// <param name="Path">
/// Where it stands, such as <c>GameServer:Edge</c>; empty: at the top. One that ends with <c>:NAME</c> is there once for each name.
/// </param>
/// <param name="Defaults">Makes the object that settings are read into.</param>
/// <param name="Shipped">What is there for some names without any setting.</param>
public sealed record Section(string Path, Func<object> Defaults, IReadOnlyDictionary<string, object>? Shipped = null)
{
    internal const string AnyName = "NAME";

    internal Type Type { get; } = Defaults().GetType();

    internal bool HasNames => Path.EndsWith($":{AnyName}", StringComparison.Ordinal);
}
