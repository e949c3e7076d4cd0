namespace GameServer.Grains.Tests;

/// <summary>The clocks of this machine, of which the one that shows the date can be set; no time passes by that.</summary>
internal sealed class SettableTime : TimeProvider
{
    private long ahead;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref ahead));

    public void Step(TimeSpan by) => Interlocked.Add(ref ahead, by.Ticks);
}
