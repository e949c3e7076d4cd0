namespace GameServer.Settings;

/// <summary>The setting is a secret of some strength, if it is set (<see cref="Secret"/>).</summary>
/// <param name="leastBytes">The least length in bytes of UTF-8.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretAttribute(int leastBytes) : Attribute
{
    /// <summary>The least length in bytes of UTF-8.</summary>
    public int LeastBytes => leastBytes;
}
