using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace GameServer.Settings;

/// <summary>
/// All settings of a program. From here come its arguments and environment variables, what they are checked by, <c>--help</c> and
/// <c>docs/settings.md</c>.
/// </summary>
public sealed class ProgramSettings
{
    /// <summary>What the web framework reads itself, where names are paths.</summary>
    private static readonly string[] Framework = ["http_ports", "https_ports", "environment", "contentRoot", "Logging", "Kestrel"];

    private readonly string? prefix;
    private readonly string[] elsewhere;

    /// <summary>Declares a program's settings.</summary>
    /// <param name="name">The program's name.</param>
    /// <param name="summary">What the program is.</param>
    /// <param name="sections">The sections of its settings, in the order in which they are shown.</param>
    /// <param name="prefix">
    /// Null: names of settings are paths, such as <c>--GameServer:Edge:QueueFrames</c>. Else they are words, such as <c>--drain-limit</c>, and this
    /// stands before them in the environment: <c>BATTLE_SERVER_</c> gives <c>BATTLE_SERVER_DRAIN_LIMIT</c>.
    /// </param>
    /// <param name="shortNames">Other names for arguments, and the settings that they stand for.</param>
    /// <param name="elsewhere">Sections and settings that others read, and that are no mistake here.</param>
    public ProgramSettings(
        string name, string summary, IReadOnlyList<Section> sections, string? prefix = null, IReadOnlyDictionary<string, string>? shortNames = null,
        params IEnumerable<string> elsewhere)
    {
        (Name, Summary, Sections, this.prefix, ShortNames, this.elsewhere) =
            (name, summary, sections, prefix, shortNames ?? new Dictionary<string, string>(), [.. elsewhere]);
        All =
        [
            .. from section in sections
               from property in section.Type.GetProperties()
               where property.SetMethod is { IsPublic: true } && SettingText.Knows(property.PropertyType)
               select new Setting(this, section, property),
        ];
    }

    /// <summary>The version of the program that runs, as its assembly says it.</summary>
    public static string Version =>
        Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    /// <summary>The program's name.</summary>
    public string Name { get; }

    /// <summary>What the program is.</summary>
    public string Summary { get; }

    /// <summary>Every setting there is, in the order in which they are shown.</summary>
    public IReadOnlyList<Setting> All { get; }

    internal IReadOnlyList<Section> Sections { get; }

    internal IReadOnlyDictionary<string, string> ShortNames { get; }

    /// <summary>Whether names are words, and not paths.</summary>
    internal bool IsFlat => prefix is not null;

    /// <summary>Which arguments there are, for one that is none.</summary>
    internal string ArgumentsAllowed => IsFlat
        ? $"allowed are {string.Join(", ", All.Where(setting => !setting.IsSecret).Select(setting => setting.Written))}."
        : $"allowed are --urls and settings such as --GameServer:DefaultMode=default, by these names: {string.Join(", ", Tops)}.";

    private IEnumerable<string> Tops =>
        Sections.Select(section => section.Path).Where(path => path.Length > 0).Concat(elsewhere).Select(path => path.Split(':')[0]).Distinct();

    /// <summary>The setting of a name such as <c>GameServer:Modes:ranked:RoomSize</c>, or of an environment variable; null: there is none.</summary>
    public Setting? Find(string name) =>
        All.FirstOrDefault(setting => setting.Is(IsFlat ? name : name.Replace("ASPNETCORE_", "", StringComparison.Ordinal)));

    internal Setting? Named(string name) => All.FirstOrDefault(setting => setting.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// Runs the program: <c>--help</c>, <c>--version</c> and <c>--health</c> are answered; where it cannot start, one line says why.
    /// </summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="run">The program.</param>
    /// <param name="askHealth">
    /// Asks the program that runs beside it, set the same way by these arguments, whether it lives, and gives the exit code; null: it cannot be asked.
    /// </param>
    /// <param name="explain">What went wrong, if it is something that whoever started the program can mend; else null.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(
        string[] arguments, Func<Task<int>> run, Func<string[], Task<int>>? askHealth, Func<Exception, string?> explain)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(explain);
        if (arguments.Contains("--help") || arguments.Contains("-h") || arguments.Contains("--version"))
        {
            Console.WriteLine(arguments.Contains("--version") ? $"GameServer.{Name} {Version}" : Help.Of(this));
            return ExitCode.Stopped;
        }

        try
        {
            return askHealth is not null && arguments.Contains("--health")
                ? await askHealth([.. arguments.Where(argument => argument != "--health")]) : await run();
        }
        catch (Exception exception)
        {
            var why = exception is SettingsException ? exception.Message : explain(exception);
            Console.Error.WriteLine(why is null ? $"Ended by an error that should not be: {exception}" : $"Cannot start: {why}");
            return ExitCode.CannotStart;
        }
    }

    /// <summary>The configuration of a program whose names are words: from the environment, and before that from the arguments.</summary>
    /// <exception cref="SettingsException">An argument is not known, has no value, or is a secret.</exception>
    public IConfiguration Configure(string[] arguments) => new ConfigurationBuilder()
        .AddInMemoryCollection(All.Select(setting => KeyValuePair.Create(setting.Name, Environment.GetEnvironmentVariable(setting.Variable))))
        .AddInMemoryCollection(CommandLine.Read(this, arguments)).Build();

    /// <summary>The arguments that stand for a setting, the shortest first.</summary>
    internal IEnumerable<string> ArgumentsOf(Setting setting) =>
        ShortNames.Where(other => other.Value == setting.Name).Select(other => other.Key).Append(setting.Name).Select(name => $"--{name}");

    internal string VariableOf(string name) =>
        prefix is null ? name.Replace(":", "__", StringComparison.Ordinal) : prefix + name.ToUpperInvariant().Replace('-', '_');

    /// <summary>Whether there are arguments of this name. Below a section any is taken here: the reader knows what is wrong with it.</summary>
    internal bool Takes(string name) =>
        ShortNames.ContainsKey(name) || Named(name) is not null
        || (!IsFlat && Tops.Concat(Framework).Contains(name.Split(':')[0], StringComparer.OrdinalIgnoreCase));

    /// <summary>The names that may stand in a section: of sections in it, then of settings.</summary>
    internal IReadOnlyList<string> NamesIn(string path)
    {
        var below = Sections.Select(section => section.Path).Concat(elsewhere).Where(other => other.StartsWith($"{path}:", StringComparison.Ordinal));
        var settings = All.Where(setting => setting.Section.Path == path).Select(setting => setting.Name);
        return [.. below.Concat(settings).Select(name => name[(path.Length + 1)..].Split(':')[0]).Distinct()];
    }
}
