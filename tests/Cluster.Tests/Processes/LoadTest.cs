using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Xunit.Abstractions;

namespace GameServer.Cluster.Tests.Processes;

/// <summary>Many players at a cluster, what they have seen, and whether it is one story.</summary>
internal sealed class LoadTest(GameCluster cluster, ITestOutputHelper output) : IDisposable
{
    private readonly CancellationTokenSource enough = new();
    private readonly ConcurrentQueue<string> wrong = [];
    private readonly TaskCompletionSource underWay = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<LoadPlayer> players = [];
    private readonly List<Task> playing = [];
    private readonly SemaphoreSlim arriving = new(32);
    private int started;
    private int reconnects;
    private int snapshots;

    public GameCluster Cluster => cluster;

    /// <summary>How many scores a player syncs in a battle.</summary>
    public (int Least, int Most) Scores { get; init; } = (2, 9);

    /// <summary>The mean time between two scores, in seconds.</summary>
    public double Pace { get; init; } = 2.5;

    /// <summary>How long is played after something happened: longer than the longest time between two scores.</summary>
    private TimeSpan PlayTime => TimeSpan.FromSeconds(2 * Pace);

    /// <summary>No further battle is begun.</summary>
    public CancellationToken Enough => enough.Token;

    /// <summary>All have played their last battle, but for one whom nobody is left to play with.</summary>
    public TaskCompletionSource OthersDone { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Lets two players for each battle begin, half of them at each gateway; completes when as many battles are under way.
    /// </summary>
    public async Task BeginAsync(int battles)
    {
        players = [.. Enumerable.Range(0, 2 * battles).Select(i => new LoadPlayer($"p{i}", this, i))];
        foreach (var player in players)
        {
            // A busy machine gets them as fast as it can take them.
            await arriving.WaitAsync();
            playing.Add(player.PlayAsync());
        }

        await underWay.Task.WaitAsync(ChildProcess.Patience);
        Say($"{players.Count} players in {battles} battles.");
    }

    /// <summary>Plays on until processes that have just started are warm, so that what is measured next is not their start.</summary>
    public async Task WarmUpAsync()
    {
        for (var round = 0; round < 20; round++)
        {
            if (await AllServedAsync("Warming up", Stopwatch.GetTimestamp()) < 1)
                return;
        }
    }

    /// <summary>
    /// Plays on for a while, in which every player in a battle makes a request or has made one, until all of them are answered. Says how
    /// long each player had to wait, and gives the longest wait in seconds.
    /// </summary>
    public async Task<double> AllServedAsync(string after, long since)
    {
        await Task.Delay(PlayTime);
        var now = Stopwatch.GetTimestamp();
        var patience = Stopwatch.StartNew();
        while (players.Exists(player => player.WaitsSince(now)) && patience.Elapsed < ChildProcess.Patience)
            await Task.Delay(20);

        var waits = players.Select(player => player.WaitsSince(now)
            ? double.PositiveInfinity
            : player.Answers.ToArray()
                .Where(a => a.Answered >= since)
                .Select(a => Stopwatch.GetElapsedTime(Math.Max(a.Made, since), a.Answered).TotalSeconds)
                .DefaultIfEmpty().Max()).Order().ToList();
        var held = waits.Where(w => w > 0.5).ToList();
        Say($"{after}: longest wait for an answer, over all {waits.Count} players: median {waits[waits.Count / 2]:0.00} s, max {waits[^1]:0.00} s; "
            + $"of the {held.Count} held up for more than half a second: median {(held.Count == 0 ? 0 : held[held.Count / 2]):0.00} s. ({reconnects} reconnects so far)");
        if (double.IsPositiveInfinity(waits[^1]))
            Wrong(null, $"{after}: a player was not served again");
        return waits[^1];
    }

    /// <summary>Lets the battles end, and checks all that was seen and all that is on record.</summary>
    public async Task EndAsync()
    {
        await enough.CancelAsync();
        var left = playing.ToList();
        while (left.Count > 1)
            left.Remove(await Task.WhenAny(left));
        OthersDone.TrySetResult();
        await Task.WhenAll(playing);

        var battles = players.SelectMany(p => p.Battles.Select(b => (Player: p, Battle: b))).ToList();
        foreach (var player in players)
            await CheckRecordAsync(player);
        var byPlayer = players.ToDictionary(p => p.Name);
        foreach (var (player, battle) in battles)
            CheckBattle(player, battle, byPlayer[battle.Peer]);

        var settling = battles.Select(b => Other(b.Player, b.Battle, byPlayer[b.Battle.Peer]) is { } other
            ? Stopwatch.GetElapsedTime(Math.Max(b.Battle.DiedAt, other.DiedAt), b.Battle.SettledAt).TotalSeconds : 0).Order().ToList();
        Say($"{battles.Count / 2} battles, {players.Sum(p => p.Answers.Count)} answers, {reconnects} reconnects, {snapshots} snapshots. "
            + $"From the second death to the settlement: median {settling[settling.Count / 2]:0.000} s, max {settling[^1]:0.00} s.");
        Assert.True(
            wrong.IsEmpty, $"{wrong.Count} thing(s) went wrong:{Environment.NewLine}{string.Join(Environment.NewLine, wrong.Take(40))}");
    }

    public void Wrong(LoadPlayer? player, string what)
    {
        GameCluster.Note($"WRONG: {player?.Name} {what}");
        wrong.Enqueue($"{DateTime.UtcNow:HH:mm:ss.fff} {player?.Name} {what}");
    }

    public void Say(string what)
    {
        GameCluster.Note(what);
        output.WriteLine(what);
    }

    public void Started()
    {
        if (Interlocked.Increment(ref started) == players.Count)
            underWay.TrySetResult();
    }

    /// <summary>A player has had its first answer.</summary>
    public void Arrived() => arriving.Release();

    public void Reconnected() => Interlocked.Increment(ref reconnects);

    public void SawSnapshot() => Interlocked.Increment(ref snapshots);

    public void Dispose()
    {
        players.ForEach(player => player.Dispose());
        enough.Dispose();
        arriving.Dispose();
    }

    /// <summary>A battle has one result, the right one, and both players have seen the same.</summary>
    private void CheckBattle(LoadPlayer player, SeenBattle battle, LoadPlayer peer)
    {
        if (battle.Result is null)
        {
            Wrong(player, $"never saw the end of the battle against {battle.Peer}");
            return;
        }

        if (Other(player, battle, peer) is not { } other)
        {
            Wrong(player, $"has played against {battle.Peer}, who knows nothing of it");
            return;
        }

        var right = battle.Score.CompareTo(other.Score) switch { > 0 => "WIN", < 0 => "LOSE", _ => "DRAW" };
        if (battle.Result != right)
            Wrong(player, $"got {battle.Result} with {battle.Score} against {battle.Peer}'s {other.Score}");
        if (battle.PeerScore != other.Score)
            Wrong(player, $"was last shown {battle.PeerScore} of {battle.Peer}, whose score was {other.Score}");
    }

    /// <summary>The same battle as the peer saw it: the n-th of two players is the n-th for both.</summary>
    private static SeenBattle? Other(LoadPlayer player, SeenBattle battle, LoadPlayer peer)
    {
        var turn = player.Battles.Where(b => b.Peer == peer.Name).ToList().IndexOf(battle);
        return peer.Battles.Where(b => b.Peer == player.Name).ElementAtOrDefault(turn);
    }

    private async Task CheckRecordAsync(LoadPlayer player)
    {
        // The record is saved before the settlement is told, so it is right at once.
        var record = await cluster.RecordAsync(player.Name);
        foreach (var (field, result) in ((string, string)[])[("wins", "WIN"), ("losses", "LOSE"), ("draws", "DRAW")])
        {
            var (on, seen) = (record.GetProperty(field).GetInt32(), player.Battles.Count(b => b.Result == result));
            if (on != seen)
                Wrong(player, $"has {on} {field} on record and saw {seen}");
        }

        if (player.Battles is [.., var last] && record.GetProperty("last") is { ValueKind: JsonValueKind.Object } on1
            && on1.GetProperty("score").GetInt32() != last.Score)
            Wrong(player, $"has the score {on1.GetProperty("score")} on record for the last battle, and it was {last.Score}");
    }
}
