using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace GameServer.Edge.Tests;

/// <summary>Everything a server has logged.</summary>
public sealed class RecordedLog : ILoggerProvider
{
    public ConcurrentQueue<(LogLevel Level, string Category, string Text)> Entries { get; } = [];

    /// <summary>What an operator would be bothered with.</summary>
    public IEnumerable<(LogLevel Level, string Category, string Text)> Loud => Entries.Where(entry => entry.Level >= LogLevel.Information
        && !entry.Category.StartsWith("Microsoft.Hosting", StringComparison.Ordinal)
        && !(entry.Level == LogLevel.Information && entry.Category.StartsWith("Microsoft", StringComparison.Ordinal)));

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(RecordedLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Entries.Enqueue((logLevel, category, formatter(state, exception)));
    }
}
