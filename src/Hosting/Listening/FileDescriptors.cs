using System.Globalization;

namespace GameServer.Hosting.Listening;

/// <summary>
/// The descriptors of this process: each connection takes one, and so does each file. Without a free one it cannot even load the code it
/// runs next, and ends.
/// </summary>
internal static class FileDescriptors
{
    /// <summary>With fewer there would be hardly any for connections.</summary>
    public const int Least = 512;

    // What a program has open besides connections once all of its code has been loaded, two descriptors a file: 240 to 275 were seen. Much of
    // it is loaded when it is first needed, so the count at any moment says too little.
    private const int Code = 384;

    // For connections the program opens itself, and for those that are just being closed.
    private const int LeastReserve = 48;

    private const string LimitsFile = "/proc/self/limits";

    /// <summary>How many the process may have open at a time; null where the system does not tell, or sets no limit.</summary>
    public static int? Limit()
    {
        const string Name = "Max open files";
        if (!File.Exists(LimitsFile))
            return null;
        var line = File.ReadLines(LimitsFile).FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal));
        var soft = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : null;
    }

    /// <summary>How many are open now, connections among them.</summary>
    public static int Open() => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();

    /// <summary>
    /// How many connections there is room for beside what else is open, or will be. A sixteenth of all stays free, for files, for connections
    /// the program opens itself, and for those that are just being closed.
    /// </summary>
    public static int Room(int limit, int others) => Math.Max(limit - Math.Max(others, Code) - Math.Max(LeastReserve, limit / 16), 8);
}
