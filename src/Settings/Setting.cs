using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace GameServer.Settings;

/// <summary>One setting of a program: all that <c>--help</c> and <c>docs/settings.md</c> say of it, and the check of its value.</summary>
public sealed partial class Setting
{
    private readonly PropertyInfo property;
    private readonly SecretAttribute? secret;
    private readonly ValidationAttribute[] rules;

    internal Setting(ProgramSettings program, Section section, PropertyInfo property)
    {
        (this.property, Section, secret) = (property, section, property.GetCustomAttribute<SecretAttribute>());
        rules = [.. property.GetCustomAttributes<ValidationAttribute>().Where(rule => rule is not RequiredAttribute)];
        var key = property.GetCustomAttribute<ConfigurationKeyNameAttribute>()?.Name ?? property.Name;
        Name = program.IsFlat ? WordStart().Replace(key, "-$0").ToLowerInvariant() : section.Path.Length == 0 ? key : $"{section.Path}:{key}";
        Variable = program.VariableOf(Name);
        Written = !program.IsFlat ? Name : IsSecret ? Variable : $"--{Name}";
    }

    /// <summary>The name, such as <c>GameServer:Edge:QueueFrames</c>; with two dashes in front it is an argument.</summary>
    public string Name { get; }

    /// <summary>The environment variable, such as <c>GameServer__Edge__QueueFrames</c>.</summary>
    public string Variable { get; }

    /// <summary>What holds where it is not set, as it could be written; empty: nothing.</summary>
    public string Default => DefaultIn(Section.Defaults()) + string.Concat(
        from shipped in Section.Shipped ?? new Dictionary<string, object>()
        where DefaultIn(shipped.Value) != DefaultIn(Section.Defaults())
        select $"; {shipped.Key}: {DefaultIn(shipped.Value)}");

    /// <summary>What can be written, such as <c>1024 to 65536</c>; empty: <see cref="Meaning"/> says it.</summary>
    public string Allowed => secret is not null ? $"{secret.LeastBytes} bytes or more that cannot be guessed"
        : Clause.Length == 0 ? "" : Clause.Split(' ', 3)[2];

    /// <summary>What it does.</summary>
    public string Meaning => Documentation.Of(property);

    /// <summary>Whether the program does not start without it.</summary>
    public bool IsNeeded => property.IsDefined(typeof(RequiredAttribute));

    /// <summary>Whether it is refused as an argument, which every user of a machine can read.</summary>
    public bool IsSecret => NamesSecret(Name, "");

    internal Section Section { get; }

    /// <summary>The name as messages have it: where names are words, as it is typed.</summary>
    internal string Written { get; }

    /// <summary>Whether it needs no value on the command line.</summary>
    internal bool IsFlag => property.PropertyType == typeof(bool);

    /// <summary>Whether it may be given several times.</summary>
    internal bool IsSeveral => SettingText.IsList(property.PropertyType) || IsPairs;

    private bool IsPairs => property.PropertyType == typeof(IReadOnlyDictionary<string, string>);

    /// <summary>What is allowed, as the end of a sentence.</summary>
    private string Clause => rules.Length > 0 ? ClauseOf(rules[0]) : SettingText.Clause(property.PropertyType);

    /// <summary>Whether a name is that of a secret: one of the framework's own settings, too. A connection string may hold one.</summary>
    internal static bool NamesSecret(string name, string value) => SecretName().IsMatch(name)
        || (name.EndsWith("ConnectionString", StringComparison.OrdinalIgnoreCase) && value.Contains("password=", StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a name, or a variable, is this setting's: with whatever stands for <c>NAME</c>, or for one of several values.</summary>
    internal bool Is(string name) => Regex.IsMatch(
        name.Replace("__", ":", StringComparison.Ordinal),
        $"^({Name.Replace(Section.AnyName, "[^:]+", StringComparison.Ordinal)}{(IsSeveral ? "(:.+)?" : "")}|{Variable})$", RegexOptions.IgnoreCase);

    /// <summary>Reads the setting into an object of its section's type.</summary>
    /// <param name="place">Where it stands in the configuration.</param>
    /// <param name="target">The object.</param>
    /// <param name="name">What is put for <c>NAME</c>.</param>
    /// <returns>What is wrong and what is allowed; null if nothing is.</returns>
    internal string? Read(IConfigurationSection place, object target, string name)
    {
        var written = Written.Replace(Section.AnyName, name, StringComparison.Ordinal);
        var children = IsSeveral ? place.GetChildren().Select(child => IsPairs ? $"{child.Key}={child.Value}" : child.Value).ToArray() : [];
        var text = children.Length > 0 ? string.Join(',', children) : place.Value ?? "";
        // Where nothing may be set, an empty text sets nothing: a variable that is there can be left empty.
        var type = property.PropertyType;
        var mayBeNothing = type == typeof(Uri) || type == typeof(IPAddress) || Nullable.GetUnderlyingType(type) is not null;
        if (place.Exists() && (text.Length > 0 || !mayBeNothing))
        {
            if (SettingText.Read(text, type, out var wrong) is not { } value)
                return $"{written} {(IsSeveral ? "holds" : "is")} '{wrong}'; {SettingText.Clause(type)}.";
            if (Problem(value) is { } problem)
                return $"{written} {problem}";
            property.SetValue(target, value);
        }

        return IsNeeded && property.GetValue(target) is null or "" ? $"{written} is needed." : null;
    }

    /// <summary>What is wrong with a value and what is allowed, as a sentence without its subject; null if nothing is.</summary>
    private string? Problem(object value)
    {
        if (secret is not null)
            return value is "" ? null : Secret.Problem((string)value, secret.LeastBytes);
        var wrong = from rule in rules
                    from one in value as IReadOnlyList<object> ?? [value]
                    where !Obeys(one, rule)
                    select $"{(one == value ? "is" : "holds")} {(one is string ? $"'{one}'" : SettingText.Of(one))}; {ClauseOf(rule)}.";
        return wrong.FirstOrDefault();
    }

    private string DefaultIn(object values) => SettingText.Of(property.GetValue(values));

    // The framework's own check of a form lets any empty text pass.
    private static bool Obeys(object value, ValidationAttribute rule) =>
        rule is RegularExpressionAttribute form ? Regex.IsMatch((string)value, form.Pattern) : rule.IsValid(value);

    private static string ClauseOf(ValidationAttribute rule) => rule is RangeAttribute range
        ? $"allowed are {SettingText.Of(range.Minimum)} to {SettingText.Of(range.Maximum)}" : rule.FormatErrorMessage("");

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex WordStart();

    [GeneratedRegex("(Key|Password)$", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();
}
