using System.Diagnostics.Metrics;
using GameServer.Game;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GameServer.Grains.Tests;

public sealed class FailingActorsTests : IDisposable
{
    private static readonly ActorId Queue = new(ActorKind.Matchmaker, "default");

    private readonly ServiceProvider services;
    private readonly Clock clock = new();
    private readonly TestLog log = new();
    private readonly FailingActors failing;

    public FailingActorsTests()
    {
        services = new ServiceCollection().AddMetrics().AddLogging(logging => logging.AddProvider(log)).BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        failing = new(clock, new(meters), meters, services.GetRequiredService<ILogger<FailingActors>>());
    }

    [Fact]
    public void An_actor_that_goes_on_failing_rests_longer_and_longer_and_a_minute_at_most()
    {
        var rests = Enumerable.Range(0, 12).Select(_ => Fail(Queue)).Select(rest => rest.TotalMilliseconds);
        Assert.Equal([0, 250, 500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000], rests);
    }

    [Fact]
    public void One_that_was_saved_in_between_and_fails_again_at_once_rests_longer_all_the_same()
    {
        Fail(Queue);
        failing.NoteSaved(Queue);
        Assert.Equal(FailingActors.FirstRest, Fail(Queue));
    }

    [Fact]
    public void One_that_has_worked_for_a_while_begins_anew()
    {
        for (var i = 0; i < 5; i++)
            Fail(Queue);
        clock.Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.Zero, Fail(Queue));
    }

    [Fact]
    public void Others_are_not_kept_waiting_by_it()
    {
        for (var i = 0; i < 5; i++)
            Fail(Queue);
        Assert.Equal(TimeSpan.Zero, Fail(new(ActorKind.Player, "a")));
    }

    [Fact]
    public void A_queue_that_cannot_be_saved_for_five_seconds_makes_the_silo_not_ready_until_it_can_or_is_elsewhere()
    {
        Fail(Queue);
        Assert.Null(failing.Problem);
        clock.Pass(TimeSpan.FromSeconds(5));
        Assert.Contains("Matchmaker/default cannot be saved: The item is too large.", failing.Problem, StringComparison.Ordinal);
        failing.NoteSaved(Queue);
        Assert.Null(failing.Problem);

        Fail(Queue);
        clock.Pass(TimeSpan.FromSeconds(5));
        Assert.NotNull(failing.Problem);
        clock.Pass(TimeSpan.FromMinutes(1)); // Another silo has it by now.
        Assert.Null(failing.Problem);
        Assert.Equal(0, failing.Unsaved);
    }

    [Fact]
    public void One_player_who_cannot_be_saved_is_that_players_trouble_and_many_are_the_silos()
    {
        for (var i = 0; i < 9; i++)
            Fail(new(ActorKind.Player, $"p{i}"));
        clock.Pass(TimeSpan.FromSeconds(6));
        Assert.Null(failing.Problem);
        Fail(new(ActorKind.Player, "p9"));
        clock.Pass(TimeSpan.FromSeconds(6));
        Assert.Contains("10 actors cannot be saved", failing.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_throws_is_saved_as_it_was_and_the_silo_is_ready()
    {
        failing.Note(Queue, new InvalidOperationException("A bug."), saving: false);
        clock.Pass(TimeSpan.FromSeconds(10));
        Assert.Null(failing.Problem);
    }

    [Fact]
    public void However_many_fail_the_log_has_a_line_a_second_that_says_how_many_there_were()
    {
        for (var i = 0; i < 20_000; i++)
            Fail(new(ActorKind.Player, $"p{i}"));
        Assert.Single(log.Lines);
        clock.Pass(TimeSpan.FromSeconds(1));
        Fail(Queue);
        Assert.Equal(2, log.Lines.Count);
        Assert.Contains("19999 failure(s) before it were not logged", log.Lines.Last(), StringComparison.Ordinal);
    }

    public void Dispose() => services.Dispose();

    private TimeSpan Fail(ActorId actor) => failing.Note(actor, new InvalidOperationException("The item is too large."), saving: true);

    private sealed class Clock : TimeProvider
    {
        private long now = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => now;

        public void Pass(TimeSpan time) => now += time.Ticks;
    }
}
