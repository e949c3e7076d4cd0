using System.Net;
using GameServer.Game;
using GameServer.Settings;
using GameServer.Tickets;
using Microsoft.Extensions.Options;

namespace GameServer.Edge;

/// <summary>The settings of the edge, from the section <c>GameServer:Edge</c>. Checked when the program starts.</summary>
public sealed class EdgeOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "GameServer:Edge";

    /// <summary>The longest message a client may send, in bytes (protocol, section 1).</summary>
    public const int MaxMessageBytes = 32 * 1024;

    internal const int MaxMessagesPerSecondPerPlayer = 250;
    internal const int MinQueueFrames = 1024;
    internal const int MinQueueBytes = 768 * 1024;

    /// <summary>The name of this gateway process, unlike that of any other that runs; empty where there is only one process.</summary>
    public string Gateway { get; set; } = "";

    /// <summary>
    /// How many frames may wait for one socket; 1024 to 65536. The least has room for whatever a client that reads may cause and be caused.
    /// </summary>
    public int QueueFrames { get; set; } = MinQueueFrames;

    /// <summary>About how many bytes may wait for one socket; 786432 to 67108864.</summary>
    public int QueueBytes { get; set; } = MinQueueBytes;

    /// <summary>
    /// The time between two pings on a quiet socket; 1 second to 5 minutes. Clients of version 2 are told it, and after that much silence they
    /// ask for an answer on their own. A game notices a dead network within <see cref="KeepAliveInterval"/> and
    /// <see cref="KeepAliveTimeout"/> together: then the opponent is told, and the player has the battle's grace to come back.
    /// </summary>
    public TimeSpan KeepAliveInterval { get; set; } = TimeSpan.FromSeconds(1.5);

    /// <summary>
    /// A socket that does not answer a ping for this long is dead; 1 second to 5 minutes. Longer than a phone needs to change its network: being
    /// cut is cheap, because a client resumes, but costs a connect.
    /// </summary>
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(3.5);

    /// <summary>A socket that takes nothing of what is sent to it for this long is dead; 1 second to 5 minutes.</summary>
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long the other side has to answer a close before the socket is cut; 100 milliseconds to 1 minute.</summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a process that shall stop goes on as before while it reports itself as not ready, so that a load balancer sees it and sends
    /// nobody here any more; 0 to 5 minutes. The host's own <c>ShutdownTimeout</c> must be longer.
    /// </summary>
    public TimeSpan DrainDelay { get; set; } = TimeSpan.Zero;

    /// <summary>How many connections one address may hold at a time (of IPv6: one /64); 0: any number.</summary>
    public int ConnectionsPerAddress { get; set; } = 10_000;

    /// <summary>
    /// How many sessions whose connection has closed are kept for one address (of IPv6: one /64), until they are resumed or
    /// <see cref="GameRules.ResumeTime"/> is over; the oldest goes when there is one more. 0: any number.
    /// </summary>
    public int SessionsKeptPerAddress { get; set; } = 1_000;

    /// <summary>The same, for all addresses of this process together.</summary>
    public int SessionsKept { get; set; } = 20_000;


    /// <summary>How old the counts of <c>/stats</c> may be: they are taken once in this time, however many ask; 0 to 1 minute.</summary>
    public TimeSpan StatsCacheTime { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How many HTTP requests one address may make a second, connects among them, twice as many at once; 0: any number. The health checks
    /// are free.
    /// </summary>
    public int CallsPerSecondPerAddress { get; set; } = 2_000;

    /// <summary>How many messages all connections of one address may send a second, twice as many at once; 0: any number.</summary>
    public int MessagesPerSecondPerAddress { get; set; } = 20_000;

    /// <summary>
    /// How many messages one player may send a second, twice as many at once; 1 to 250, so that the answers to as many are remembered for
    /// those who resume (<see cref="Player.MostReplies"/>). 0: any number, and the client must see to that.
    /// </summary>
    public int MessagesPerSecondPerPlayer { get; set; } = 200;

    /// <summary>After this many messages refused within ten seconds the connection is closed with 4003; 0 to 10000.</summary>
    public int RefusalsBeforeClose { get; set; } = 100;

    /// <summary>
    /// The origins whose pages may connect and call; a page of another origin gets 403, this server's own page too if its origin is not
    /// among them. Not set: any origin.
    /// </summary>
    public string[]? CorsOrigins { get; set; }

    /// <summary>
    /// The proxies, as addresses or networks (<c>10.0.0.0/8</c>), whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are believed: the
    /// limits are for the address in front of the last of them. Not set: no peer's, and what a proxy forwards counts as the proxy's own.
    /// </summary>
    public string[]? TrustedProxies { get; set; }

    /// <summary>
    /// Runs what follows a socket's read or write on the thread that saw it complete. It saves a hop for each message; nothing in the edge
    /// blocks such a thread. False gives each its turn on the thread pool.
    /// </summary>
    public bool InlineSockets { get; set; } = true;

    internal IEnumerable<string> Problems()
    {
        if (Gateway.Length > 128)
            yield return $"{Section}:Gateway has {Gateway.Length} characters; allowed are 0 to 128.";
        foreach (var (name, value, least, most) in new (string, long, long, long)[]
        {
            (nameof(QueueFrames), QueueFrames, MinQueueFrames, 65536),
            (nameof(QueueBytes), QueueBytes, MinQueueBytes, 67108864),
            (nameof(ConnectionsPerAddress), ConnectionsPerAddress, 0, int.MaxValue),
            (nameof(SessionsKeptPerAddress), SessionsKeptPerAddress, 0, 10_000_000),
            (nameof(SessionsKept), SessionsKept, 0, 10_000_000),
            (nameof(CallsPerSecondPerAddress), CallsPerSecondPerAddress, 0, 1_000_000_000),
            (nameof(MessagesPerSecondPerAddress), MessagesPerSecondPerAddress, 0, 1_000_000_000),
            (nameof(MessagesPerSecondPerPlayer), MessagesPerSecondPerPlayer, 0, MaxMessagesPerSecondPerPlayer),
            (nameof(RefusalsBeforeClose), RefusalsBeforeClose, 0, 10_000),
        })
        {
            if (value < least || value > most)
                yield return $"{Section}:{name} is {value}; allowed are {least} to {most}.";
        }

        var (second, minute) = (TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        foreach (var (name, value, least, most) in new (string, TimeSpan, TimeSpan, TimeSpan)[]
        {
            (nameof(KeepAliveInterval), KeepAliveInterval, second, 5 * minute),
            (nameof(KeepAliveTimeout), KeepAliveTimeout, second, 5 * minute),
            (nameof(SendTimeout), SendTimeout, second, 5 * minute),
            (nameof(CloseTimeout), CloseTimeout, second / 10, minute),
            (nameof(DrainDelay), DrainDelay, TimeSpan.Zero, 5 * minute),
            (nameof(StatsCacheTime), StatsCacheTime, TimeSpan.Zero, minute),
        })
        {
            if (value < least || value > most)
                yield return $"{Section}:{name} is {value}; allowed are {least} to {most}.";
        }

        foreach (var origin in CorsOrigins ?? [])
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || uri.GetLeftPart(UriPartial.Authority) != origin)
                yield return $"{Section}:CorsOrigins holds '{origin}'; allowed are origins such as https://example.org, without a path.";
        }

        foreach (var proxy in TrustedProxies ?? [])
        {
            if (!IPAddress.TryParse(proxy, out _) && !IPNetwork.TryParse(proxy, out _))
                yield return $"{Section}:TrustedProxies holds '{proxy}'; allowed are addresses such as 10.0.0.7 and networks such as 10.0.0.0/8.";
        }
    }
}

