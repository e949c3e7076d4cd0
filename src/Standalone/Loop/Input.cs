using GameServer.Edge;
using GameServer.Game;

namespace GameServer.Standalone.Loop;

/// <summary>One message from outside the loop.</summary>
/// <param name="To">The actor it is for.</param>
/// <param name="Message">The message.</param>
/// <param name="Asker">Who waits for the answer, if it is a question.</param>
internal readonly record struct Input(ActorId To, Message Message, Asker? Asker);

/// <summary>Someone outside the loop who waits for an answer.</summary>
internal abstract class Asker
{
    /// <summary>Hands the answer over; null: the actor gave none.</summary>
    public abstract void Answer(object? answer);

    /// <summary>Tells that there will be no answer.</summary>
    public abstract void Fail(string why, Exception? cause = null);
}

/// <inheritdoc/>
internal sealed class Asker<TAnswer> : Asker
{
    // What follows the answer runs elsewhere: the loop must not be borrowed.
    private readonly TaskCompletionSource<TAnswer> source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the answer.</summary>
    public Task<TAnswer> Task => source.Task;

    /// <inheritdoc/>
    public override void Answer(object? answer)
    {
        if (answer is TAnswer typed)
            source.TrySetResult(typed);
        else
            Fail("The question got no answer.");
    }

    /// <inheritdoc/>
    public override void Fail(string why, Exception? cause = null) => source.TrySetException(new HostUnavailableException(why, cause));
}
