using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using GameServer.Game;

namespace GameServer.Edge;

/// <summary>
/// The token a session is resumed with: the user id in base64url, a dot, <c>p</c> for a player or <c>g</c> for a guest, and 128
/// random bits in base64url. It names its player, so a guest can come back without knowing the name that was made up; the random part is
/// what the player's actor compares. Anybody can write the letter: the actor believes it only of a player of whom nothing is known.
/// </summary>
public static class ResumeToken
{
    private const int RandomBytes = 16;
    private const int RandomLength = 22;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A fresh token.</summary>
    public static string New(string userId, bool guest)
    {
        Span<byte> random = stackalloc byte[RandomBytes];
        RandomNumberGenerator.Fill(random);
        return $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(userId))}.{(guest ? 'g' : 'p')}{Base64Url.EncodeToString(random)}";
    }

    /// <summary>Whose session a token is for. False if the text is no token.</summary>
    public static bool TryRead(ReadOnlySpan<char> token, out string userId, out bool guest)
    {
        userId = "";
        guest = false;

        // Four characters of base64 for each three bytes.
        var dot = token.IndexOf('.');
        if (dot is < 1 or > UserIds.MaxBytes * 4 / 3 + 4)
            return false;
        var rest = token[(dot + 1)..];
        if (rest.Length != RandomLength + 1 || rest[0] is not ('g' or 'p') || !Base64Url.IsValid(rest[1..])
            || !Base64Url.IsValid(token[..dot]))
            return false;
        try
        {
            userId = Strict.GetString(Base64Url.DecodeFromChars(token[..dot]));
        }
        catch (DecoderFallbackException)
        {
            return false;
        }

        guest = rest[0] == 'g';
        return UserIds.Read(userId, out _) == userId;
    }
}
