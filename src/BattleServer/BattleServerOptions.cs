using System.Net;
using System.Net.Sockets;

namespace GameServer.BattleServer;

/// <summary>The settings of a battle server.</summary>
public sealed record BattleServerOptions
{
    /// <summary>Its name for itself; the same after a restart. 1 to 64 characters of a-z A-Z 0-9 . _ -</summary>
    public required string Id { get; init; }

    /// <summary>Its private IPv4 address, which it also listens on.</summary>
    public required string Address { get; init; }

    /// <summary>Its ports; each carries one battle at a time.</summary>
    public required IReadOnlyList<int> Ports { get; init; }

    /// <summary>The subnet it is in, as the accelerator knows it.</summary>
    public required string Subnet { get; init; }

    /// <summary>Where the registry is.</summary>
    public required Uri Registry { get; init; }

    /// <summary>The secret the registry wants to see.</summary>
    public required string ApiKey { get; init; }

    /// <summary>The secret that signs tickets, 32 bytes of UTF-8 or more.</summary>
    public required string TicketKey { get; init; }

    /// <summary>Players in a battle, 2 to 16; as the mode's <c>RoomSize</c>.</summary>
    public int Players { get; init; } = 2;

    /// <summary>How long a drained server waits for its battles to end; then they are cut.</summary>
    public TimeSpan DrainLimit { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>How long a new connection has to show its ticket.</summary>
    public TimeSpan TicketTime { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The first wait after a call to the registry failed; doubles up to 30 seconds.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Lines a player may send in a second, on average; twice as many at once.</summary>
    public int LinesPerSecond { get; init; } = 50;

    /// <summary>The ECS agent that is asked not to stop this server while a battle is on; null: it does not run on ECS.</summary>
    public Uri? EcsAgent { get; init; }

    /// <summary>What is wrong with these settings and what is allowed; null if nothing is.</summary>
    public string? Problem() => this switch
    {
        _ when !IPAddress.TryParse(Address, out var ip) || ip.AddressFamily != AddressFamily.InterNetwork || ip.ToString() != Address =>
            $"--address is '{Address}'; it must be an IPv4 address such as 10.0.0.57.",
        _ when Ports.Count is < 1 or > 16 || Ports.Distinct().Count() != Ports.Count || Ports.Any(p => p is < 1 or > 65535) =>
            $"--ports is {string.Join(',', Ports)}; it must be 1 to 16 different ports, such as 8080,8081.",
        _ when !Registry.IsAbsoluteUri || Registry.Scheme is not ("http" or "https") =>
            $"--registry is '{Registry}'; it must be a URL such as http://localhost:8080.",
        _ when System.Text.Encoding.UTF8.GetByteCount(TicketKey) < Tickets.BattleTickets.MinKeyBytes =>
            $"BATTLE_SERVER_TICKET_KEY is too short; it must have {Tickets.BattleTickets.MinKeyBytes} bytes or more.",
        { ApiKey.Length: 0 } => "BATTLE_SERVER_API_KEY is empty; it must be the registry's GameServer:BattleServers:ApiKey.",
        { Players: < 2 or > 16 } => $"--players is {Players}; allowed are 2 to 16.",
        _ when DrainLimit < TimeSpan.Zero || DrainLimit > TimeSpan.FromHours(24) =>
            $"--drain-limit is {DrainLimit.TotalSeconds}; allowed are 0 to 86400 seconds.",
        _ => null,
    };
}
