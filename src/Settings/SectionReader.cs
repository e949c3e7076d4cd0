using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace GameServer.Settings;

/// <summary>
/// Reads sections of the configuration into settings by the names of their properties, and notes all that is wrong: unlike the
/// framework's binder it knows an unknown key from a known one, takes a bare number as seconds (and not as days), and says what is allowed.
/// </summary>
public sealed class SectionReader
{
    /// <summary>What was wrong so far.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>
    /// Reads a section. A property of another type than text, number, truth and time is left to the caller, but its name is allowed.
    /// </summary>
    /// <param name="section">The section.</param>
    /// <param name="alsoAllowed">Keys that are read by others.</param>
    public T Read<T>(IConfigurationSection section, params ReadOnlySpan<string> alsoAllowed) where T : class, new() =>
        Read(section, new T(), alsoAllowed);

    /// <summary>Reads a section over what is there already: only what it names is changed.</summary>
    /// <param name="section">The section.</param>
    /// <param name="start">What is there; the caller's own, because it is changed.</param>
    /// <param name="alsoAllowed">Keys that are read by others.</param>
    public T Read<T>(IConfigurationSection section, T start, params ReadOnlySpan<string> alsoAllowed) where T : class
    {
        object read = start;
        var properties = PropertiesOf<T>().ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var child in section.GetChildren())
        {
            if (properties.TryGetValue(child.Key, out var property))
                Set(read, property, child);
            else if (!alsoAllowed.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
                Problems.Add($"{child.Path} is no setting; allowed in {section.Path} are {string.Join(", ", [.. alsoAllowed, .. properties.Keys])}.");
        }

        return (T)read;
    }

    /// <summary>The keys that are read into a type.</summary>
    public static IEnumerable<string> NamesOf<T>() => PropertiesOf<T>().Select(property => property.Name);

    /// <summary>Throws what was noted.</summary>
    public void ThrowIfAnythingIsWrong()
    {
        if (Problems.Count > 0)
            throw new SettingsException(string.Join(Environment.NewLine, Problems));
    }

    private static IEnumerable<PropertyInfo> PropertiesOf<T>() => typeof(T).GetProperties().Where(property => property.CanWrite);

    private void Set(object target, PropertyInfo property, IConfigurationSection setting)
    {
        var (text, type) = (setting.Value, Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType);
        if (type == typeof(string))
            Take(text, "text");
        else if (type == typeof(int))
            Take(
                int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null,
                "whole numbers");
        else if (type == typeof(bool))
            Take(bool.TryParse(text, out var truth) ? truth : null, "true and false");
        else if (type == typeof(TimeSpan))
        {
            var time = Time(text);
            Take(time, "times as hh:mm:ss or a number of seconds");
            // Others bind some sections themselves, and the framework would take a bare number as days.
            setting.Value = time?.ToString() ?? text;
        }

        void Take(object? value, string allowed)
        {
            if (value is null)
                Problems.Add($"{setting.Path} is '{text}'; allowed are {allowed}.");
            else
                property.SetValue(target, value);
        }
    }

    private static TimeSpan? Time(string? text)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds))
            return Math.Abs(seconds) <= TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(seconds) : null;
        return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time) ? time : null;
    }
}

/// <summary>A setting is wrong; the message says which, and what is allowed, one line each.</summary>
public sealed class SettingsException(string message) : Exception(message);
