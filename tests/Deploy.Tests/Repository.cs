using System.Reflection;

namespace GameServer.Deploy.Tests;

/// <summary>The files of this repository.</summary>
internal static class Repository
{
    private static readonly string Root = Path.GetFullPath(Metadata("Repository"));

    /// <summary>The full path of a file or folder.</summary>
    public static string PathOf(string path) => Path.Combine(Root, path);

    /// <summary>A file's text.</summary>
    public static string Read(string path) => File.ReadAllText(PathOf(path));

    /// <summary>All source of a folder, as one text.</summary>
    public static string SourceOf(string folder) => string.Join('\n', Directory.EnumerateFiles(PathOf(folder), "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Contains("/obj/", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(File.ReadAllText));

    /// <summary>A program that was built with these tests.</summary>
    /// <param name="name">Its project, such as <c>Silo</c>.</param>
    public static string Program(string name) => PathOf($"src/{name}/{Metadata("Output")}/GameServer.{name}.dll");

    private static string Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == key).Value!;
}
