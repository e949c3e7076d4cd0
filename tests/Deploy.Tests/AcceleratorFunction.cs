namespace GameServer.Deploy.Tests;

/// <summary>The function that makes the accelerator, as it is in its template.</summary>
internal static class AcceleratorFunction
{
    /// <summary>Its Python code.</summary>
    public static string Code { get; } = (string)Template.Of("accelerator").Properties("Function")[nameof(Code)]!["ZipFile"]!;
}
