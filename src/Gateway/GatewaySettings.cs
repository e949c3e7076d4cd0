using GameServer.Grains.Abstractions;
using GameServer.Settings;
using StackExchange.Redis;

namespace GameServer.Gateway;

/// <summary>Where a gateway finds its silos. Sections <c>Cluster</c>, <c>Redis</c> and <c>Silo</c>.</summary>
/// <param name="Names">Which cluster this is.</param>
/// <param name="Redis">The Redis; null: a silo on this machine.</param>
/// <param name="SiloGatewayPort">The port of that silo.</param>
/// <param name="Certificates">The certificates of the connections to silos; null: these are not protected.</param>
internal sealed record GatewaySettings(
    ClusterNames Names, ConfigurationOptions? Redis, int SiloGatewayPort, ClusterCertificates? Certificates)
{
    /// <summary>Reads and checks the settings.</summary>
    /// <exception cref="SettingsException">Something is unknown or out of bounds; the message lists all that is wrong.</exception>
    public static GatewaySettings Read(IConfiguration configuration)
    {
        var reader = new SectionReader();
        var names = reader.Read<ClusterNames>(configuration.GetSection(ClusterNames.Section), "Tls");
        var silo = reader.Read<SiloPlace>(configuration.GetSection(SiloPlace.Section));
        var redis = reader.Read<RedisPlace>(configuration.GetSection(RedisPlace.Section));
        reader.Problems.AddRange(new[] { names.Problem(), silo.Problem() }.OfType<string>());
        var certificates = ClusterCertificates.Read(reader.Read<ClusterTls>(configuration.GetSection(ClusterTls.Section)), reader.Problems);
        ConfigurationOptions? options = null;
        try
        {
            options = redis.ConnectionString is { Length: > 0 } text ? ConfigurationOptions.Parse(text) : null;
            options?.AbortOnConnectFail = false; // A Redis that is not there yet is waited for.
        }
        catch (ArgumentException exception)
        {
            // The text is not repeated: it may hold a password.
            reader.Problems.Add($"Redis:ConnectionString is not understood: {exception.Message} Allowed is HOST:PORT,OPTION=VALUE,…");
        }

        reader.ThrowIfAnythingIsWrong();
        return new(names, options, silo.GatewayPort, certificates);
    }
}
