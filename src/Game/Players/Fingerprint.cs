using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace GameServer.Game;

/// <summary>
/// Stands for a text where only equality matters and its length must not: 64 bits of SHA-256. Two texts of one client that share one could
/// deceive nobody but that client.
/// </summary>
internal static class Fingerprint
{
    /// <summary>The fingerprint; never 0, which stands for one that is not known.</summary>
    public static long Of(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var length = Encoding.UTF8.GetMaxByteCount(text.Length);
        Span<byte> utf8 = length <= 1024 ? stackalloc byte[length] : new byte[length];
        SHA256.HashData(utf8[..Encoding.UTF8.GetBytes(text, utf8)], hash);
        return BinaryPrimitives.ReadInt64LittleEndian(hash) is not 0 and var value ? value : 1;
    }

    /// <summary>Whether two may be of the same text.</summary>
    public static bool MayBeSame(long one, long other) => one == other || one == 0 || other == 0;
}
