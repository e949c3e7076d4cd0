using System.ComponentModel.DataAnnotations;
using System.Net;

namespace GameServer.Edge;

/// <summary>The setting holds addresses and networks.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ProxyAttribute() : ValidationAttribute("allowed are addresses such as 10.0.0.7 and networks such as 10.0.0.0/8")
{
    public override bool IsValid(object? value) => IPAddress.TryParse((string?)value, out _) || IPNetwork.TryParse((string?)value, out _);
}
