using System.Globalization;

namespace GameServer.Settings.Listening;

/// <summary>The descriptors of this process: each connection takes one, and so does each file. A process that runs out of them cannot go on.</summary>
internal static class FileDescriptors
{
    /// <summary>
    /// How many connections there is room for, if nothing else is opened but what is kept in reserve: an eighth of all, and 64 at least, for
    /// files, for connections the program opens itself, and for those that are just being refused. Null where the system does not tell.
    /// </summary>
    public static int? RoomForConnections()
    {
        const string Name = "Max open files";
        if (!File.Exists("/proc/self/limits"))
            return null;
        var line = File.ReadLines("/proc/self/limits").FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal));
        var soft = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        if (!int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit))
            return null; // "unlimited"
        var open = Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
        return Room(limit, open);
    }

    internal static int Room(int limit, int open) => Math.Max(limit - open - Math.Max(64, limit / 8), 0);
}
