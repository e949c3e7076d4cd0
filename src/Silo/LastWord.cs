using GameServer.Settings;

namespace GameServer.Silo;

/// <summary>
/// Ends the process when the framework says that this silo cannot go on, above all because the others have declared it dead: with a line
/// that says why and <see cref="ExitCode.CannotGoOn"/>, for whoever starts it again. The framework's own way is a crash with a core dump.
/// What actors had not saved is lost as in any crash; what they had confirmed is not.
/// <para>
/// A silo that the others cannot reach may be declared dead before it has found out itself. It has not started then, and says so as any
/// start that failed does.
/// </para>
/// </summary>
internal sealed class LastWord(IHostApplicationLifetime lifetime) : IFatalErrorHandler
{
    /// <inheritdoc/>
    public bool IsUnexpected(Exception exception) => true;

    /// <inheritdoc/>
    public void OnFatalException(object? sender, string? context, Exception? exception)
    {
        var why = $"{context}{(exception is null ? "" : $" {exception}")}";
        if (lifetime.ApplicationStarted.IsCancellationRequested)
        {
            Console.Error.WriteLine($"The silo cannot go on and ends: {why}");
            Environment.Exit(ExitCode.CannotGoOn);
        }

        Console.Error.WriteLine($"Cannot start: {ClusterFailures.NotReached} ({why})");
        Environment.Exit(ExitCode.CannotStart);
    }
}
