using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace GameServer.Game.Tests;

/// <summary>What a user id may be. Where ids come in, and on both hosts: the behaviour suite.</summary>
public sealed class UserIdTests
{
    public static TheoryData<string> Legal =>
    [
        "a", "user1", "O'Neill \"the\\slash\" {}[]<>&;", "a/b?c=d&e#f%20+", "żółć 日本 😀", "שלום", "தமிழ்", "বাংলা", "ALL", "all of us",
        new string('n', 64), new string('é', 64), string.Concat(Enumerable.Repeat("😀", 32)), new string('日', 42), "㈱",
    ];

    [Theory]
    [MemberData(nameof(Legal))]
    public void A_name_in_any_script_is_taken_as_it_is(string text) => Assert.Equal(text, UserIds.Read(text, out _));

    [Theory]
    [InlineData("e\u0301", "\u00e9")]
    [InlineData("\u212b", "\u00c5")]
    [InlineData("\u1112\u1161\u11ab", "한")]
    [InlineData("a\u0327\u0301", "a\u0327\u0301")]
    [InlineData("a\u0301\u0327", "\u00e1\u0327")]
    public void Two_spellings_of_one_name_are_one_id(string text, string id) =>
        Assert.Equal(id.Normalize(), UserIds.Read(text, out _));

    [Fact]
    public void Sixty_four_letters_with_their_accents_apart_are_sixty_four() =>
        Assert.Equal(new string('é', 64), UserIds.Read(string.Concat(Enumerable.Repeat("e\u0301", 64)), out _));

    [Theory]
    [InlineData("", "is empty")]
    [InlineData(" ", "space")]
    [InlineData(" a", "space at the beginning")]
    [InlineData("a ", "ends with a space")]
    [InlineData("a  b", "two in a row")]
    [InlineData("\u00a0", "U+00A0")]
    [InlineData("a\u3000b", "U+3000")]
    [InlineData("a\nb", "U+000A")]
    [InlineData("a\u007fb", "U+007F")]
    [InlineData("\u0085", "U+0085")]
    [InlineData("a\u2028b", "U+2028")]
    [InlineData("\u202eecila", "U+202E")]
    [InlineData("ali\u200bce", "U+200B")]
    [InlineData("ali\u200dce", "U+200D")]
    [InlineData("ali\u00adce", "U+00AD")]
    [InlineData("\ufeffalice", "U+FEFF")]
    [InlineData("\u3164", "U+3164")]
    [InlineData("\u2800", "U+2800")]
    [InlineData("alice\ufe0f", "U+FE0F")]
    [InlineData("a\u034fb", "U+034F")]
    [InlineData("a\U000e0101", "U+E0101")]
    [InlineData("a\U000e0041", "U+E0041")]
    [InlineData("\ue000", "U+E000")]
    [InlineData("\u0378", "U+0378")]
    [InlineData("a\uffff", "U+FFFF")]
    [InlineData("a\ufffd", "U+FFFD")]
    [InlineData("\u0301a", "nothing before it")]
    [InlineData("all", "stands for everybody")]
    public void What_cannot_be_seen_or_stands_for_something_else_is_refused_with_what_is_allowed(string text, string why)
    {
        Assert.Null(UserIds.Read(text, out var problem));
        Assert.Contains(why, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_of_a_surrogate_pair_is_refused()
    {
        foreach (var text in new[] { "\ud83d", "a\ude00b", "\ude00\ud83d" })
            Assert.Null(UserIds.Read(text, out _));
    }

    [Fact]
    public void What_is_too_long_is_refused_whichever_way_it_is_measured()
    {
        foreach (var text in new[] { new string('n', 65), string.Concat(Enumerable.Repeat("😀", 33)), new string('日', 43), new string('n', 1 << 20) })
        {
            Assert.Null(UserIds.Read(text, out var problem));
            Assert.Contains("at most 128 bytes", problem, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Whatever_the_text_an_id_is_within_its_bounds_normalized_and_read_again_the_same() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(2_000),
        Prop.ForAll(Texts(), text =>
        {
            if (UserIds.Read(text, out var problem) is not { } id)
                return problem.Length > 0;
            return problem.Length == 0 && id.Length is >= 1 and <= UserIds.MaxLength && Encoding.UTF8.GetByteCount(id) <= UserIds.MaxBytes
                && id.IsNormalized() && id == UserIds.Read(id, out _) && id == UserIds.Read(id.Normalize(NormalizationForm.FormD), out _)
                && !id.EnumerateRunes().Any(r => Rune.GetUnicodeCategory(r) is UnicodeCategory.Control or UnicodeCategory.Format);
        }));

    [Fact]
    public void A_process_that_cannot_normalize_would_know_it() => Assert.True(UserIds.CanNormalize);

    /// <summary>Mostly legal characters, some of them decomposed, and now and then any at all.</summary>
    private static Arbitrary<string> Texts()
    {
        var characters = Gen.OneOf(
            Gen.Choose(0x20, 0x7e), Gen.Choose(0xc0, 0x24f), Gen.Choose(0x300, 0x34f), Gen.Choose(0x900, 0xdff), Gen.Choose(0x1100, 0x11ff),
            Gen.Choose(0x3040, 0x30ff), Gen.Choose(0xac00, 0xd7a3), Gen.Choose(0x1f300, 0x1f6ff), Gen.Choose(0, 0x10ffff))
            .Where(value => Rune.IsValid(value));
        return Gen.Sized(size => Gen.Choose(0, 70).SelectMany(length => Gen.ListOf(characters, length)))
            .Select(values => string.Concat(values.Select(value => new Rune(value).ToString()))).ToArbitrary();
    }
}
