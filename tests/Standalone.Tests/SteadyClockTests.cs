using GameServer.Clocks;

namespace GameServer.Standalone.Tests;

public sealed class SteadyClockTests
{
    private readonly ManualTime machine = new();

    public static TheoryData<int> Steps => [10, -10, 60, -20, 3700, -86_400];

    [Theory]
    [MemberData(nameof(Steps))]
    public void A_step_of_the_machines_clock_changes_no_duration_by_more_than_a_twentieth(int step)
    {
        var clock = new SteadyClock(machine);
        var before = clock.GetUtcNow();
        machine.Step(TimeSpan.FromSeconds(step));
        Assert.Equal(before, clock.GetUtcNow());
        for (var second = 1; second <= 30; second++)
        {
            machine.Advance(TimeSpan.FromSeconds(1));
            Assert.InRange((clock.GetUtcNow() - before).TotalSeconds, second * 0.95, second * 1.05);
        }
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void It_follows_the_machines_clock_until_they_agree_and_never_goes_back(int step)
    {
        var clock = new SteadyClock(machine);
        machine.Step(TimeSpan.FromSeconds(step));
        var last = clock.GetUtcNow();
        for (var minute = 0; minute < Math.Abs(step) / 3 + 2; minute++)
        {
            machine.Advance(TimeSpan.FromMinutes(1));
            Assert.True(clock.GetUtcNow() > last);
            last = clock.GetUtcNow();
        }

        Assert.Equal(machine.GetUtcNow(), clock.GetUtcNow());
    }

    [Fact]
    public void A_clock_that_nobody_read_for_long_has_not_gone_beyond_the_machines()
    {
        var clock = new SteadyClock(machine);
        machine.Step(TimeSpan.FromSeconds(10));
        machine.Advance(TimeSpan.FromSeconds(2));
        clock.GetUtcNow();
        machine.Advance(TimeSpan.FromDays(3));
        Assert.Equal(machine.GetUtcNow(), clock.GetUtcNow());
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void After_a_restart_it_goes_on_by_the_time_that_it_was_down_whatever_was_done_to_the_machines_clock_before(int step)
    {
        var first = new SteadyClock(machine);
        machine.Step(TimeSpan.FromSeconds(step));
        var last = first.Read();
        machine.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(last.Steady + TimeSpan.FromSeconds(7), new SteadyClock(machine, last).GetUtcNow());
    }

    [Theory]
    [InlineData(60, 67)]
    [InlineData(-5, 2)]
    [InlineData(-60, 0)]
    public void A_step_while_it_was_down_counts_as_time_that_it_was_down_and_never_leads_back(int step, int passed)
    {
        var last = new SteadyClock(machine).Read();
        machine.Advance(TimeSpan.FromSeconds(7));
        machine.Step(TimeSpan.FromSeconds(step));
        Assert.Equal(last.Steady + TimeSpan.FromSeconds(passed), new SteadyClock(machine, last).GetUtcNow());
    }
}
