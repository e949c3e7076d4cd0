namespace GameServer.Settings;

/// <summary>How programs end. There are no others.</summary>
public static class ExitCode
{
    /// <summary>It was told to stop, or had nothing to do but answer.</summary>
    public const int Stopped = 0;

    /// <summary>It could not start; a line on the error output says why.</summary>
    public const int CannotStart = 1;

    /// <summary>It had started and could not go on, or could not save when it stopped.</summary>
    public const int CannotGoOn = 3;
}
