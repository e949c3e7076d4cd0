using System.ComponentModel.DataAnnotations;
using GameServer.Ecs;
using GameServer.Game;
using GameServer.Settings;
using GameServer.Tickets;

namespace GameServer.BattleServer;

/// <summary>The settings of a battle server.</summary>
public sealed record BattleServerOptions
{
    /// <summary>Its name, the same after a restart; 1 to 64 of A-Z a-z 0-9 _ . - Not set: the machine's name.</summary>
    public string Id { get; init; } = "";

    /// <summary>Its private IPv4 address, which it listens on; needed but on ECS, where it is the task's own if it is not set.</summary>
    public string Address { get; init; } = "";

    /// <summary>Its ports, 1 to 16; each carries one battle at a time.</summary>
    public IReadOnlyList<int> Ports { get; init; } = [8080, 8081];

    /// <summary>Its subnet, as the accelerator knows it.</summary>
    [Required]
    public string Subnet { get; init; } = "";

    /// <summary>Where the game server is.</summary>
    public Uri Registry { get; init; } = new("http://localhost:8080");

    /// <summary>The secret the registry wants to see, its GameServer:BattleServers:ApiKey.</summary>
    [Required]
    public string ApiKey { get; init; } = "";

    /// <summary>The secret that signs tickets, the game server's GameServer:BattleServers:TicketKey.</summary>
    [Required, Secret(BattleTickets.MinKeyBytes)]
    public string TicketKey { get; init; } = "";

    /// <summary>Players in a battle, as the mode's RoomSize.</summary>
    [Range(2, ModeRules.MaxRoomSize)]
    public int Players { get; init; } = 2;

    /// <summary>How long a stop, or a drain, waits for battles to end; then they are cut.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan DrainLimit { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>How long a new connection has to show its ticket.</summary>
    internal TimeSpan TicketTime { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The first wait after a call to the registry failed; doubles up to 30 seconds.</summary>
    internal TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Lines a player may send in a second, on average; twice as many at once.</summary>
    internal int LinesPerSecond { get; init; } = 50;

    /// <summary>The ECS agent that is asked not to stop this server while a battle is on; null: it does not run on ECS.</summary>
    internal Uri? EcsAgent { get; init; }

    /// <summary>Reads the settings.</summary>
    /// <exception cref="SettingsException">Something is wrong; the message says what is allowed.</exception>
    public static async Task<BattleServerOptions> ReadAsync(SettingsReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var read = reader.Read<BattleServerOptions>();
        reader.ThrowIfAnythingIsWrong();
        if (read.Address.Length == 0)
            read = read with { Address = await OwnAddressAsync() };
        var id = read.Id.Length == 0 ? Environment.MachineName : read.Id;
        return ServerRegistration.TryParse(id, read.Subnet, read.Address, read.Ports, out _, out var problem)
            ? read with { Id = id, EcsAgent = Uri.TryCreate(Environment.GetEnvironmentVariable(TaskProtection.Variable), UriKind.Absolute, out var agent) ? agent : null }
            : throw new SettingsException(problem);
    }

    private static async Task<string> OwnAddressAsync()
    {
        if (Environment.GetEnvironmentVariable(TaskAddress.Variable) is not { Length: > 0 } metadata)
            throw new SettingsException("--address is needed.");
        try
        {
            return (await TaskAddress.AskAsync(metadata)).ToString();
        }
        catch (EcsException problem)
        {
            throw new SettingsException($"{problem.Message} Set --address.");
        }
    }
}
