namespace GameServer.Grains.Abstractions;

/// <summary>
/// A receiver has taken only some of its mail. A sender that does not know this sort takes it for one of the errors after which the whole
/// mail is sent again, which does no harm.
/// </summary>
[GenerateSerializer, Alias("mail_refused")]
public sealed class MailRefusedException : OrleansException
{
    /// <summary>Tells what was taken.</summary>
    /// <param name="taken">How many of the first messages are handled and safe: these must not be sent again.</param>
    /// <param name="failed">Which message the actor cannot handle; -1: none, it takes the rest later.</param>
    /// <param name="why">Why, for the log.</param>
    public MailRefusedException(int taken, int failed, string why)
        : base(why) => (Taken, Failed) = (taken, failed);

    /// <summary>How many of the first messages are handled and safe: these must not be sent again.</summary>
    [Id(0)]
    public int Taken { get; private set; }

    /// <summary>Which message the actor cannot handle; -1: none, it takes the rest later.</summary>
    [Id(1)]
    public int Failed { get; private set; }
}
