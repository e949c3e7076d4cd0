using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace GameServer.Edge;

/// <summary>
/// What a user id may be: 1 to 64 characters, none of them a control character. A character is a Unicode scalar value, so an emoji of one
/// code point counts as one, however many bytes or UTF-16 units it takes.
/// </summary>
public static class UserIds
{
    /// <summary>The most characters.</summary>
    public const int MaxCharacters = 64;

    /// <summary>What is wrong with a user id and what is allowed; null if nothing is.</summary>
    public static string? Problem(ReadOnlySpan<char> text)
    {
        var characters = 0;
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out var rune, out var used) != OperationStatus.Done)
                return "user_id is not valid Unicode; allowed are 1 to 64 characters, none of them a control character";
            if (Rune.IsControl(rune))
                return $"user_id has the control character U+{rune.Value:X4}; allowed are 1 to 64 characters, none of them a control character";
            characters++;
            text = text[used..];
        }

        return characters is >= 1 and <= MaxCharacters
            ? null
            : $"user_id has {characters} characters; allowed are 1 to 64 characters, none of them a control character";
    }

    /// <summary>A name for a guest: 12 random characters of <c>A-Z0-9</c>.</summary>
    public static string NewGuest() => RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 12);
}
