using System.Threading.Channels;
using GameServer.Game;
using GameServer.Grains.Abstractions;
using Orleans.Concurrency;

namespace GameServer.PushShapes;

/// <summary>
/// Stands for a player's grain: takes a score, as from a gateway, and pushes it to the other player's gateway. The pushes are the product's
/// own.
/// </summary>
[Alias("bench.relay")]
public interface IRelayGrain : IGrainWithIntegerKey
{
    /// <summary>Pushes through the gateway's observer.</summary>
    [Alias("by_observer")]
    ValueTask ByObserver(IGatewayObserver gateway, int score);

    /// <summary>Pushes through one of the gateway's stream grains.</summary>
    [Alias("by_stream")]
    ValueTask ByStream(string gateway, int score);

    /// <summary>Pushes through Orleans' own memory stream.</summary>
    [Alias("by_memory_stream")]
    Task ByMemoryStream(string gateway, int score);
}

/// <summary>One partition of a gateway's stream: player grains push into it, the gateway enumerates it.</summary>
[Alias("bench.gateway_stream")]
public interface IGatewayStreamGrain : IGrainWithStringKey
{
    /// <summary>Adds to the stream.</summary>
    [OneWay, Alias("push")]
    ValueTask Push([Immutable] ClientMail[] frames);

    /// <summary>What was pushed, everything that has piled up at a time.</summary>
    [Alias("frames")]
    IAsyncEnumerable<ClientMail[]> Frames(CancellationToken cancellationToken = default);
}

/// <inheritdoc cref="IRelayGrain"/>
[Reentrant]
public sealed class RelayGrain : Grain, IRelayGrain
{
    /// <summary>How many partitions a gateway's stream has.</summary>
    public const int Partitions = 4;

    /// <summary>The name of the provider of memory streams.</summary>
    public const string MemoryStreams = "pushes";

    private long seq;

    /// <inheritdoc/>
    public ValueTask ByObserver(IGatewayObserver gateway, int score) => gateway.Deliver([Mail(score)]);

    /// <inheritdoc/>
    public ValueTask ByStream(string gateway, int score) =>
        GrainFactory.GetGrain<IGatewayStreamGrain>($"{gateway}/{this.GetPrimaryKeyLong() % Partitions}").Push([Mail(score)]);

    /// <inheritdoc/>
    public Task ByMemoryStream(string gateway, int score) => this.GetStreamProvider(MemoryStreams)
        .GetStream<ClientMail[]>(StreamId.Create(gateway, this.GetPrimaryKeyLong() % Partitions)).OnNextAsync([Mail(score)]);

    private ClientMail Mail(int score) =>
        ClientMail.Of(
            this.GetPrimaryKeyLong(),
            new PushFrame(++seq, new(PushKind.PlayerSyncScore) { Number = score, From = "somebody" }, Confirm: false), start: 0, order: 0);
}

/// <inheritdoc cref="IGatewayStreamGrain"/>
[Reentrant]
public sealed class GatewayStreamGrain : Grain, IGatewayStreamGrain
{
    // Full: the pusher's message waits in the grain's own queue, and so does its sender in the end.
    private readonly Channel<ClientMail[]> waiting = Channel.CreateBounded<ClientMail[]>(16384);

    /// <inheritdoc/>
    public ValueTask Push(ClientMail[] frames) => waiting.Writer.WriteAsync(frames);

    /// <inheritdoc/>
    public async IAsyncEnumerable<ClientMail[]> Frames(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var batch = new List<ClientMail>();
        while (await waiting.Reader.WaitToReadAsync(cancellationToken))
        {
            batch.Clear();
            while (batch.Count < 256 && waiting.Reader.TryRead(out var some))
                batch.AddRange(some);
            yield return [.. batch];
        }
    }
}
