using System.Text;
using System.Text.RegularExpressions;

namespace GameServer.Settings;

/// <summary>What <c>--help</c> shows: every setting of a program.</summary>
internal static partial class Help
{
    public static string Of(ProgramSettings program)
    {
        var text = new StringBuilder().AppendLine(program.Summary).AppendLine().AppendLine(HowToSet(program));
        string? path = null;
        foreach (var setting in program.All)
        {
            if (path != setting.Section.Path)
                text.AppendLine().AppendLine((path = setting.Section.Path).Length == 0 ? "Settings" : path);
            var names = setting.IsSecret ? $"{setting.Variable}  (a secret: no argument)" : string.Join(", ", program.ArgumentsOf(setting));
            text.AppendLine().Append("  ").AppendLine(names);
            Add(text, setting.Meaning);
            Add(text, (setting.IsNeeded ? "Needed." : $"Default: {(setting.Default.Length == 0 ? "none" : setting.Default)}.")
                + (setting.Allowed.Length == 0 ? "" : $" Allowed: {setting.Allowed}."));
        }

        return text.Append("""

              --help, --version
                  This text; the version.
              --health
                  Asks the program that runs beside it, set the same way, whether it lives: exit code 0 or 1.
            """).ToString();
    }

    private static string HowToSet(ProgramSettings program) => program.IsFlat
        ? $"A setting is an argument, --name value or --name=value, or an environment variable such as {program.All[0].Variable}."
        : """
            A setting is an argument, --Name value or --Name=value, an environment variable with two underscores for each colon, stands in
            appsettings.json in the current folder, or is a file in the folder --Secrets. Times are hh:mm:ss or seconds; several values are NAME:0,
            NAME:1, or one text with commas.
            """;

    private static void Add(StringBuilder text, string paragraph) => text.Append(Line().Replace(paragraph, $"      $1{Environment.NewLine}"));

    [GeneratedRegex(@"(.{1,105})(\s+|$)")]
    private static partial Regex Line();
}
