using Microsoft.Extensions.Configuration;

namespace GameServer.Hosting;

/// <summary>
/// Finds sections that are no section but nearly: what stands in them would be ignored, and a server that was to ask for tokens would start
/// open. Names that are nothing like a section are left alone, because the environment is full of them.
/// </summary>
internal static class Misspelt
{
    /// <summary>The sections of all programs: one file may be for several of them.</summary>
    internal static readonly string[] Sections =
    [
        "GameServer", "Auth", "Silo", "Redis", "Storage", "DynamoDB", "Dashboard", "GlobalAccelerator", "Cluster", "Kestrel", "Logging",
    ];

    private static readonly string[] KestrelSections = ["Endpoints", "EndpointDefaults", "Certificates"];

    /// <summary>What is wrong, and what was probably meant.</summary>
    public static IEnumerable<string> Problems(IConfiguration configuration)
    {
        foreach (var child in configuration.GetChildren())
        {
            if (Sections.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
                continue;
            if (child.GetChildren().Any())
            {
                if (Sections.FirstOrDefault(section => IsClose(child.Key, section)) is { } meant)
                    yield return $"{child.Key} is no section of the settings; {meant} is.";
            }
            else if (Sections.FirstOrDefault(section => child.Key.StartsWith(section + "_", StringComparison.Ordinal)) is { } section)
            {
                yield return $"{child.Key} is no setting; in the environment a section ends with two underscores: {section}__{child.Key[(section.Length + 1)..]}.";
            }
        }

        foreach (var child in configuration.GetSection("Kestrel").GetChildren())
        {
            if (!KestrelSections.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
                yield return $"{child.Path} is no setting; allowed in Kestrel are {string.Join(", ", KestrelSections)}.";
        }
    }

    /// <summary>One slip apart, or two where the name is long. A slip is a letter too many, too few, another, or two that changed places.</summary>
    private static bool IsClose(string written, string meant)
    {
        var (a, b) = (written.ToUpperInvariant(), meant.ToUpperInvariant());
        if (Math.Abs(a.Length - b.Length) > 2)
            return false;
        var slips = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                slips[i, j] = i == 0 || j == 0
                    ? i + j
                    : Math.Min(Math.Min(slips[i - 1, j], slips[i, j - 1]) + 1, slips[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    slips[i, j] = Math.Min(slips[i, j], slips[i - 2, j - 2] + 1);
            }
        }

        return slips[a.Length, b.Length] <= (meant.Length <= 5 ? 1 : 2);
    }
}
