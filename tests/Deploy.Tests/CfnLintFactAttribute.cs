namespace GameServer.Deploy.Tests;

/// <summary>A test by <c>cfn-lint</c>. It is left out, by name, where that is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CfnLintFactAttribute : FactAttribute
{
    /// <summary>Looks for it.</summary>
    public CfnLintFactAttribute() => Skip = Tool.Find("cfn-lint") is null ? "cfn-lint is not installed." : null;
}
