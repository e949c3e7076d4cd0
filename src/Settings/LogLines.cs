using Microsoft.Extensions.Logging;

namespace GameServer.Settings;

/// <summary>The form of all programs' log.</summary>
public static class LogLines
{
    /// <summary>Writes the log to the console: one line for each entry, with its time in UTC.</summary>
    public static ILoggingBuilder AddLines(this ILoggingBuilder logging) => logging.AddSimpleConsole(console =>
    {
        console.SingleLine = true;
        console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        console.UseUtcTimestamp = true;
    });
}
