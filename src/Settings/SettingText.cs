using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace GameServer.Settings;

/// <summary>Values of settings as text, both ways. The framework's binder takes a bare number for days, and does not say what is allowed.</summary>
internal static partial class SettingText
{
    /// <summary>Whether settings can have values of this type.</summary>
    public static bool Knows(Type type) => Clause(type) is not null;

    /// <summary>What can be written for a value of this type, as the end of a sentence; null: nothing.</summary>
    public static string? Clause(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        { IsEnum: true } choice => $"allowed are {Choices(choice)}",
        var known when known == typeof(string) => "allowed is any text",
        var known when known == typeof(bool) => "allowed are true and false",
        var known when known == typeof(int) => "allowed are whole numbers",
        var known when known == typeof(double) => "allowed are numbers",
        var known when known == typeof(TimeSpan) => "allowed are times as hh:mm:ss or a number of seconds",
        var known when known == typeof(Uri) => "allowed is a URL such as http://localhost:8080",
        var known when known == typeof(IReadOnlyList<string>) => "allowed are texts",
        var known when known == typeof(IReadOnlyList<int>) => "allowed are whole numbers",
        var known when known == typeof(IReadOnlyDictionary<string, string>) => "allowed are pairs such as NAME=TEXT",
        _ => null,
    };

    /// <summary>
    /// Reads a value. Several stand below the setting (<c>NAME:0</c>, <c>NAME:1</c>), or in one text with commas.
    /// </summary>
    /// <returns>Whether it is one.</returns>
    public static bool TryRead(IConfigurationSection place, Type type, out object? value)
    {
        if (type == typeof(IReadOnlyList<string>))
            value = Several(place).ToArray();
        else if (type == typeof(IReadOnlyList<int>))
            value = Numbers(place);
        else if (type == typeof(IReadOnlyDictionary<string, string>))
            value = Pairs(place);
        else
            return TryRead(place.Value ?? "", type, out value);
        return value is not null;
    }

    /// <summary>A value as it could be written.</summary>
    public static string Of(object? value) => value switch
    {
        null or "" => "",
        TimeSpan time => Fraction().Replace(time.ToString(), ""),
        bool or Enum => value.ToString()!.ToLowerInvariant(),
        IReadOnlyDictionary<string, string> pairs => string.Join(',', pairs.Select(pair => $"{pair.Key}={pair.Value}")),
        IEnumerable<string> texts => string.Join(',', texts),
        IEnumerable<int> numbers => string.Join(',', numbers),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static bool TryRead(string text, Type type, out object? value)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner && text.Length > 0)
            return TryRead(text, inner, out value);
        value = type switch
        {
            { IsEnum: true } => Enum.GetNames(type).FirstOrDefault(name => name.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } name
                ? Enum.Parse(type, name) : null,
            _ when type == typeof(string) => text,
            _ when type == typeof(bool) => bool.TryParse(text, out var truth) ? truth : null,
            _ when type == typeof(int) =>
                int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null,
            _ when type == typeof(double) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
            _ when type == typeof(TimeSpan) => Time(text),
            _ when type == typeof(Uri) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url : null,
            _ => null,
        };
        // Where nothing may be set, an empty text sets nothing: so a variable that is there can be left empty.
        return value is not null || (text.Length == 0 && (Nullable.GetUnderlyingType(type) is not null || type == typeof(Uri)));
    }

    private static TimeSpan? Time(string text)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds))
            return Math.Abs(seconds) <= TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(seconds) : null;
        return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time) ? time : null;
    }

    private static IEnumerable<string> Several(IConfigurationSection place) => place.GetChildren().Any()
        ? place.GetChildren().Select(child => child.Value ?? "")
        : (place.Value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static int[]? Numbers(IConfigurationSection place)
    {
        var numbers = Several(place).Select(text => TryRead(text, typeof(int), out var number) ? number : null).ToArray();
        return numbers.Contains(null) ? null : [.. numbers.Cast<int>()];
    }

    private static Dictionary<string, string>? Pairs(IConfigurationSection place)
    {
        var pairs = place.GetChildren().Any()
            ? place.GetChildren().Select(child => new[] { child.Key, child.Value ?? "" })
            : Several(place).Select(one => one.Split('=', 2));
        return pairs.All(pair => pair.Length == 2) ? pairs.DistinctBy(pair => pair[0]).ToDictionary(pair => pair[0], pair => pair[1]) : null;
    }

    private static string Choices(Type type)
    {
        var names = Enum.GetNames(type).Select(name => name.ToLowerInvariant()).ToArray();
        return $"{string.Join(", ", names[..^1])} and {names[^1]}";
    }

    /// <summary>The noughts after a time's fraction.</summary>
    [GeneratedRegex(@"(?<=\.\d*[1-9])0+$")]
    private static partial Regex Fraction();
}
