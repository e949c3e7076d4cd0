namespace GameServer.Gateway;

/// <summary>Has all sessions looked at when a silo came or went.</summary>
internal sealed class ClusterChanges(IServiceProvider services) : IClusterConnectionStatusObserver
{
    public void NotifyGatewayCountChanged(int currentNumberOfGateways, int previousNumberOfGateways, bool connectionRecovered) =>
        services.GetRequiredService<GatewayHost>().ClusterChanged();

    public void NotifyClusterConnectionLost() => services.GetRequiredService<GatewayHost>().ClusterChanged();
}
