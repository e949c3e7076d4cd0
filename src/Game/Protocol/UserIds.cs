using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace GameServer.Game;

/// <summary>
/// What a user id may be: the one rule for every host and every way in. An id is stored and compared in Unicode's normalization form C, so
/// that one name has one spelling, and has nothing in it that cannot be seen, so that two names do not look the same: the idea, and most of
/// the excluded characters, are those of PRECIS (RFC 8264 and 8265), which also allows symbols (emoji) in nicknames.
/// </summary>
public static class UserIds
{
    /// <summary>The most UTF-16 units.</summary>
    public const int MaxLength = 64;

    /// <summary>The most bytes as UTF-8. What is stored under or beside an id is bounded by it.</summary>
    public const int MaxBytes = 128;

    // Normalizing makes a legal id at most this many times shorter; what is longer is refused without looking closer.
    private const int MostShrinking = 4;

    private const string Allowed =
        "allowed are 1 to 64 UTF-16 units and at most 128 bytes as UTF-8: letters, digits, punctuation, symbols, and single spaces between them";

    /// <summary>The id in the one form in which it is used; or null, and what is wrong with the text and what is allowed.</summary>
    public static string? Read(string text, out string problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        problem = "";
        if (text.Length > MostShrinking * MaxLength)
        {
            problem = $"user_id has {text.Length} UTF-16 units; {Allowed}";
            return null;
        }

        if (WhatIsForbidden(text) is { } found)
        {
            problem = $"user_id {found}; {Allowed}";
            return null;
        }

        var id = text.Normalize(NormalizationForm.FormC);
        var bytes = Encoding.UTF8.GetByteCount(id);
        if (id.Length > MaxLength || bytes > MaxBytes)
            problem = $"user_id has {id.Length} UTF-16 units and {bytes} bytes as UTF-8; {Allowed}";
        else if (id == "all")
            problem = "user_id is 'all', which stands for everybody; choose another one";
        return problem.Length == 0 ? id : null;
    }

    /// <summary>A name for a guest: 12 random characters of <c>A-Z0-9</c>.</summary>
    public static string NewGuest() => RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 12);

    /// <summary>
    /// Whether this process can normalize. Without ICU's data (<c>System.Globalization.Invariant</c>) it cannot, and one name would be two.
    /// </summary>
    public static bool CanNormalize => "e\u0301".Normalize(NormalizationForm.FormC) == "\u00e9";

    private static string? WhatIsForbidden(string text)
    {
        Rune space = new(' ');
        var before = space; // So that a space at the beginning is one too many, like one after another.
        foreach (var rune in text.EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            if (rune == space && before == space)
                return "has a space at the beginning, or two in a row";
            if (before == space
                && category is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark)
                return $"has the combining mark U+{rune.Value:X4} with nothing before it";
            if (rune != space && (IsForbidden(category) || IsInvisible(rune.Value)))
                return $"has the character U+{rune.Value:X4}, which cannot be seen, is not assigned, or is no valid Unicode";
            before = rune;
        }

        return before != space ? null : text.Length == 0 ? "is empty" : "ends with a space";
    }

    private static bool IsForbidden(UnicodeCategory category) => category is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.SpaceSeparator;

    /// <summary>
    /// What has another category and still shows nothing: Unicode's property Default_Ignorable_Code_Point, and the empty Braille cell. The
    /// replacement character stands for what could not be read, such as half of a surrogate pair.
    /// </summary>
    private static bool IsInvisible(int value) => value is
        0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or (>= 0x180B and <= 0x180F) or 0x2800 or 0x3164 or (>= 0xFE00 and <= 0xFE0F)
        or 0xFFA0 or 0xFFFD or (>= 0xE0100 and <= 0xE01EF);
}
