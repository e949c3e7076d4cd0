namespace GameServer.Deploy.Tests;

/// <summary>Programs that may be on this machine.</summary>
internal static class Tool
{
    /// <summary>Where it is; null: nowhere.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