/// <summary>Who may be whom, from the section <c>Auth</c>.</summary>
public sealed class AuthOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Auth";

    /// <summary>The least length of <see cref="Key"/>, in bytes.</summary>
    public const int MinKeyBytes = 32;

    /// <summary><c>open</c>: a <c>user_id</c> is believed. <c>token</c>: it needs a signed token.</summary>
    public string Mode { get; set; } = "open";

    /// <summary>The secret that signs the tokens (HS256), as text of at least 32 bytes of UTF-8. The same on every gateway.</summary>
    public string? Key { get; set; }

    /// <summary>
    /// The key before <see cref="Key"/>, whose tokens are still good; not set: there is none. To change the key, move the old one here on
    /// all gateways, and take it away when its tokens were renewed or have expired.
    /// </summary>
    public string? PreviousKey { get; set; }

    /// <summary>How long a token is valid; 1 minute to 10 years. An expired token is good for nothing but to be renewed.</summary>
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromDays(365);

    /// <summary>
    /// Insists on <c>open</c> where others than this machine itself can reach the server: then anyone may play as anyone, and delete anyone.
    /// Without it such a server does not start.
    /// </summary>
    public bool AnyoneMayBeAnyone { get; set; }

    internal bool TokensOn => string.Equals(Mode, "token", StringComparison.OrdinalIgnoreCase);

    internal IEnumerable<string> Problems()
    {
        if (!TokensOn && !string.Equals(Mode, "open", StringComparison.OrdinalIgnoreCase))
            yield return $"{Section}:Mode is '{Mode}'; allowed are open and token.";
        if (TokensOn && Secret.Problem($"{Section}:Key", Key, MinKeyBytes) is { } weak)
            yield return weak;
        if (!string.IsNullOrEmpty(PreviousKey) && Secret.Problem($"{Section}:PreviousKey", PreviousKey, MinKeyBytes) is { } weakBefore)
            yield return weakBefore;
        if (TokenLifetime < TimeSpan.FromMinutes(1) || TokenLifetime > TimeSpan.FromDays(3660))
            yield return $"{Section}:TokenLifetime is {TokenLifetime}; allowed are 00:01:00 to 3660.00:00:00.";
    }
}

