using System.Globalization;
using GameServer.BattleServer;
using GameServer.Ecs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

const string Help = """
    A battle server: several ports, one battle on each at a time.

      --id NAME              its name, the same after a restart                       (the machine's name)
      --address IP           its private IPv4 address, which it listens on            (on ECS: the task's own)
      --ports A,B            its ports                                                (8080,8081)
      --subnet ID            its subnet, as the accelerator knows it
      --registry URL         where the game server is                                 (http://localhost:8080)
      --players N            players in a battle, as the mode's RoomSize              (2)
      --drain-limit SECONDS  how long a stop waits for battles to end                 (90)

    Each can be an environment variable instead, such as BATTLE_SERVER_PORTS. Secrets come only from there, because every user of the machine
    can read arguments:

      BATTLE_SERVER_TICKET_KEY  the secret that signs tickets, 32 bytes or more
      BATTLE_SERVER_API_KEY     the secret the registry wants to see

    --health asks the battle server that runs beside it, set the same way, whether it lives: exit code 0 or 1.

    A player's first line is the ticket; after that every line goes to all players in capitals. Who says quit has lost; the last one has
    won, the registry is told, and the battle is settled with it.
    """;

if (args.Contains("--help") || args.Contains("-h"))
{
    Console.WriteLine(Help);
    return 0;
}

BattleServerOptions options;
try
{
    options = await ReadAsync([.. args.Where(argument => argument != "--health")]);
    if (options.Problem() is { } problem)
        throw new ArgumentException(problem);
}
catch (Exception wrong) when (wrong is ArgumentException or FormatException or EcsException)
{
    Console.Error.WriteLine($"{wrong.Message} --help shows what is allowed.");
    return 2;
}

if (args.Contains("--health"))
    return await HealthCommand.RunAsync(options);

var builder = Host.CreateEmptyApplicationBuilder(null);
builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainLimit + TimeSpan.FromSeconds(15));
builder.Services.AddBattleServer(options);
try
{
    await builder.Build().RunAsync();
    return 0;
}
catch (IOException problem)
{
    Console.Error.WriteLine(problem.Message);
    return 1;
}

static async Task<BattleServerOptions> ReadAsync(string[] args)
{
    string[] names = ["id", "address", "ports", "subnet", "registry", "api-key", "ticket-key", "players", "drain-limit"];
    var given = names.ToDictionary(
        n => n, n => Environment.GetEnvironmentVariable(VariableOf(n)));
    for (var i = 0; i < args.Length; i += 2)
    {
        var name = args[i].StartsWith("--", StringComparison.Ordinal) ? args[i][2..] : "";
        if (name is "api-key" or "ticket-key")
            throw new ArgumentException($"{args[i]} is a secret, and every user of this machine can read arguments; set {VariableOf(name)} in the environment.");
        if (!given.ContainsKey(name))
            throw new ArgumentException($"There is no option {args[i]}.");
        given[name] = i + 1 < args.Length ? args[i + 1] : throw new ArgumentException($"{args[i]} needs a value.");
    }
    return new()
    {
        Id = given["id"] ?? Environment.MachineName,
        Address = given["address"]
            ?? (Environment.GetEnvironmentVariable(TaskAddress.Variable) is { Length: > 0 } metadata
                ? (await TaskAddress.AskAsync(metadata)).ToString()
                : throw new ArgumentException("--address is needed.")),
        Ports = [.. (given["ports"] ?? "8080,8081").Split(',').Select(p => Whole("ports", p))],
        Subnet = given["subnet"] ?? throw new ArgumentException("--subnet is needed."),
        Registry = Uri.TryCreate(given["registry"] ?? "http://localhost:8080", UriKind.Absolute, out var registry) ? registry
            : throw new ArgumentException($"--registry is '{given["registry"]}'; it must be a URL such as http://localhost:8080."),
        ApiKey = given["api-key"] ?? throw new ArgumentException("BATTLE_SERVER_API_KEY is needed in the environment."),
        TicketKey = given["ticket-key"] ?? throw new ArgumentException("BATTLE_SERVER_TICKET_KEY is needed in the environment."),
        Players = Whole("players", given["players"] ?? "2"),
        DrainLimit = TimeSpan.FromSeconds(Number("drain-limit", given["drain-limit"] ?? "90")),
        EcsAgent = Uri.TryCreate(Environment.GetEnvironmentVariable(TaskProtection.Variable), UriKind.Absolute, out var agent) ? agent : null,
    };
}

static string VariableOf(string name) => $"BATTLE_SERVER_{name.ToUpperInvariant().Replace('-', '_')}";

static int Whole(string name, string value) =>
    int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new ArgumentException($"--{name}: '{value}' is no whole number.");

static double Number(string name, string value) =>
    double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number <= int.MaxValue ? number
        : throw new ArgumentException($"--{name}: '{value}' is no number.");
