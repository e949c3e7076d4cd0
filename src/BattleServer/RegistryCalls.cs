using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace GameServer.BattleServer;

/// <summary>What the registry answered.</summary>
/// <param name="Status">The HTTP status; 0: no answer.</param>
/// <param name="Problem">What was wrong; null with 200.</param>
/// <param name="Lease">The lease; null unless 200.</param>
internal sealed record RegistryReply(int Status, string? Problem, Lease? Lease)
{
    public bool Ok => Status == 200;

    /// <summary>The registry does not know this registration (any more).</summary>
    public bool Forgotten => Status is 404 or 409;
}

/// <summary>A lease as the registry gives it.</summary>
/// <param name="LeaseSeconds">How long it lasts from now.</param>
/// <param name="Epoch">Which registration it is of.</param>
/// <param name="Command"><c>serve</c> or <c>drain</c>.</param>
/// <param name="Battles">The battles on this server's ports; null if the registry does not say.</param>
internal sealed record Lease(int LeaseSeconds, long Epoch, string Command, IReadOnlyDictionary<int, string>? Battles);

internal sealed record Registration(string SubnetId, string Address, IReadOnlyList<int> Ports);

internal sealed record Beat(long Epoch, IReadOnlyDictionary<int, int> Connections);

/// <summary>The end of a battle, for the registry.</summary>
/// <param name="Epoch">The registration under which the battle was fought.</param>
/// <param name="Result">Each player's result.</param>
internal sealed record Finish(long Epoch, IReadOnlyDictionary<string, string> Result);

[JsonSerializable(typeof(Lease))]
[JsonSerializable(typeof(Registration))]
[JsonSerializable(typeof(Beat))]
[JsonSerializable(typeof(Finish))]
internal sealed partial class RegistryJson : JsonSerializerContext
{
    /// <summary>
    /// As the registry reads and writes it. Names stay as they are: escaped, those of 16 players would be longer than a body may be.
    /// </summary>
    public static RegistryJson Wire { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}

/// <summary>The battle server's calls to the registry. They do not throw: what fails has no answer, status 0.</summary>
internal sealed class RegistryCalls(HttpClient http, BattleServerOptions options)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly string path = $"battle-servers/{Uri.EscapeDataString(options.Id)}";

    public Task<RegistryReply> RegisterAsync(CancellationToken cancellationToken) => CallAsync(
        HttpMethod.Put, path, JsonContent.Create(new(options.Subnet, options.Address, options.Ports), RegistryJson.Wire.Registration), cancellationToken);

    public Task<RegistryReply> BeatAsync(Beat beat, CancellationToken cancellationToken) =>
        CallAsync(HttpMethod.Post, $"{path}/heartbeat", JsonContent.Create(beat, RegistryJson.Wire.Beat), cancellationToken);

    public Task<RegistryReply> FinishedAsync(BattleReport report, CancellationToken cancellationToken) => CallAsync(
        HttpMethod.Post, $"{path}/battles/{Uri.EscapeDataString(report.BattleId)}/finished",
        JsonContent.Create(new(report.Epoch, report.Result), RegistryJson.Wire.Finish), cancellationToken);

    public Task<RegistryReply> DrainAsync(long epoch, CancellationToken cancellationToken) =>
        CallAsync(HttpMethod.Delete, string.Create(CultureInfo.InvariantCulture, $"{path}?epoch={epoch}"), null, cancellationToken);

    private async Task<RegistryReply> CallAsync(HttpMethod method, string target, HttpContent? content, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, target) { Content = content };
        request.Headers.Add("X-Api-Key", options.ApiKey);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(Timeout);
        try
        {
            using var response = await http.SendAsync(request, late.Token);
            if (response.StatusCode != HttpStatusCode.OK)
                return new((int)response.StatusCode, await response.Content.ReadAsStringAsync(late.Token), null);
            return await response.Content.ReadFromJsonAsync(RegistryJson.Wire.Lease, late.Token) is { } lease
                ? new(200, null, lease) : new(0, "The answer is empty.", null);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new(0, e is OperationCanceledException ? $"No answer within {Timeout.TotalSeconds:0} seconds." : e.Message, null);
        }
    }
}
