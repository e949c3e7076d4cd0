using GameServer.Game;
using Orleans.Concurrency;
using ErrorCode = GameServer.Game.ErrorCode;

namespace GameServer.Grains.Abstractions;

/// <summary>
/// A gateway process, as player grains see it: the one end of all its players' pushes. One way, so a player never waits for a gateway; what
/// gets lost on the way the gateway misses by its number, and asks for again.
/// </summary>
[Alias("gateway_observer")]
public interface IGatewayObserver : IGrainObserver
{
    /// <summary>Frames for connections of this gateway, in order for each.</summary>
    [OneWay, Alias("deliver")]
    ValueTask Deliver([Immutable] ClientMail[] frames);
}

/// <summary>Whether a gateway process is alive; key: the gateway's id. In memory only: a lost lease counts as renewed.</summary>
[Alias("gateway_lease")]
public interface IGatewayLeaseGrain : IGrainWithStringKey
{
    /// <summary>The gateway says that it is alive.</summary>
    [Alias("renew")]
    ValueTask Renew();

    /// <summary>The gateway says that it is gone.</summary>
    [Alias("release")]
    ValueTask Release();

    /// <summary>Whether the lease still holds.</summary>
    [Alias("holds")]
    ValueTask<bool> Holds();
}

/// <summary>The cluster's counters, summed up over its silos; key: <c>all</c>. In memory only.</summary>
[Alias("cluster_stats")]
public interface IClusterStatsGrain : IGrainWithStringKey
{
    /// <summary>A silo hands in its counters.</summary>
    [Alias("report")]
    ValueTask Report(string silo, Dictionary<string, double> counters);

    /// <summary>The sums over all silos that have reported lately.</summary>
    [Alias("totals")]
    ValueTask<Dictionary<string, double>> Totals();
}

/// <summary>Which of the frames a <see cref="ClientMail"/> is.</summary>
public enum ClientMailKind : byte
{
    /// <summary><see cref="WelcomeFrame"/>.</summary>
    Welcome = 1,

    /// <summary><see cref="PushFrame"/>.</summary>
    Push = 2,

    /// <summary><see cref="OkFrame"/>.</summary>
    Ok = 3,

    /// <summary><see cref="ErrorFrame"/>.</summary>
    Error = 4,

    /// <summary><see cref="CloseFrame"/>.</summary>
    Close = 5,
}

/// <summary>A <see cref="ClientFrame"/> on the wire. Flat, because almost all are a score: a number and two short strings.</summary>
[GenerateSerializer, Immutable, Alias("client_mail")]
public readonly record struct ClientMail
{
    /// <summary>The connection's number at its gateway.</summary>
    [Id(0)] public long Connection { get; init; }

    /// <summary>Which frame it is.</summary>
    [Id(1)] public ClientMailKind Kind { get; init; }

    /// <summary>A push's number; for an error that says which score stands, the refused request's.</summary>
    [Id(2)] public long Seq { get; init; }

    /// <summary>A push's kind, an error's or a close code.</summary>
    [Id(3)] public int Code { get; init; }

    /// <summary>A push's number, or the score that stands.</summary>
    [Id(4)] public int Number { get; init; }

    /// <summary>A push's or an error's text, a user id, a reason.</summary>
    [Id(5)] public string? Text { get; init; }

    /// <summary>A push's From, an error's request, a welcome's token.</summary>
    [Id(6)] public string? From { get; init; }

    /// <summary>A request's id.</summary>
    [Id(7)] public string? RequestId { get; init; }

    /// <summary>Whether a push asks to be confirmed; for an error, whether a score stands; for a welcome, whether the session was resumed.</summary>
    [Id(8)] public bool Confirm { get; init; }

    /// <summary>The whole push as JSON, where it has more than the fields above.</summary>
    [Id(9)] public byte[]? Json { get; init; }

    /// <summary>The number of the last push before the session began, so that the first one is missed as well if it is lost.</summary>
    [Id(10)] public long Start { get; init; }

    /// <summary>
    /// The place among the frames of one attachment: its <see cref="ConnectCall.Attempt"/> in the upper half, 1, 2, 3 … in the lower.
    /// One-way calls may overtake each other between the gateway's network and its handler; by this they are put in order
    /// again. 0: of an older connection, or not numbered.
    /// </summary>
    [Id(11)] public long Order { get; init; }

    /// <summary>The frame for the wire.</summary>
    public static ClientMail Of(long connection, ClientFrame frame, long start, long order) =>
        Of(connection, frame, start) with { Order = order };

    private static ClientMail Of(long connection, ClientFrame frame, long start) => frame switch
    {
        PushFrame { Push: var push } pushed => new()
        {
            Connection = connection,
            Kind = ClientMailKind.Push,
            Seq = pushed.Seq,
            Code = (int)push.Kind,
            Number = push.Number,
            Text = push.Text,
            From = push.From,
            Confirm = pushed.Confirm,
            Start = start,
            Json = push is { Until: null, Server: null, Snapshot: null, Error: null } ? null : PushJson.Write(push),
        },
        OkFrame ok => new() { Connection = connection, Kind = ClientMailKind.Ok, RequestId = ok.Id.Json },
        ErrorFrame error => new()
        {
            Connection = connection,
            Kind = ClientMailKind.Error,
            Code = (int)error.Error.Code,
            Text = error.Error.Message,
            From = error.Request,
            RequestId = error.Id?.Json,
            Seq = error.Stands?.Number ?? 0,
            Number = error.Stands?.Score ?? 0,
            Confirm = error.Stands?.Score is not null,
        },
        WelcomeFrame welcome => new()
        {
            Connection = connection,
            Kind = ClientMailKind.Welcome,
            Text = welcome.UserId,
            From = welcome.ResumeToken,
            Confirm = welcome.Resumed,
        },
        CloseFrame close => new() { Connection = connection, Kind = ClientMailKind.Close, Code = close.Code, Text = close.Reason },
        _ => throw new ArgumentException($"{frame.GetType().Name} has no form on the wire.", nameof(frame)),
    };

    /// <summary>The frame again.</summary>
    public ClientFrame ToFrame() => Kind switch
    {
        ClientMailKind.Push => new PushFrame(
            Seq, Json is null ? new((PushKind)Code) { Text = Text, Number = Number, From = From } : PushJson.Read(Json), Confirm),
        ClientMailKind.Ok => new OkFrame(new(RequestId!)),
        ClientMailKind.Error => new ErrorFrame(
            new((ErrorCode)Code, Text!), From, RequestId is null ? null : new RequestId(RequestId),
            Seq == 0 ? null : new StandingScore(Seq, Confirm ? Number : null)),
        ClientMailKind.Welcome => new WelcomeFrame(Text!, From!, Confirm),
        ClientMailKind.Close => new CloseFrame(Code, Text!),
        _ => throw new InvalidOperationException($"There is no frame of kind {Kind}."),
    };
}
