using System.ComponentModel.DataAnnotations;

namespace GameServer.Edge;

/// <summary>The setting holds origins as browsers send them.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OriginAttribute() : ValidationAttribute("allowed are origins such as https://example.org, without a path")
{
    public override bool IsValid(object? value) =>
        Uri.TryCreate((string?)value, UriKind.Absolute, out var uri) && uri.GetLeftPart(UriPartial.Authority) == (string?)value;
}
