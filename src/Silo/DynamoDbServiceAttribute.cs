using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace GameServer.Silo;

/// <summary>The setting names a DynamoDB, or none.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed partial class DynamoDbServiceAttribute() : ValidationAttribute(
    "allowed are an AWS region such as eu-west-1, and the URL of a local DynamoDB such as http://127.0.0.1:8000")
{
    public override bool IsValid(object? value) => value is not string { Length: > 0 } service || Region().IsMatch(service)
        || (Uri.TryCreate(service, UriKind.Absolute, out var url) && url.Scheme is "http" or "https");

    [GeneratedRegex("^[a-z]{2,}(-[a-z]+)+-[0-9]+$")]
    private static partial Regex Region();
}
