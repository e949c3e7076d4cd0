using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using GameServer.Hosting.Listening;
using GameServer.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;

namespace GameServer.Hosting;

/// <summary>What every program does when it starts.</summary>
public static class StartUp
{
    /// <summary>
    /// Runs a program that serves over HTTP, and gives its exit code: <c>--help</c>, <c>--version</c> and <c>--health</c> are answered, settings come from arguments,
    /// the environment and files; where it cannot start, one line says why. What the program alone knows of that, it explains.
    /// </summary>
    public static Task<int> RunAsync(
        ProgramSettings program, string[] arguments, Func<WebApplicationBuilder, SettingsReader, Task<int>> run,
        Func<Exception, string?>? explain = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        return program.RunAsync(arguments, StartAsync, AskHealthAsync, exception => Explain(exception) ?? explain?.Invoke(exception));

        Task<int> StartAsync()
        {
            var (builder, reader) = CreateBuilder(program, arguments);
            return run(builder, reader);
        }

        Task<int> AskHealthAsync(string[] others)
        {
            var (builder, reader) = CreateBuilder(program, others);
            return HealthCommand.RunAsync(builder.Configuration, reader.Read<WebOptions>().Urls);
        }
    }

    /// <summary>
    /// One line for each log entry, the framework's own chatter only from warnings on, secrets from files, bounds on what who connects may
    /// hold, and an address to listen on if none is set. Sections that are misspelt are refused, wherever they come from. While only this machine
    /// can reach the program, only names of this machine are answered (<c>AllowedHosts</c>, if nothing else is set).
    /// </summary>
    /// <exception cref="SettingsException">An argument is not known, the folder of the secrets is not there, or a section is misspelt.</exception>
    private static (WebApplicationBuilder Builder, SettingsReader Reader) CreateBuilder(ProgramSettings program, string[] arguments)
    {
        var given = CommandLine.Read(program, arguments);
        var builder = WebApplication.CreateBuilder(arguments);
        // Whatever the machine's language: what a program reads, logs and answers looks the same everywhere.
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        // Whatever is configured wins, because these come first.
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = new Dictionary<string, string?>
            {
                ["Logging:LogLevel:Default"] = "Information",
                ["Logging:LogLevel:Microsoft"] = "Warning",
                ["Logging:LogLevel:Orleans"] = "Warning",
                // Orleans places grains through it, and it tells of each.
                ["Logging:LogLevel:Polly"] = "Warning",
                // At start it takes the time since the machine started for a stall. Real ones are told by LocalSiloHealthMonitor too.
                ["Logging:LogLevel:Orleans.Runtime.Watchdog"] = "Error",
                // It recommends the collector that was decided against on purpose (Host.props).
                ["Logging:LogLevel:Orleans.Runtime.Silo"] = "Error",
                // Why a start failed is said once, by the program.
                ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "Critical",
                // What these say is said by the program itself, in fewer words; handshakes that fail, a stranger could have said at will.
                ["Logging:LogLevel:Orleans.Connections.Security"] = "Error",
                ["Logging:LogLevel:Orleans.Runtime.Messaging.ConnectionManager"] = "Error",
                ["Logging:LogLevel:Orleans.Messaging.GatewayManager"] = "Error",
                ["Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks"] = "Critical",
            },
        });
        builder.Logging.AddLines();
        var configured = builder.Configuration;
        configured.AddInMemoryCollection(given);
        if (configured["Secrets"] is { Length: > 0 } folder)
        {
            if (!Directory.Exists(folder))
                throw new SettingsException($"Secrets is '{folder}', which is no folder; each file in it is a setting, such as Auth__Key.");
            configured.AddKeyPerFile(Path.GetFullPath(folder), optional: false, reloadOnChange: false);
        }

        if (Misspelt.Problems(configured).ToArray() is { Length: > 0 } misspelt)
            throw new SettingsException(string.Join(Environment.NewLine, misspelt));
        var reader = new SettingsReader(configured, program);
        if (configured["urls"] is null && configured["http_ports"] is null && configured["https_ports"] is null
            && !configured.GetSection("Kestrel:Endpoints").Exists())
        {
            builder.WebHost.UseUrls(reader.Read<WebOptions>().Urls);
        }

        if (Exposure.BeyondLoopback(configured) is null && configured["AllowedHosts"] is null)
            configured["AllowedHosts"] = string.Join(';', Exposure.LoopbackHosts(Exposure.Addresses(configured)));
        builder.Services.AddBoundedListening(reader.Read<ListeningOptions>());
        return (builder, reader);
    }

    /// <summary>
    /// Listens for a moment where the program is going to, for a program that waits for others when it starts: what can never be listened at
    /// ends it at once, and not when they have come.
    /// </summary>
    /// <exception cref="Exception">What the server itself would throw.</exception>
    public static async Task TryListeningAsync(ProgramSettings program, string[] arguments)
    {
        await using var app = CreateBuilder(program, arguments).Builder.Build();
        await app.StartAsync();
        await app.StopAsync();
    }

    /// <summary>What went wrong, if it is something that the one who started the program can mend; else null, and the whole story is shown.</summary>
    private static string? Explain(Exception exception) => exception switch
    {
        IOException { InnerException: AddressInUseException } =>
            $"{exception.Message} Choose another address with --urls http://localhost:PORT.",
        ArgumentOutOfRangeException { ParamName: "port" } => "A port in --urls is out of range; allowed are 0 to 65535.",
        CryptographicException => $"The certificate cannot be used: {exception.Message}",
        // The web server and the log have no exception of their own for a setting they do not understand, or https without a certificate.
        InvalidOperationException
        {
            Source: "Microsoft.AspNetCore.Server.Kestrel.Core" or "Microsoft.Extensions.Logging" or "Microsoft.Extensions.Logging.Configuration"
        } => OneLine(exception.Message),
        SocketException or FormatException or InvalidDataException or IOException or UnauthorizedAccessException => exception.Message,
        _ => null,
    };

    private static string OneLine(string message) => string.Join(' ', message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
