using System.ComponentModel.DataAnnotations;

namespace GameServer.Silo;

/// <summary>The DynamoDB that keeps the actors.</summary>
internal sealed record DynamoDbPlace
{
    /// <summary>An AWS region, or the URL of a local DynamoDB. Not set: none.</summary>
    [DynamoDbService]
    public string? Service { get; init; }

    /// <summary>The table: hash key <c>GrainReference</c> (S), range key <c>GrainType</c> (S).</summary>
    [RegularExpression("^[A-Za-z0-9_.-]{3,255}$", ErrorMessage = "allowed are 3 to 255 of A-Z a-z 0-9 _ - and the dot")]
    public string Table { get; init; } = "GameServer";

    /// <summary>Whether a missing table is made, billed on demand. An existing one is never changed.</summary>
    public bool CreateTable { get; init; }
}
