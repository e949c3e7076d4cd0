using GameServer.Ecs;
using Microsoft.Extensions.Logging;

namespace GameServer.BattleServer;

/// <summary>
/// Has ECS leave this server alone while a battle is on: for a new version, or fewer servers, it is stopped after its battles and not in
/// them. A server that is never without a battle is drained through the registry first.
/// </summary>
/// <param name="agent">The ECS agent.</param>
/// <param name="isOn">Whether a battle is on.</param>
/// <param name="time">The clock.</param>
/// <param name="log">The log.</param>
internal sealed partial class BattleProtection(Uri agent, Func<bool> isOn, TimeProvider time, ILogger log) : IAsyncDisposable
{
    /// <summary>How long ECS is asked for at a time: a server that hangs can be stopped after that.</summary>
    private static readonly TimeSpan Protected = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Renewal = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    private readonly TaskProtection task = new(agent);
    private readonly SemaphoreSlim changed = new(0);
    private readonly CancellationTokenSource stopping = new();
    private Task running = Task.CompletedTask;

    /// <summary>Begins; before that nothing is asked of ECS.</summary>
    public void Start() => running = RunAsync();

    /// <summary>A battle has begun or is over: looks whether ECS must know. Never waits.</summary>
    public void Look() => changed.Release();

    /// <summary>Ends; a protection that is left ends by itself.</summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await running;
        task.Dispose();
        stopping.Dispose();
    }

    private async Task RunAsync()
    {
        var (told, since) = (false, 0L);
        try
        {
            while (true)
            {
                var on = isOn();
                if (on != told || (on && time.GetElapsedTime(since) >= Renewal))
                {
                    try
                    {
                        await task.SetAsync(on ? Protected : null, stopping.Token);
                        (told, since) = (on, time.GetTimestamp());
                    }
                    catch (EcsException problem)
                    {
                        LogNotProtected(problem.Message);
                        await WaitAsync(Retry);
                        continue;
                    }
                }

                await WaitAsync(told ? Renewal : Timeout.InfiniteTimeSpan);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Told to stop.
        }
    }

    private async Task WaitAsync(TimeSpan longest)
    {
        using var due = new CancellationTokenSource(longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(due.Token, stopping.Token);
        try
        {
            await changed.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            // It is time.
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Problem} A new version may end battles on this server.")]
    private partial void LogNotProtected(string problem);
}