/// <summary>
/// What the edge must know to speak with battle servers and to sign tickets for them, from <c>GameServer:BattleServers</c>.
/// </summary>
public sealed class BattleServerOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "GameServer:BattleServers";

    /// <summary>The least length of <see cref="ApiKey"/>, in bytes.</summary>
    public const int MinApiKeyBytes = 16;

    /// <summary>
    /// The secret that battle servers show in <c>X-Api-Key</c>, 16 characters or more. Needed if a mode uses battle servers; without one
    /// their calls are refused, wherever they come from.
    /// </summary>
    public string? ApiKey { get; set; }

    /// <summary>
    /// The secret that signs tickets, shared with the battle servers; at least 32 bytes of UTF-8. Needed if a mode uses battle servers.
    /// </summary>
    public string? TicketKey { get; set; }

    /// <summary>
    /// How long a ticket is valid; 5 seconds to 5 minutes. It is signed when it is sent and used once, so it only has to last until the
    /// player has connected; and the clocks of the game and the battle servers may differ by no more.
    /// </summary>
    public TimeSpan TicketLifetime { get; set; } = TimeSpan.FromSeconds(30);

    internal IEnumerable<string> Problems()
    {
        if (!string.IsNullOrEmpty(TicketKey) && Secret.Problem($"{Section}:TicketKey", TicketKey, BattleTickets.MinKeyBytes) is { } weakTicketKey)
            yield return weakTicketKey;
        if (!string.IsNullOrEmpty(ApiKey) && Secret.Problem($"{Section}:ApiKey", ApiKey, MinApiKeyBytes) is { } weakApiKey)
            yield return weakApiKey;
        if (TicketLifetime < TimeSpan.FromSeconds(5) || TicketLifetime > TimeSpan.FromMinutes(5))
            yield return $"{Section}:TicketLifetime is {TicketLifetime}; allowed are 00:00:05 to 00:05:00.";
    }
}

/// <summary>Turns what is wrong with the settings into a refusal to start that says what is allowed.</summary>
internal sealed class EdgeOptionsCheck : IValidateOptions<EdgeOptions>, IValidateOptions<AuthOptions>, IValidateOptions<BattleServerOptions>
{
    public ValidateOptionsResult Validate(string? name, EdgeOptions options) => Result(options.Problems());

    public ValidateOptionsResult Validate(string? name, AuthOptions options) => Result(options.Problems());

    public ValidateOptionsResult Validate(string? name, BattleServerOptions options) => Result(options.Problems());

    private static ValidateOptionsResult Result(IEnumerable<string> problems) =>
        problems.ToList() is { Count: > 0 } found ? ValidateOptionsResult.Fail(found) : ValidateOptionsResult.Success;
}
