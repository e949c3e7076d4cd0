using Microsoft.AspNetCore.Http.Features;

namespace GameServer.Edge;

/// <summary>
/// Puts a <see cref="CorkedStream"/> around the transport of a request that becomes a WebSocket, by an upgrade (HTTP/1.1) or by CONNECT
/// (HTTP/2).
/// </summary>
internal sealed class CorkedUpgrade(IHttpUpgradeFeature? upgrade, IHttpExtendedConnectFeature? connect)
    : IHttpUpgradeFeature, IHttpExtendedConnectFeature
{
    /// <summary>The stream; null before the upgrade.</summary>
    public CorkedStream? Stream { get; private set; }

    public bool IsUpgradableRequest => upgrade is { IsUpgradableRequest: true };

    public bool IsExtendedConnect => connect is { IsExtendedConnect: true };

    public string? Protocol => connect?.Protocol;

    public async Task<Stream> UpgradeAsync() => Stream = new CorkedStream(await upgrade!.UpgradeAsync());

    public async ValueTask<Stream> AcceptAsync() => Stream = new CorkedStream(await connect!.AcceptAsync());
}
