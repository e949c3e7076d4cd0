using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace GameServer.Settings;

/// <summary>One setting of a program: all that <c>--help</c> and <c>docs/settings.md</c> say of it, and the check of its value.</summary>
public sealed partial class Setting
{
    private readonly PropertyInfo property;

    internal Setting(ProgramSettings program, Section section, PropertyInfo property)
    {
        this.property = property;
        var key = property.GetCustomAttribute<ConfigurationKeyNameAttribute>()?.Name ?? property.Name;
        Section = section;
        Name = program.IsFlat ? WordStart().Replace(key, "-$0").ToLowerInvariant()
            : section.Path.Length == 0 ? key : $"{section.Path}:{key}";
        Variable = program.VariableOf(Name);
        IsSecret = SecretName().IsMatch(Name);
        Written = !program.IsFlat ? Name : IsSecret ? Variable : $"--{Name}";
        Default = SettingText.Of(property.GetValue(section.Defaults()));
        Meaning = Documentation.Of(property);
    }

    /// <summary>The name, such as <c>GameServer:Edge:QueueFrames</c>; with two dashes in front it is an argument.</summary>
    public string Name { get; }

    /// <summary>The environment variable, such as <c>GameServer__Edge__QueueFrames</c>.</summary>
    public string Variable { get; }

    /// <summary>What holds where it is not set, as it could be written; empty: nothing.</summary>
    public string Default { get; }

    /// <summary>What can be written, such as <c>1024 to 65536</c>.</summary>
    public string Allowed => Behind().Replace(
        property.GetCustomAttribute<SecretAttribute>() is { } secret ? $"allowed are {secret.LeastBytes} bytes or more that cannot be guessed"
        : property.GetCustomAttributes<ValidationAttribute>().Select(Clause).OfType<string>().FirstOrDefault()
            ?? SettingText.Clause(property.PropertyType)!, "");

    /// <summary>What it does.</summary>
    public string Meaning { get; }

    /// <summary>Whether it is refused as an argument, which every user of a machine can read.</summary>
    public bool IsSecret { get; }

    internal Section Section { get; }

    /// <summary>The name as messages and documents have it: for programs whose settings have short names as it is typed.</summary>
    internal string Written { get; }

    /// <summary>Whether it needs no value on the command line.</summary>
    internal bool IsFlag => property.PropertyType == typeof(bool);

    /// <summary>Whether it may be given several times.</summary>
    internal bool IsSeveral => property.PropertyType != typeof(string) && property.PropertyType.IsAssignableTo(typeof(System.Collections.IEnumerable));

    /// <summary>Whether a name, or a connection string, is that of a secret. So are those of settings that the framework reads.</summary>
    internal static bool NamesSecret(string name, string value) =>
        SecretName().IsMatch(name)
        || (name.EndsWith("ConnectionString", StringComparison.OrdinalIgnoreCase) && value.Contains("password=", StringComparison.OrdinalIgnoreCase));

    /// <summary>The properties of a type that are settings.</summary>
    internal static IEnumerable<PropertyInfo> PropertiesOf(Type type) =>
        type.GetProperties().Where(property => property.SetMethod is { IsPublic: true } && SettingText.Knows(property.PropertyType));

    /// <summary>Reads the setting into an object of its section's type.</summary>
    /// <param name="place">Where it stands in the configuration.</param>
    /// <param name="target">The object.</param>
    /// <param name="name">What is put for <c>NAME</c>.</param>
    /// <returns>What is wrong and what is allowed; null if nothing is.</returns>
    internal string? Read(IConfigurationSection place, object target, string name)
    {
        var written = Written.Replace(Section.AnyName, name, StringComparison.Ordinal);
        if (place.Exists())
        {
            if (!SettingText.TryRead(place, property.PropertyType, out var value))
                return $"{written} is '{place.Value}'; {SettingText.Clause(property.PropertyType)}.";
            if (Problem(written, value) is { } problem)
                return problem;
            if (value is not null)
                property.SetValue(target, value);
        }

        return property.IsDefined(typeof(RequiredAttribute)) && property.GetValue(target) is null or "" ? $"{written} is needed." : null;
    }

    /// <summary>What is wrong with a value and what is allowed; null if nothing is.</summary>
    internal string? Problem(string written, object? value)
    {
        if (value is null or "" && property.IsDefined(typeof(SecretAttribute)))
            return null; // Not set: whether it must be, others know.
        if (property.GetCustomAttribute<SecretAttribute>() is { } secret)
            return Secret.Problem(written, (string)value!, secret.LeastBytes);
        foreach (var rule in property.GetCustomAttributes<ValidationAttribute>().Where(rule => rule is not RequiredAttribute))
        {
            foreach (var one in value as IReadOnlyList<object?> ?? [value])
            {
                if (one is not null && !Obeys(one, rule))
                    return $"{written} {(one == value ? "is" : "holds")} {(one is string ? $"'{one}'" : SettingText.Of(one))}; {Clause(rule)}.";
            }
        }

        return null;
    }

    // The framework's own check of a form lets any empty text pass.
    private static bool Obeys(object value, ValidationAttribute rule) =>
        rule is RegularExpressionAttribute form ? Regex.IsMatch((string)value, form.Pattern) : rule.IsValid(value);

    private static string? Clause(ValidationAttribute rule) => rule switch
    {
        RequiredAttribute => null,
        RangeAttribute range => $"allowed are {SettingText.Of(range.Minimum)} to {SettingText.Of(range.Maximum)}",
        _ => rule.FormatErrorMessage(""),
    };

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex WordStart();

    [GeneratedRegex("(Key|Password)$", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();

    [GeneratedRegex("^allowed (is|are) ")]
    private static partial Regex Behind();
}
