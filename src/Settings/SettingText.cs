using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace GameServer.Settings;

/// <summary>Values of settings as text, both ways. The framework's reader takes a bare number for days.</summary>
internal static class SettingText
{
    /// <summary>The types of values, what can be written for them (the end of a sentence), and how it is read; null: it is none.</summary>
    private static readonly (Type Type, string Clause, Func<string, object?> Read)[] Kinds =
    [
        (typeof(string), "", text => text),
        (typeof(bool), "allowed are true and false", text => bool.TryParse(text, out var truth) ? truth : null),
        (typeof(int), "allowed are whole numbers",
            text => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null),
        (typeof(double), "allowed are numbers", text => Number(text)),
        (typeof(TimeSpan), "allowed are times as hh:mm:ss or a number of seconds", text => Time(text)),
        (typeof(Uri), "allowed is a URL such as http://localhost:8080",
            text => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url : null),
        (typeof(IPAddress), "allowed is the IPv4 address at which others reach this process, such as 10.0.0.57",
            text => IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetwork
                && address.ToString() == text && !address.Equals(IPAddress.Any) ? address : null),
        (typeof(IPNetwork), "allowed are addresses such as 10.0.0.7 and networks such as 10.0.0.0/8", text => Network(text)),
        (typeof((int From, int To)), "allowed are two ports from 1 to 65535, such as 10000-10099", text => Ports(text)),
        (typeof(IReadOnlyDictionary<string, string>), "allowed are pairs such as NAME=TEXT,NAME=TEXT", Pairs),
    ];

    /// <summary>Whether settings can have values of this type.</summary>
    public static bool Knows(Type type) => One(type).IsEnum || Kinds.Any(kind => kind.Type == One(type));

    /// <summary>Whether a value of this type is a list.</summary>
    public static bool IsList(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>);

    /// <summary>What can be written for a value of this type, as the end of a sentence; empty: any text.</summary>
    public static string Clause(Type type)
    {
        if (!One(type).IsEnum)
            return Kinds.First(kind => kind.Type == One(type)).Clause;
        var names = Enum.GetNames(One(type)).Select(name => name.ToLowerInvariant()).ToArray();
        return $"allowed are {string.Join(", ", names[..^1])} and {names[^1]}";
    }

    /// <summary>Reads a value; a list has commas between its values.</summary>
    /// <param name="text">What is written.</param>
    /// <param name="type">The type of the value.</param>
    /// <param name="wrong">What of the text is no value, if something is not.</param>
    /// <returns>The value; null: it is none.</returns>
    public static object? Read(string text, Type type, out string? wrong)
    {
        var texts = IsList(type) ? text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [text];
        var values = Array.ConvertAll(texts, one => ReadOne(one, One(type)));
        wrong = texts.Zip(values).FirstOrDefault(one => one.Second is null).First;
        if (wrong is not null || !IsList(type))
            return wrong is null ? values[0] : null;
        var list = Array.CreateInstance(One(type), values.Length);
        Array.Copy(values, list, values.Length);
        return list;
    }

    /// <summary>A value as it could be written; empty: there is none.</summary>
    public static string Of(object? value) => value switch
    {
        bool or Enum => value.ToString()!.ToLowerInvariant(),
        Uri url => url.OriginalString,
        TimeSpan { Ticks: var ticks } time when ticks % TimeSpan.TicksPerSecond != 0 => time.ToString().TrimEnd('0'),
        (int from, int to) => $"{from}-{to}",
        IReadOnlyDictionary<string, string> pairs => string.Join(',', pairs.Select(pair => $"{pair.Key}={pair.Value}")),
        System.Collections.IEnumerable list and not string => string.Join(',', list.Cast<object>()),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static Type One(Type type) => Nullable.GetUnderlyingType(type) ?? (IsList(type) ? type.GetGenericArguments()[0] : type);

    private static object? ReadOne(string text, Type type) => !type.IsEnum ? Kinds.First(kind => kind.Type == type).Read(text)
        : Enum.GetNames(type).FirstOrDefault(name => name.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } one ? Enum.Parse(type, one) : null;

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    private static TimeSpan? Time(string text) => Number(text) is { } seconds
        ? Math.Abs(seconds) <= TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(seconds) : null
        : TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time) ? time : null;

    private static IPNetwork? Network(string text) => IPAddress.TryParse(text, out var address) ? new(address, address.GetAddressBytes().Length * 8)
        : IPNetwork.TryParse(text, out var network) ? network : null;

    private static (int From, int To)? Ports(string text) => text.Split('-') is [var from, var to]
        && ushort.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out var first)
        && ushort.TryParse(to, NumberStyles.None, CultureInfo.InvariantCulture, out var last) && first is > 0 && first <= last ? (first, last) : null;

    private static Dictionary<string, string>? Pairs(string text)
    {
        var pairs = text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).ToArray();
        return pairs.All(pair => pair.Length == 2) ? pairs.DistinctBy(pair => pair[0]).ToDictionary(pair => pair[0], pair => pair[1]) : null;
    }
}
