using GameServer.Settings;

namespace GameServer.Silo;

/// <summary>
/// Ends the process when the framework says that this silo cannot go on, above all because the others have declared it dead: with a line
/// that says why and <see cref="StartUp.CannotGoOn"/>, for whoever starts it again. The framework's own way is a crash with a core dump.
/// What actors had not saved is lost as in any crash; what they had confirmed is not.
/// </summary>
internal sealed class LastWord : IFatalErrorHandler
{
    /// <inheritdoc/>
    public bool IsUnexpected(Exception exception) => true;

    /// <inheritdoc/>
    public void OnFatalException(object? sender, string? context, Exception? exception)
    {
        Console.Error.WriteLine($"The silo cannot go on and ends: {context}{(exception is null ? "" : $" {exception}")}");
        Environment.Exit(StartUp.CannotGoOn);
    }
}
