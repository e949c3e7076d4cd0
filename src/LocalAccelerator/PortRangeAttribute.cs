using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace GameServer.LocalAccelerator;

/// <summary>The setting is a range of ports.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PortRangeAttribute() : ValidationAttribute("allowed are two ports from 1 to 65535, such as 10000-10099")
{
    public override bool IsValid(object? value) => Read(value as string) is not null;

    /// <summary>The first and the last port; null: it is no range.</summary>
    public static (int From, int To)? Read(string? text) =>
        text?.Split('-') is [var from, var to] && Port(from) is { } first && Port(to) is { } last && first <= last ? (first, last) : null;

    private static int? Port(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65535 ? port : null;
}
