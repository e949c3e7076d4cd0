using GameServer.Hosting.Listening;
using GameServer.Settings;
using Microsoft.Extensions.Configuration;

namespace GameServer.Hosting;

/// <summary>Where a program listens, and where its secrets are. The web server reads the first two itself.</summary>
public sealed record WebOptions
{
    /// <summary>Where to listen; several addresses with semicolons. <c>https</c> needs a certificate in Kestrel:Certificates:Default.</summary>
    [ConfigurationKeyName("urls")]
    public required string Urls { get; init; }

    /// <summary>The names it is asked for by, with semicolons. Not set: while nobody else can reach it those of this machine, else any.</summary>
    public string? AllowedHosts { get; init; }

    /// <summary>A folder in which each file is a setting, such as Auth__Key. What stands in it wins over the environment.</summary>
    public string? Secrets { get; init; }

    /// <summary>The settings that all programs have that serve over HTTP.</summary>
    /// <param name="url">Where the program listens if nothing is set.</param>
    public static IReadOnlyList<Section> Sections(string url) =>
        [new("", () => new WebOptions { Urls = url }), new("GameServer:Connections", () => new ListeningOptions())];
}
