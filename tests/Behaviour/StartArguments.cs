using System.Diagnostics;

namespace GameServer.Behaviour;

/// <summary>How a test says what a program is started with.</summary>
public static class StartArguments
{
    /// <summary>Begins a setting that goes into the program's environment, such as <c>env:Auth__Key=…</c>: programs refuse secrets as arguments.</summary>
    public const string InEnvironment = "env:";

    /// <summary>Adds arguments, and settings for the environment.</summary>
    public static void Add(this ProcessStartInfo start, params IEnumerable<string> arguments)
    {
        foreach (var argument in arguments)
        {
            if (argument.StartsWith(InEnvironment, StringComparison.Ordinal) && argument[InEnvironment.Length..].Split('=', 2) is [var name, var value])
                start.Environment[name] = value;
            else
                start.ArgumentList.Add(argument);
        }
    }
}
