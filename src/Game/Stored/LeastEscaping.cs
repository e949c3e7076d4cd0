using System.Text.Encodings.Web;

namespace GameServer.Game;

/// <summary>
/// Escapes only what JSON demands. The framework's own encoders escape every character beyond U+FFFF, which makes a name of emoji three
/// times as long; messages repeat names, and what waits to be sent is stored in one item of bounded size. The result is for stores and
/// other processes, never for a web page.
/// </summary>
internal sealed class LeastEscaping : JavaScriptEncoder
{
    /// <summary>The one instance.</summary>
    public static LeastEscaping Instance { get; } = new();

    /// <inheritdoc/>
    public override int MaxOutputCharactersPerInputCharacter => UnsafeRelaxedJsonEscaping.MaxOutputCharactersPerInputCharacter;

    /// <inheritdoc/>
    public override bool WillEncode(int unicodeScalar) => unicodeScalar is < ' ' or '"' or '\\';

    /// <inheritdoc/>
    public override unsafe int FindFirstCharacterToEncode(char* text, int textLength)
    {
        for (var i = 0; i < textLength; i++)
        {
            if (WillEncode(text[i]))
                return i;
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 == textLength || !char.IsSurrogatePair(text[i], text[i + 1]))
                return i; // Half of a pair: what encodes it puts the replacement character there.
            i++;
        }

        return -1;
    }

    /// <inheritdoc/>
    public override unsafe bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten) =>
        UnsafeRelaxedJsonEscaping.TryEncodeUnicodeScalar(unicodeScalar, buffer, bufferLength, out numberOfCharactersWritten);
}
