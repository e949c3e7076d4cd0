using GameServer.Settings;

namespace GameServer.Silo;

/// <summary>Who may see Orleans' dashboard.</summary>
internal sealed record DashboardAccess
{
    /// <summary>The password of the user <c>operator</c> for <c>/dashboard</c>. Not set: no dashboard.</summary>
    [Secret(12)]
    public string? Password { get; init; }
}
