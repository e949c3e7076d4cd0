using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace GameServer.Game;

/// <summary>One player's place in the queue.</summary>
internal sealed class Ticket
{
    public required string UserId { get; init; }
    public required long JoinId { get; init; }

    /// <summary>The place: the queue is ordered by it.</summary>
    public required long Number { get; init; }

    public DateTimeOffset Since { get; init; }

    /// <summary>The number of the ticket whose room the player was last told; 0: none yet.</summary>
    public long ToldRoomOf { get; set; }

    /// <summary>How many the player was last told wait in that room.</summary>
    public int Here { get; set; }

    /// <summary>The tag of the last presence told.</summary>
    public long PresenceTag { get; set; }

    /// <summary>Since when the player is not connected; null: connected.</summary>
    public DateTimeOffset? AwaySince { get; set; }

    /// <summary>What it takes in the stored state, in bytes: the name as it is written there, and the rest at its longest.</summary>
    [JsonIgnore]
    public int Weight => field > 0 ? field : field = 192 + JsonEncodedText.Encode(UserId, JavaScriptEncoder.Default).EncodedUtf8Bytes.Length;
}
