using System.Text.RegularExpressions;

namespace GameServer.Silo;

/// <summary>The DynamoDB that keeps the actors. Section <c>DynamoDB</c>.</summary>
internal sealed partial record DynamoDbPlace
{
    /// <summary>An AWS region, or the URL of a local DynamoDB; null or empty: none.</summary>
    public string? Service { get; init; }

    /// <summary>The table.</summary>
    public string Table { get; init; } = "GameServer";

    /// <summary>Whether a missing table is made, billed on demand. An existing one is never changed.</summary>
    public bool CreateTable { get; init; }

    /// <summary>What is wrong with these settings and what is allowed; null if nothing is.</summary>
    public string? Problem() => this switch
    {
        { Service.Length: > 0 } when !Region().IsMatch(Service)
            && !(Uri.TryCreate(Service, UriKind.Absolute, out var url) && url.Scheme is "http" or "https") =>
            $"DynamoDB:Service is '{Service}'; allowed are an AWS region such as eu-west-1, and the URL of a local DynamoDB "
            + "such as http://127.0.0.1:8000.",
        _ when !TableName().IsMatch(Table) => $"DynamoDB:Table is '{Table}'; allowed are 3 to 255 of A-Z a-z 0-9 _ - and the dot.",
        _ => null,
    };

    [GeneratedRegex("^[a-z]{2,}(-[a-z]+)+-[0-9]+$")]
    private static partial Regex Region();

    [GeneratedRegex("^[A-Za-z0-9_.-]{3,255}$")]
    private static partial Regex TableName();
}
