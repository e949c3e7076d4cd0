using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GameServer.Game;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace GameServer.Edge;

/// <summary>What a battle server is told when all is well.</summary>
/// <param name="LeaseSeconds">How long its lease lasts from now.</param>
/// <param name="Epoch">The lease's epoch; a heartbeat must name it.</param>
/// <param name="Command"><c>serve</c> or <c>drain</c>.</param>
/// <param name="Battles">The battles on its ports, by port; what it still holds and does not find here is over or has moved.</param>
internal sealed record ServerLease(int LeaseSeconds, long Epoch, string Command, IReadOnlyDictionary<int, string> Battles);

/// <summary>All battle servers, for operators.</summary>
/// <param name="Servers">The servers.</param>
/// <param name="Waiting">Battles that wait for a free port.</param>
internal sealed record ServerList(IReadOnlyList<ServerStatus> Servers, int Waiting);

/// <summary>The calls of battle servers (protocol, section 5): checked for their form, then the registry's to answer.</summary>
internal sealed class BattleServerCalls(IGameHost host, PlayerTokens tokens, IOptions<BattleServerOptions> options)
{
    private const int MaxPorts = BattleServerRegistry.MaxPortsOfServer;
    private const int MaxConnections = 1_000_000;

    private static readonly SearchValues<char> IdCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");

    private ActorId Registry => new(ActorKind.BattleServerRegistry, host.Rules.Region);

    /// <summary><c>PUT /battle-servers/{id}</c>.</summary>
    public async Task<IResult> RegisterAsync(HttpContext context, string id)
    {
        Authorize(context);
        CheckId("the server's id", id);
        using var body = await HttpCall.ReadObjectAsync(context.Request);
        var subnet = HttpCall.Text(body.RootElement, "subnet_id");
        CheckId("subnet_id", subnet);
        var address = HttpCall.Text(body.RootElement, "address");
        if (!IPAddress.TryParse(address, out var ip) || ip.AddressFamily != AddressFamily.InterNetwork || ip.ToString() != address)
            throw Refused("address must be an IPv4 address such as 10.0.1.7");
        return await AnswerAsync(new RegisterServer(id, subnet!, address, ReadPorts(body.RootElement)), context);
    }

    /// <summary><c>POST /battle-servers/{id}/heartbeat</c>.</summary>
    public async Task<IResult> HeartbeatAsync(HttpContext context, string id)
    {
        Authorize(context);
        CheckId("the server's id", id);
        using var body = await HttpCall.ReadObjectAsync(context.Request);
        if (!body.RootElement.TryGetProperty("epoch", out var field) || field.ValueKind != JsonValueKind.Number
            || !field.TryGetInt64(out var epoch) || epoch < 0)
            throw Refused("epoch must be the integer that the registration was answered with");
        return await AnswerAsync(new ServerHeartbeat(id, epoch, ReadConnections(body.RootElement)), context);
    }

    /// <summary><c>POST /battle-servers/{id}/battles/{battleId}/finished</c>.</summary>
    public Task<IResult> FinishedAsync(HttpContext context, string id, string battleId)
    {
        Authorize(context);
        CheckId("the server's id", id);
        CheckId("the battle's id", battleId);
        return AnswerAsync(new BattleFinished(id, battleId), context);
    }

    /// <summary><c>DELETE /battle-servers/{id}</c>.</summary>
    public Task<IResult> DrainAsync(HttpContext context, string id)
    {
        Authorize(context);
        CheckId("the server's id", id);
        return AnswerAsync(new DrainServer(id), context);
    }

    /// <summary><c>GET /battle-servers</c>.</summary>
    public async Task<IResult> ListAsync(HttpContext context)
    {
        Authorize(context);
        var status = await host.AskAsync(Registry, new GetServers(), context.RequestAborted);
        return Results.Json(new ServerList(status.Servers, status.Waiting), HttpJson.Default.ServerList);
    }

    private static CallRefusedException Refused(string message) => new(StatusCodes.Status400BadRequest, message);

    private static void CheckId(string what, string? id)
    {
        if (id is not { Length: >= 1 and <= 64 } || id.AsSpan().ContainsAnyExcept(IdCharacters))
            throw Refused($"{what} must be 1 to 64 characters of A-Z a-z 0-9 _ . -");
    }

    private static List<int> ReadPorts(JsonElement body)
    {
        if (!body.TryGetProperty("ports", out var array) || array.ValueKind != JsonValueKind.Array
            || array.GetArrayLength() is < 1 or > MaxPorts)
            throw Refused($"ports must be an array of 1 to {MaxPorts} ports");
        List<int> ports = [];
        foreach (var element in array.EnumerateArray())
        {
            if (element.ValueKind != JsonValueKind.Number || !element.TryGetInt32(out var port) || port is < 1 or > 65535)
                throw Refused("a port must be an integer from 1 to 65535");
            if (ports.Contains(port))
                throw Refused($"the port {port} appears twice; allowed is once");
            ports.Add(port);
        }

        return ports;
    }

    private static Dictionary<int, int> ReadConnections(JsonElement body)
    {
        if (!body.TryGetProperty("connections", out var table) || table.ValueKind != JsonValueKind.Object
            || table.GetPropertyCount() > MaxPorts)
            throw Refused($"connections must be an object of at most {MaxPorts} ports with their counts, such as {{\"8080\":2}}");
        Dictionary<int, int> connections = [];
        foreach (var entry in table.EnumerateObject())
        {
            if (!int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535
                || entry.Name[0] == '0')
                throw Refused("a name in connections must be a port from 1 to 65535");
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out var count)
                || count is < 0 or > MaxConnections)
                throw Refused($"a count in connections must be an integer from 0 to {MaxConnections}");
            connections.Add(port, count);
        }

        return connections;
    }

    private async Task<IResult> AnswerAsync(IQuestion<RegistryAnswer> question, HttpContext context)
    {
        var answer = await host.AskAsync(Registry, question, context.RequestAborted);
        return answer.Status == StatusCodes.Status200OK
            ? Results.Json(new ServerLease(answer.LeaseSeconds, answer.Epoch, answer.Command, answer.Battles), HttpJson.Default.ServerLease)
            : HttpCall.Message(answer.Status, answer.Message ?? "");
    }

    private static readonly string[] ProxyHeaders = ["X-Forwarded-For", "X-Original-For", "Forwarded", "Via"];

    private void Authorize(HttpContext context)
    {
        var key = options.Value.ApiKey;
        if (string.IsNullOrEmpty(key))
        {
            // What came through a proxy only looks as if it came from here.
            var forwarded = ProxyHeaders.Any(context.Request.Headers.ContainsKey);
            if (tokens.On || forwarded || context.Connection.RemoteIpAddress is not { } peer || !IPAddress.IsLoopback(peer))
                throw new CallRefusedException(StatusCodes.Status401Unauthorized,
                    $"no API key is set ({BattleServerOptions.Section}:ApiKey), so only this machine itself may call, and only with Auth:Mode=open");
            return;
        }

        var shown = context.Request.Headers["X-Api-Key"].ToString();
        if (shown.Length == 0)
            shown = Handshake.BearerOf(context.Request) ?? "";

        // Hashes are of one length, so the comparison tells nothing, not even how long the key is.
        if (!CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(shown)), SHA256.HashData(Encoding.UTF8.GetBytes(key))))
            throw new CallRefusedException(
                StatusCodes.Status401Unauthorized, "a valid API key is needed, in X-Api-Key or as Authorization: Bearer");
    }
}
