namespace GameServer.CustomRouting;

/// <summary>
/// Parts of an answer of Global Accelerator. The service says of no part that it is always there; one that is not must not become port 0 or an
/// empty name that players are sent to.
/// </summary>
internal static class AnswerPart
{
    public static string Text(string? text, string name) => text is { Length: > 0 } ? text : throw Missing(name);

    public static int Port(int? port, string name) => port is >= 1 and <= 65535 ? port.Value : throw Missing(name);

    public static GlobalAcceleratorException Missing(string name) =>
        new(GlobalAcceleratorException.BadAnswer, $"The answer has no {name}.");
}
