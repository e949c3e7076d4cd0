using Microsoft.Extensions.Configuration;

namespace GameServer.Settings;

/// <summary>
/// Reads a program's settings into their types, and notes all that is wrong: a name that is no setting, a text that is no value, a value that is not
/// allowed. Each section is read once, when the program starts.
/// </summary>
public sealed class SettingsReader
{
    private readonly ProgramSettings program;

    /// <summary>Looks whether there are names that are no settings.</summary>
    /// <param name="configuration">The configuration, with all its sources.</param>
    /// <param name="program">The settings that there are.</param>
    public SettingsReader(IConfiguration configuration, ProgramSettings program)
    {
        ArgumentNullException.ThrowIfNull(program);
        (Configuration, this.program) = (configuration, program);
        foreach (var section in program.Sections.Where(section => section.Path.Length > 0).DistinctBy(section => section.Path))
        {
            var allowed = program.NamesIn(section.Path);
            foreach (var place in Places(section))
            {
                Problems.AddRange(place.GetChildren().Where(child => !allowed.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
                    .Select(child => $"{child.Path} is no setting; allowed in {place.Path} are {string.Join(", ", allowed)}."));
            }
        }
    }

    /// <summary>The configuration that is read.</summary>
    public IConfiguration Configuration { get; }

    /// <summary>What was wrong so far.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>Reads the section of a type.</summary>
    public T Read<T>() where T : class => Read((T)SectionOf<T>().Defaults(), SectionOf<T>(), "");

    /// <summary>Reads a section that is there once for each name.</summary>
    /// <param name="defaults">Makes what the settings of that name are read into; the caller's own, because it is changed.</param>
    public IReadOnlyDictionary<string, T> ReadNamed<T>(Func<string, T> defaults) where T : class
    {
        var section = SectionOf<T>();
        return Places(section).ToDictionary(place => place.Key, place => Read(defaults(place.Key), section, place.Key));
    }

    /// <summary>Throws what was noted.</summary>
    /// <exception cref="SettingsException">Something is wrong.</exception>
    public void ThrowIfAnythingIsWrong()
    {
        if (Problems.Count > 0)
            throw new SettingsException(string.Join(Environment.NewLine, Problems));
    }

    private T Read<T>(T target, Section section, string name) where T : class
    {
        foreach (var setting in program.All.Where(setting => setting.Section == section))
        {
            var place = Configuration.GetSection(setting.Name.Replace(Section.AnyName, name, StringComparison.Ordinal));
            if (setting.Read(place, target, name) is { } problem)
                Problems.Add(problem);
        }

        return target;
    }

    private IEnumerable<IConfigurationSection> Places(Section section) => !section.HasNames ? [Configuration.GetSection(section.Path)]
        : Configuration.GetSection(section.Path[..section.Path.LastIndexOf(':')]).GetChildren();

    private Section SectionOf<T>() => program.Sections.Single(section => section.Type == typeof(T));
}
