namespace GameServer.Settings;

/// <summary>The arguments of a program: <c>--name value</c> or <c>--name=value</c>. Nothing on the command line is ignored.</summary>
public static class CommandLine
{
    /// <summary>The settings by their names.</summary>
    /// <exception cref="SettingsException">An argument is not known, has no value, or is a secret.</exception>
    public static IReadOnlyDictionary<string, string?> Read(ProgramSettings program, ReadOnlySpan<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(program);
        var read = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        for (var index = 0; index < arguments.Length; index++)
        {
            var argument = arguments[index];
            var parts = argument.Split('=', 2);
            if (!argument.StartsWith("--", StringComparison.Ordinal) || !program.Takes(parts[0][2..]))
                throw new SettingsException($"'{argument}' is not known; {program.ArgumentsAllowed} --help shows them all.");
            var name = program.ShortNames.GetValueOrDefault(parts[0][2..], parts[0][2..]);
            var setting = program.Named(name);
            var value = parts.Length == 2 ? parts[1]
                : program.IsFlat && setting!.IsFlag ? "true"
                : ++index < arguments.Length ? arguments[index]
                : throw new SettingsException($"'{argument}' has no value; write {argument} VALUE or {argument}=VALUE.");
            if (Setting.NamesSecret(name, value))
            {
                throw new SettingsException(
                    $"'--{name}' is a secret, and every user of this machine can read arguments. Set {program.VariableOf(name)} in the environment"
                    + (program.IsFlat ? "." : ", or write it to a file of that name in the folder given with --Secrets."));
            }

            read[name] = setting is { IsSeveral: true } && read.TryGetValue(setting.Name, out var before) ? $"{before},{value}" : value;
        }

        return read;
    }
}
