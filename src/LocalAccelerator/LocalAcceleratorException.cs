namespace GameServer.LocalAccelerator;

/// <summary>An error of the control API, by the service's own name for it.</summary>
/// <param name="type">Such as <c>InvalidArgumentException</c>.</param>
/// <param name="message">What was wrong and what is allowed.</param>
public sealed class LocalAcceleratorException(string type, string message) : Exception(message)
{
    /// <summary>The service's name for it.</summary>
    public string Type { get; } = type;

    /// <summary>The HTTP status it is answered with.</summary>
    public int Status => Type == "InternalServiceErrorException" ? 500 : 400;

    /// <summary>Too many calls.</summary>
    public static LocalAcceleratorException Throttled() => new("ThrottlingException", "Rate exceeded");

    /// <summary>An error of the service itself.</summary>
    public static LocalAcceleratorException Internal() => new("InternalServiceErrorException", "There was an internal error.");

    internal static LocalAcceleratorException Argument(string message) => new("InvalidArgumentException", message);

    internal static LocalAcceleratorException Ports(string message) => new("InvalidPortRangeException", message);

    internal static LocalAcceleratorException Limit(string message) => new("LimitExceededException", message);
}
