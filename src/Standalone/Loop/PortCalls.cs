using System.Threading.Channels;
using GameServer.Game;

namespace GameServer.Standalone.Loop;

/// <summary>
/// Carries out what actors ask of the world outside, on the thread pool, a few at a time, and hands each answer to the actor that asked.
/// </summary>
internal sealed partial class PortCalls : IAsyncDisposable
{
    private const int AtOnce = 4;

    // When it is full a new call is dropped: the actor that made it asks again when its time comes, as after any lost call.
    private readonly Channel<(ActorId From, ExternalCall Call)> queue = Channel.CreateBounded<(ActorId, ExternalCall)>(
        new BoundedChannelOptions(1024) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly CancellationTokenSource stop = new();
    private readonly IPortMap portMap;
    private readonly Func<ActorId, Message, CancellationToken, ValueTask> answer;
    private readonly ILogger logger;
    private readonly Task workers;

    public PortCalls(IPortMap portMap, Func<ActorId, Message, CancellationToken, ValueTask> answer, ILogger logger)
    {
        this.portMap = portMap;
        this.answer = answer;
        this.logger = logger;
        workers = Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(WorkAsync)));
    }

    /// <summary>Puts a call into the queue; never waits.</summary>
    public void Post(ActorId from, ExternalCall call) => queue.Writer.TryWrite((from, call));

    /// <summary>Ends calls that run; their actors ask again after the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await stop.CancelAsync();
        await workers;
        stop.Dispose();
    }

    private async Task WorkAsync()
    {
        try
        {
            await foreach (var (from, call) in queue.Reader.ReadAllAsync(stop.Token))
                await CarryOutAsync(from, call);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    private async Task CarryOutAsync(ActorId from, ExternalCall call)
    {
        try
        {
            Message? message = call switch
            {
                MapPorts map => await portMap.MapAsync(map, stop.Token),
                ClosePorts close => await portMap.CloseAsync(close, stop.Token),
                _ => throw new NotSupportedException($"Nobody carries out {call.GetType().Name}."),
            };
            if (message is not null)
                await answer(from, message, stop.Token);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogFailed(logger, call.GetType().Name, from, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Call} of {From} failed; it will be asked for again.")]
    private static partial void LogFailed(ILogger logger, string call, ActorId from, Exception e);
}
