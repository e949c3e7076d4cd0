using GameServer.Settings;
using StackExchange.Redis;

namespace GameServer.Grains.Abstractions;

/// <summary>The cluster a silo or gateway is of: read and checked once, when it starts.</summary>
/// <param name="Names">Which cluster this is.</param>
/// <param name="Silo">Where a silo is reached.</param>
/// <param name="Redis">The Redis; null: one silo, on this machine only.</param>
/// <param name="Certificates">The certificates of the connections between silos and gateways; null: these are not protected.</param>
public sealed record ClusterSettings(ClusterNames Names, SiloPlace Silo, ConfigurationOptions? Redis, ClusterCertificates? Certificates)
{
    /// <summary>Where it is set.</summary>
    public static IReadOnlyList<Section> Sections { get; } =
    [
        new("Silo", () => new SiloPlace()), new("Redis", () => new RedisPlace()), new("Cluster", () => new ClusterNames()),
        new(ClusterTls.Section, () => new ClusterTls()),
    ];

    /// <summary>Reads the settings; what is wrong is noted in the reader.</summary>
    public static ClusterSettings Read(SettingsReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return new(
            reader.Read<ClusterNames>(), reader.Read<SiloPlace>(),
            ReadRedis(reader.Read<RedisPlace>().ConnectionString, "Redis:ConnectionString", reader.Problems),
            ClusterCertificates.Read(reader.Read<ClusterTls>(), reader.Problems));
    }

    /// <summary>What a connection string says; null: there is none, or it is wrong. A Redis that is not there, for now, is waited for.</summary>
    public static ConfigurationOptions? ReadRedis(string? text, string setting, ICollection<string> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        if (string.IsNullOrEmpty(text))
            return null;
        try
        {
            var options = ConfigurationOptions.Parse(text);
            options.AbortOnConnectFail = false;
            return options;
        }
        catch (ArgumentException exception)
        {
            // The text is not repeated: it may hold a password.
            problems.Add($"{setting} is not understood: {exception.Message} Allowed is HOST:PORT,OPTION=VALUE,…");
            return null;
        }
    }
}
