using System.Text;

namespace GameServer.Settings.Tests;

/// <summary><c>docs/settings.md</c>: every setting of every program, made from where it is declared.</summary>
internal static class SettingsDocument
{
    private const string Head = """
        # Settings

        Made from the programs themselves, as is their `--help`: to change a line, change the setting's declaration, and run
        `UPDATE_DOCS=1 dotnet test tests/Settings.Tests`.

        Standalone, silos and gateways take a setting as an argument (`--GameServer:DefaultMode=climb`), from the environment with two underscores
        for each colon (`GameServer__DefaultMode=climb`), from `appsettings.json` in the current folder, or from a file of its own in the folder
        `Secrets`. Later ones win: `appsettings.json`, the environment, arguments, secrets. `NAME` stands for any name. Several values are `NAME:0`,
        `NAME:1`, …, or one text with commas. Times are `hh:mm:ss` or seconds. A name that is no setting, a section whose name is nearly that of
        another one, and a value that is not allowed stop the start with a line that says what is. `Kestrel:…` (addresses, certificates) and
        `Logging:…` are the framework's own. A secret (s) is refused as an argument, which every user of a machine can read.

        """;

    public static string Make()
    {
        StringBuilder text = new(Head);
        var sections = Programs.All.SelectMany(program => program.Sections, (program, section) => (Program: program, Section: section));
        foreach (var chapter in sections.GroupBy(one => (one.Program.IsFlat ? one.Program.Name : one.Section.Path, one.Section.Type)))
        {
            var (program, section) = chapter.First();
            var programs = chapter.Select(one => one.Program).ToArray();
            text.AppendLine().AppendLine(section.Path.Length > 0 ? $"## `{section.Path}`: {Of(programs)}" : $"## {Of(programs)}");
            text.AppendLine().AppendLine(Documentation.Of(section.Type)).AppendLine();
            text.AppendLine("| setting | default | allowed | meaning |").AppendLine("|---|---|---|---|");
            var settings = chapter.SelectMany(one => one.Program.All.Where(setting => setting.Section == one.Section));
            foreach (var same in settings.GroupBy(setting => setting.Name))
            {
                var setting = same.First();
                text.AppendLine(string.Join(" | ", $"| {Names(program, setting)}", Default([.. programs.Zip(same)]), setting.Allowed, $"{setting.Meaning} |"));
            }
        }

        return text.ToString();
    }

    private static string Of(IEnumerable<ProgramSettings> programs) => string.Join(", ", programs.Select(program => program.Name));

    private static string Names(ProgramSettings program, Setting setting)
    {
        var arguments = program.ArgumentsOf(setting).Select(argument => argument[2..] == setting.Name && !program.IsFlat ? setting.Name : argument);
        var names = program.IsFlat ? [.. setting.IsSecret ? [] : arguments, setting.Variable] : arguments;
        return string.Join(", ", names.Select(name => $"`{name}`")) + (setting.IsSecret ? " (s)" : "");
    }

    private static string Default((ProgramSettings Program, Setting Setting)[] settings)
    {
        var first = settings[0].Setting;
        var values = settings.GroupBy(one => one.Setting.Default, one => one.Program).ToArray();
        return first.IsNeeded ? "needed" : first.Default.Length == 0 ? "none"
            : string.Join("; ", values.Select(value => values.Length == 1 ? $"`{value.Key}`" : $"{Of(value)} `{value.Key}`"));
    }
}
