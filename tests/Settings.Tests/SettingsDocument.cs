using System.Text;

namespace GameServer.Settings.Tests;

/// <summary><c>docs/settings.md</c>: every setting of every program, made from where it is declared.</summary>
internal static class SettingsDocument
{
    private const string Head = """
        # Settings

        Made from the programs themselves, as is their `--help`: to change a line, change the setting's declaration, and run
        `UPDATE_DOCS=1 dotnet test tests/Settings.Tests`.

        Standalone, silos and gateways take a setting as an argument (`--GameServer:DefaultMode=climb`), from the environment with two underscores for each colon
        (`GameServer__DefaultMode=climb`), from `appsettings.json` in the current folder, or from a file of its own in the folder `Secrets`. Later ones win:
        `appsettings.json`, the environment, arguments, secrets. `NAME` stands for any name. Several values are `NAME:0`, `NAME:1`, …, or one text with
        commas. Times are `hh:mm:ss` or seconds. A name that is no setting, a section whose name is nearly that of another one, and a value that is not allowed
        stop the start with a line that says what is. `Kestrel:…` (addresses, certificates) and `Logging:…` are the framework's own. A secret (s) is refused as an argument, which every user of a machine can read.

        """;

    public static string Make()
    {
        StringBuilder text = new(Head);
        foreach (var group in Programs.All.SelectMany(program => program.Sections, (program, section) => (program, section))
            .GroupBy(one => (one.program.IsFlat ? one.program.Name : one.section.Path, one.section.Type)))
        {
            var (programs, first) = (group.Select(one => one.program).ToArray(), group.First());
            text.AppendLine().AppendLine(first.section.Path.Length > 0 ? $"## `{first.section.Path}`: {Of(programs)}" : $"## {Of(programs)}").AppendLine();
            text.AppendLine(Documentation.Of(first.section.Type)).AppendLine();
            text.AppendLine("| setting | default | allowed | meaning |").AppendLine("|---|---|---|---|");
            foreach (var settings in group.SelectMany(one => one.program.All.Where(setting => setting.Section == one.section)).GroupBy(setting => setting.Name))
            {
                var setting = settings.First();
                var names = first.program.IsFlat ? $"{(setting.IsSecret ? "" : $"`{string.Join("`, `", first.program.ArgumentsOf(setting))}`, ")}`{setting.Variable}`"
                    : string.Join(", ", first.program.ArgumentsOf(setting).Select(argument => $"`{(argument[2..] == setting.Name ? setting.Name : argument)}`"));
                var defaults = Default(group.Select(one => one.program).Zip(settings));
                text.AppendLine(string.Join(" | ", $"| {names}{(setting.IsSecret ? " (s)" : "")}", defaults, setting.Allowed, $"{setting.Meaning} |"));
            }
        }

        return text.ToString();
    }

    private static string Of(IEnumerable<ProgramSettings> programs) => string.Join(", ", programs.Select(program => program.Name));

    private static string Default(IEnumerable<(ProgramSettings Program, Setting Setting)> settings)
    {
        var (first, values) = (settings.First().Setting, settings.GroupBy(one => one.Setting.Default, one => one.Program).ToArray());
        return first.IsNeeded ? "needed" : first.Default.Length == 0 ? "none"
            : string.Join("; ", values.Select(value => values.Length == 1 ? $"`{value.Key}`" : $"{Of(value)} `{value.Key}`"));
    }
}
