using System.Globalization;
using System.Net.Sockets;
using System.Reflection;
using System.Security.Cryptography;
using GameServer.Settings.Listening;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GameServer.Settings;

/// <summary>What every program does when it starts.</summary>
public static class StartUp
{
    /// <summary>The exit code of a program that could not start.</summary>
    public const int CannotStart = 1;

    /// <summary>The exit code of a program that had started and cannot go on.</summary>
    public const int CannotGoOn = 3;

    /// <summary>The version of the program, as its assembly says it.</summary>
    public static string Version
    {
        get
        {
            var informational = Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
            return informational.Split('+')[0]; // Behind the plus the build puts the commit.
        }
    }

    /// <summary>
    /// One line for each log entry, the framework's own chatter only from warnings on, secrets from files, bounds on what who connects may
    /// hold, and an address to listen on if none is set. Sections that are misspelt are refused, wherever they come from. While only this machine can reach the program, only names of
    /// this machine are answered (<c>AllowedHosts</c>, if nothing else is set).
    /// </summary>
    /// <exception cref="SettingsException">The folder of the secrets is not there, or a section is misspelt.</exception>
    public static void UseQuietDefaults(this WebApplicationBuilder builder, string url)
    {
        ArgumentNullException.ThrowIfNull(builder);
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
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.UseUtcTimestamp = true;
        });
        builder.Services.AddBoundedListening(builder.Configuration);
        var configured = builder.Configuration;
        if (configured["urls"] is null && configured["http_ports"] is null && configured["https_ports"] is null
            && !configured.GetSection("Kestrel:Endpoints").Exists())
        {
            builder.WebHost.UseUrls(url);
        }

        if (configured[SecretsFolder] is { Length: > 0 } folder)
        {
            if (!Directory.Exists(folder))
                throw new SettingsException($"{SecretsFolder} is '{folder}', which is no folder; each file in it is a setting, such as Auth__Key.");
            builder.Configuration.AddKeyPerFile(Path.GetFullPath(folder), optional: false, reloadOnChange: false);
        }

        if (Misspelt.Problems(configured).ToArray() is { Length: > 0 } misspelt)
            throw new SettingsException(string.Join(Environment.NewLine, misspelt));
        if (Exposure.BeyondLoopback(configured) is null && configured["AllowedHosts"] is null)
            configured["AllowedHosts"] = string.Join(';', Exposure.LoopbackHosts(Exposure.Addresses(configured)));
    }

    /// <summary>
    /// Listens for a moment where the program is going to, for a program that waits for others when it starts: what can never be listened at
    /// ends it at once, and not when they have come.
    /// </summary>
    /// <exception cref="Exception">What the server itself would throw; <see cref="Fail"/> explains it.</exception>
    public static async Task TryListeningAsync(string[] arguments, string url)
    {
        var builder = WebApplication.CreateBuilder(arguments);
        builder.UseQuietDefaults(url);
        await using var app = builder.Build();
        await app.StartAsync();
        await app.StopAsync();
    }

    /// <summary>The setting that names a folder in which each file is a setting: its name with two underscores for each colon.</summary>
    public const string SecretsFolder = "Secrets";

    /// <summary>
    /// Throws on anything on the command line that would be ignored. An argument is <c>--name value</c> or <c>--name=value</c>.
    /// </summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="names">The names and sections that the program reads, beside those of the framework.</param>
    /// <exception cref="SettingsException">An argument is not known, or has no value.</exception>
    public static void CheckArguments(ReadOnlySpan<string> arguments, params ReadOnlySpan<string> names)
    {
        string[] known = ["urls", "http_ports", "https_ports", "environment", "contentRoot", "Logging", "Kestrel", "AllowedHosts", SecretsFolder, .. names];
        for (var index = 0; index < arguments.Length; index++)
        {
            var argument = arguments[index];
            var name = argument.Split('=')[0];
            if (!name.StartsWith("--", StringComparison.Ordinal)
                || !known.Contains(name[2..].Split(':')[0], StringComparer.OrdinalIgnoreCase))
            {
                throw new SettingsException(
                    $"'{argument}' is not known; allowed are --urls and settings such as --GameServer:DefaultMode=default, by these names: "
                    + $"{string.Join(", ", names.ToArray())}.");
            }

            if (name.Length == argument.Length && ++index == arguments.Length)
                throw new SettingsException($"'{argument}' has no value; write {argument} VALUE or {argument}=VALUE.");
            var value = name.Length < argument.Length ? argument[(name.Length + 1)..] : arguments[index];
            if (IsSecret(name[2..], value))
            {
                throw new SettingsException(
                    $"'{name}' is a secret, and every user of this machine can read arguments. Set {name[2..].Replace(":", "__", StringComparison.Ordinal)} "
                    + $"in the environment, or write it to a file of that name in the folder given with --{SecretsFolder}.");
            }
        }
    }

    private static bool IsSecret(string name, string value) =>
        name.EndsWith("Key", StringComparison.OrdinalIgnoreCase) || name.EndsWith("Password", StringComparison.OrdinalIgnoreCase)
        || (name.EndsWith("ConnectionString", StringComparison.OrdinalIgnoreCase) && value.Contains("password=", StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// What went wrong, if it is something that the one who started the program can mend; else null, and the whole story is shown.
    /// </summary>
    public static string? Explain(Exception exception) => exception switch
    {
        SettingsException => exception.Message,
        OptionsValidationException options => string.Join(Environment.NewLine, options.Failures),
        IOException { InnerException: AddressInUseException } =>
            $"{exception.Message} Choose another address with --urls http://localhost:PORT.",
        ArgumentOutOfRangeException { ParamName: "port" } => "A port in --urls is out of range; allowed are 0 to 65535.",
        CryptographicException => $"The certificate cannot be used: {exception.Message}",
        // The web server and the log have no exception of their own for a setting they do not understand, or https without a certificate.
        InvalidOperationException { Source: "Microsoft.AspNetCore.Server.Kestrel.Core" or "Microsoft.Extensions.Logging" or "Microsoft.Extensions.Logging.Configuration" } => OneLine(exception.Message),
        SocketException or FormatException or InvalidDataException or IOException or UnauthorizedAccessException => exception.Message,
        _ => null,
    };

    /// <summary>
    /// Says why a program ends: one line where whoever started it can mend it, else the whole story. Whatever it was, the program ends with
    /// an exit code and not with a signal.
    /// </summary>
    /// <param name="exception">What happened.</param>
    /// <param name="explained">What the program itself knows of it; null: see <see cref="Explain"/>.</param>
    /// <returns>The exit code.</returns>
    public static int Fail(Exception exception, string? explained = null)
    {
        var why = explained ?? Explain(exception);
        Console.Error.WriteLine(why is null ? $"Ended by an error that should not be: {exception}" : $"Cannot start: {why}");
        return CannotStart;
    }

    private static string OneLine(string message) => string.Join(' ', message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
