using GameServer.Hosting.Listening;
using GameServer.Settings;

namespace GameServer.Hosting;

/// <summary>What the settings of all programs have that serve over HTTP.</summary>
public static class WebProgram
{
    /// <summary>Declares such a program's settings.</summary>
    /// <param name="name">The program's name.</param>
    /// <param name="summary">What the program is.</param>
    /// <param name="url">Where it listens if nothing is set.</param>
    /// <param name="sections">The sections that are its own.</param>
    /// <param name="shortNames">Other names for arguments, and the settings that they stand for.</param>
    /// <param name="elsewhere">Sections and settings that others read, and that are no mistake here.</param>
    public static ProgramSettings Create(
        string name, string summary, string url, IEnumerable<Section> sections, IReadOnlyDictionary<string, string>? shortNames = null,
        params IEnumerable<string> elsewhere) => new(
            name, summary,
            [new("", () => new WebOptions { Urls = url }), .. sections, new("GameServer:Connections", () => new ListeningOptions())],
            null, shortNames, elsewhere);
}
