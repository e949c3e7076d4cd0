using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GameServer.Game;
using Microsoft.AspNetCore.Http;

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

/// <summary>The calls of battle servers (protocol, section 6): checked for their form, then the registry's to answer.</summary>
internal sealed class BattleServerCalls(IGameHost host, BattleServerOptions options)
{
    private const int MaxPorts = BattleServerRegistry.MaxPortsOfServer;
    private const int MaxConnections = 1_000_000;

    private ActorId Registry => new(ActorKind.BattleServerRegistry, host.Rules.Region);

    /// <summary><c>PUT /battle-servers/{id}</c>.</summary>
    public async Task<IResult> RegisterAsync(HttpContext context, string id)
    {
        Authorize(context);
        using var body = await HttpCall.ReadObjectAsync(context.Request);
        var (subnet, address) = (HttpCall.Text(body.RootElement, "subnet_id"), HttpCall.Text(body.RootElement, "address"));
        return ServerRegistration.TryParse(id, subnet, address, ReadPorts(body.RootElement), out var server, out var problem)
            ? await AnswerAsync(server, context)
            : throw Refused(problem);
    }

    /// <summary><c>POST /battle-servers/{id}/heartbeat</c>.</summary>
    public async Task<IResult> HeartbeatAsync(HttpContext context, string id)
    {
        Authorize(context);
        CheckId("the server's id", id);
        using var body = await HttpCall.ReadObjectAsync(context.Request);
        var epoch = ReadEpoch(body.RootElement) ?? throw Refused(EpochNeeded);
        return await AnswerAsync(new ServerHeartbeat(id, epoch, ReadConnections(body.RootElement)), context);
    }

    /// <summary>
    /// <c>POST /battle-servers/{id}/battles/{battleId}/finished</c>. A result goes to the room, which settles the battle with it; then, as
    /// without one, the registry has the port back. Every part may be asked again, so a call that broke off in between is made again whole.
    /// </summary>
    public async Task<IResult> FinishedAsync(HttpContext context, string id, string battleId)
    {
        Authorize(context);
        CheckId("the server's id", id);
        CheckId("the battle's id", battleId);
        using var body = await HttpCall.ReadOptionalObjectAsync(context.Request);
        var epoch = body is null ? null : ReadEpoch(body.RootElement);
        if (body is not null && ReadResults(body.RootElement) is { } results)
        {
            if (epoch is null)
                throw Refused($"with a result, {EpochNeeded}");
            var settled = await host.AskAsync(
                new(ActorKind.Room, battleId), new BattleReported(id, epoch.Value, results), context.RequestAborted);
            // A room that is gone has settled, and so has heard this before; whether the call is this server's at all, the registry knows.
            if (settled.Status is not (StatusCodes.Status200OK or StatusCodes.Status404NotFound))
                return HttpCall.Message(settled.Status, settled.Message ?? "");
        }

        return await AnswerAsync(new BattleFinished(id, battleId, epoch), context);
    }

    /// <summary><c>DELETE /battle-servers/{id}</c>, with <c>?epoch=</c> only if that is the registration.</summary>
    public Task<IResult> DrainAsync(HttpContext context, string id)
    {
        Authorize(context);
        CheckId("the server's id", id);
        long? epoch = null;
        if (context.Request.Query.TryGetValue("epoch", out var text))
            epoch = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Refused(EpochNeeded);
        return AnswerAsync(new DrainServer(id, epoch), context);
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
        if (ServerRegistration.NameProblem(what, id) is { } problem)
            throw Refused(problem);
    }

    private const string EpochNeeded = "epoch must be the integer that the registration was answered with";

    private static long? ReadEpoch(JsonElement body) =>
        !body.TryGetProperty("epoch", out var field) ? null
        : field.ValueKind == JsonValueKind.Number && field.TryGetInt64(out var epoch) && epoch >= 0 ? epoch
        : throw Refused(EpochNeeded);

    /// <summary>The result of each player; null if there is none.</summary>
    private static Dictionary<string, BattleResult>? ReadResults(JsonElement body)
    {
        if (!body.TryGetProperty("result", out var table))
            return null;
        if (table.ValueKind != JsonValueKind.Object || table.GetPropertyCount() is < 2 or > ModeRules.MaxRoomSize)
            throw Refused($$"""result must be an object of 2 to {{ModeRules.MaxRoomSize}} players, such as {"alice":"WIN","bob":"LOSE"}""");
        var results = table.EnumerateObject().ToDictionary(entry => entry.Name, entry => HttpCall.Text(table, entry.Name) switch
        {
            "WIN" => BattleResult.Win,
            "LOSE" => BattleResult.Lose,
            "DRAW" => BattleResult.Draw,
            _ => throw Refused("a result must be WIN, LOSE or DRAW"),
        });
        var (wins, draws) = (results.Values.Count(r => r == BattleResult.Win), results.Values.Count(r => r == BattleResult.Draw));
        return (wins, draws) is (1, 0) or (0, >= 2) ? results
            : throw Refused("result must have one WIN, or two or more DRAW; everybody else has LOSE");
    }

    private static int[] ReadPorts(JsonElement body)
    {
        if (!body.TryGetProperty("ports", out var array) || array.ValueKind != JsonValueKind.Array)
            throw Refused($"ports must be an array of 1 to {MaxPorts} ports");
        return [.. array.EnumerateArray().Select(port => port.ValueKind == JsonValueKind.Number && port.TryGetInt32(out var number)
            ? number : throw Refused("a port must be an integer from 1 to 65535"))];
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

    private async Task<IResult> AnswerAsync(Question<RegistryAnswer> question, HttpContext context)
    {
        var answer = await host.AskAsync(Registry, question, context.RequestAborted);
        return answer.Status == StatusCodes.Status200OK
            ? Results.Json(new ServerLease(answer.LeaseSeconds, answer.Epoch, answer.Command, answer.Battles), HttpJson.Default.ServerLease)
            : HttpCall.Message(answer.Status, answer.Message ?? "");
    }

    private void Authorize(HttpContext context)
    {
        // Where a call comes from says nothing: behind a proxy on this machine all the world comes from here.
        var key = options.ApiKey;
        if (string.IsNullOrEmpty(key))
            throw new CallRefusedException(
                StatusCodes.Status401Unauthorized, $"no API key is set (GameServer:BattleServers:ApiKey), so battle servers may not call");

        var shown = context.Request.Headers["X-Api-Key"].ToString();
        if (shown.Length == 0)
            shown = Handshake.BearerOf(context.Request) ?? "";

        // Hashes are of one length, so the comparison tells nothing, not even how long the key is.
        if (!CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(shown)), SHA256.HashData(Encoding.UTF8.GetBytes(key))))
            throw new CallRefusedException(
                StatusCodes.Status401Unauthorized, "a valid API key is needed, in X-Api-Key or as Authorization: Bearer");
    }
}
