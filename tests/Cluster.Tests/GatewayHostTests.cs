using System.Reflection;
using GameServer.Edge;
using GameServer.Game;
using GameServer.Gateway;
using GameServer.Grains.Abstractions;
using Microsoft.Extensions.Logging.Abstractions;

namespace GameServer.Cluster.Tests;

/// <summary>The gateway's side of a connection, before a cluster that answers as the test wants.</summary>
public sealed class GatewayHostTests
{
    private static readonly ConnectionId Here = new("gateway", 1);

    [Fact]
    public async Task A_player_is_told_that_the_connection_is_closed_however_long_the_cluster_is_away()
    {
        var time = new HurriedTime();
        var away = TimeSpan.FromMinutes(10);
        var heard = new TaskCompletionSource();
        var grain = Fake.Of<IPlayerGrain>(call =>
        {
            if (call == nameof(IPlayerGrain.Disconnect))
            {
                if (time.Passed < away)
                    throw new TimeoutException("No answer.");
                heard.SetResult();
            }

            return ValueTask.CompletedTask;
        });
        using var host = await StartAsync(grain, time);
        await host.TellAsync("alice", Open(Here), default);
        await host.TellAsync("alice", new Disconnect(Here), default);
        await heard.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(time.Passed >= away);
        await host.StopAsync(default);
    }

    [Fact]
    public async Task A_gateway_that_stops_does_not_wait_for_players_who_cannot_be_told()
    {
        var time = new HurriedTime();
        var tried = new TaskCompletionSource();
        var grain = Fake.Of<IPlayerGrain>(call =>
        {
            if (call == nameof(IPlayerGrain.Disconnect))
            {
                tried.TrySetResult();
                throw new TimeoutException("No answer.");
            }

            return ValueTask.CompletedTask;
        });
        using var host = await StartAsync(grain, time);
        await host.TellAsync("alice", Open(Here), default);
        await host.TellAsync("alice", new Disconnect(Here), default);
        await tried.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await host.StopAsync(default).WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_client_that_goes_while_it_waits_for_its_turn_is_never_made_known_to_its_player()
    {
        var told = new TaskCompletionSource();
        var attached = 0;
        var grain = Fake.Of<IPlayerGrain>(call =>
        {
            if (call == nameof(IPlayerGrain.Disconnect))
                told.SetResult();
            if (call != nameof(IPlayerGrain.Connect))
                return ValueTask.CompletedTask;
            Interlocked.Increment(ref attached);
            return new ValueTask(new TaskCompletionSource().Task); // None of these is ever answered.
        });
        using var host = await StartAsync(grain, new HurriedTime { OnlyWhatIsDue = true });
        for (var number = 1; number <= GatewayHost.MostAttaching; number++)
            await host.TellAsync("alice", Open(new("gateway", number)), default);
        var last = new ConnectionId("gateway", GatewayHost.MostAttaching + 1);
        await host.TellAsync("alice", Open(last), default);
        await host.TellAsync("alice", new Disconnect(last), default);
        await told.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(GatewayHost.MostAttaching, attached);
    }

    private static Connect Open(ConnectionId connection) => new(connection, ProtocolVersion.V2, "token", null, null, null, Guest: false);

    private static async Task<GatewayHost> StartAsync(IPlayerGrain grain, TimeProvider time)
    {
        var lease = Fake.Of<IGatewayLeaseGrain>(_ => ValueTask.CompletedTask);
        var health = Fake.Of<ISiloHealthGrain>(_ => new ValueTask<bool>(true));
        var client = Fake.Of<IClusterClient>((call, types) => (call, types.FirstOrDefault()?.Name) switch
        {
            (nameof(IGrainFactory.GetGrain), nameof(IPlayerGrain)) => grain,
            (nameof(IGrainFactory.GetGrain), nameof(IGatewayLeaseGrain)) => lease,
            (nameof(IGrainFactory.GetGrain), nameof(ISiloHealthGrain)) => health,
            (nameof(IGrainFactory.CreateObjectReference), _) => Fake.Of<IGatewayObserver>(_ => ValueTask.CompletedTask),
            _ => throw new NotSupportedException(call),
        });
        var host = new GatewayHost(
            client, Fake.Of<IClientConnections>(_ => null), new(), new("gateway"), time, NullLogger<GatewayHost>.Instance);
        await host.StartedAsync(default);
        return host;
    }

    /// <summary>Whoever waits is told at once that the time has passed. What is done every so often is not done at all.</summary>
    private sealed class HurriedTime : TimeProvider
    {
        private long passed;

        /// <summary>Time stands still: only who waits for no time at all goes on.</summary>
        public bool OnlyWhatIsDue { get; init; }

        public TimeSpan Passed => new(Interlocked.Read(ref passed));

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + Passed;

        public override long GetTimestamp() => Passed.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new Timer(this, () => callback(state));
            timer.Change(dueTime, period);
            return timer;
        }

        private sealed class Timer(HurriedTime time, Action callback) : ITimer
        {
            private bool disposed;

            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                if (dueTime == Timeout.InfiniteTimeSpan || period != Timeout.InfiniteTimeSpan || (time.OnlyWhatIsDue && dueTime > TimeSpan.Zero))
                    return true;
                ThreadPool.QueueUserWorkItem(_ =>
                {
                    if (disposed)
                        return;
                    Interlocked.Add(ref time.passed, dueTime.Ticks);
                    callback();
                });
                return true;
            }

            public void Dispose() => disposed = true;

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }

    /// <summary>Answers every call of an interface by its name.</summary>
    public class Fake : DispatchProxy
    {
        private Func<string, Type[], object?> answer = null!;

        public static T Of<T>(Func<string, object?> answer) where T : class => Of<T>((call, _) => answer(call));

        public static T Of<T>(Func<string, Type[], object?> answer) where T : class
        {
            var fake = Create<T, Fake>();
            ((Fake)(object)fake).answer = answer;
            return fake;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            answer(targetMethod!.Name, targetMethod.IsGenericMethod ? targetMethod.GetGenericArguments() : []);
    }
}
