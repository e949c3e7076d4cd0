using System.Text;

namespace GameServer.Settings;

/// <summary>What a secret must be to be one.</summary>
public static class Secret
{
    /// <summary>The least number of different bytes: random text of 16 characters has more in all but one of a million cases.</summary>
    private const int LeastDifferent = 8;

    /// <summary>Keys that stood in instructions, so that everybody knows them.</summary>
    private static readonly string[] Published = ["0123456789abcdef0123456789abcdef"];

    /// <summary>What is wrong with a secret, which is not repeated, as a sentence without its subject; null if nothing is.</summary>
    public static string? Problem(string? secret, int leastBytes)
    {
        var bytes = Encoding.UTF8.GetBytes(secret ?? "");
        if (bytes.Length < leastBytes)
            return $"has {bytes.Length} bytes; it must have {leastBytes} or more, such as the output of openssl rand -hex 32.";
        return Published.Contains(secret) || bytes.Distinct().Count() < LeastDifferent || Repeats(bytes) || Counts(bytes)
            ? "is easily guessed; use random text, such as the output of openssl rand -hex 32."
            : null;
    }

    /// <summary>Whether any two of these secrets are the same: then who may use the one may do what the other is for.</summary>
    /// <param name="secrets">The secrets by the names of their settings; those not set do not count.</param>
    public static IEnumerable<string> Shared(params IEnumerable<(string Name, string? Value)> secrets) =>
        secrets.Where(secret => !string.IsNullOrEmpty(secret.Value)).GroupBy(secret => secret.Value, StringComparer.Ordinal)
            .Where(same => same.Count() > 1)
            .Select(same => $"{string.Join(" and ", same.Select(secret => secret.Name))} are the same; each use needs a secret of its own.");

    /// <summary>It is a shorter text, over and over.</summary>
    private static bool Repeats(byte[] bytes) =>
        Enumerable.Range(1, bytes.Length / 2).Any(period => bytes.AsSpan(period).SequenceEqual(bytes.AsSpan(0, bytes.Length - period)));

    /// <summary>Most of it goes up or down by one, or stays: as in <c>abcdef</c> and <c>111222</c>.</summary>
    private static bool Counts(byte[] bytes) => bytes.Zip(bytes.Skip(1)).Count(step => Math.Abs(step.First - step.Second) <= 1) > bytes.Length / 2;
}
